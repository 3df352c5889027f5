"""`SHA256SUMS`: the list of a folder's files with their checksums."""

from collections.abc import Iterator
from pathlib import Path

from datapackage.packages.descriptor import file_facts
from datapackage.releases.directory import archive, archive_sum, directory

SUMS = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """Write the list of all files in the folder."""
    (folder / SUMS).write_text(_spelled(_present(folder)), "utf-8", newline="\n")


def listed_sums(folder: Path) -> dict[str, str]:
    """Return the listed checksum in hex of each file by name; empty if there is no list."""
    try:
        return _listed((folder / SUMS).read_text("utf-8"))
    except (FileNotFoundError, UnicodeDecodeError):
        return {}


def checksum_faults(folder: Path) -> Iterator[str]:
    """Yield the differences between a folder's files and its list of checksums."""
    if not (folder / SUMS).is_file():
        yield f"{SUMS} is missing"
        return
    try:
        text = (folder / SUMS).read_bytes().decode()
    except UnicodeDecodeError:
        yield f"{SUMS} is not in UTF-8"
        return
    listed = _listed(text)
    present = _present(folder)
    yield from (f"{name} is listed in {SUMS} but missing" for name in sorted(listed.keys() - present.keys()))
    yield from (f"{name} is not listed in {SUMS}" for name in sorted(present.keys() - listed.keys()))
    wrong = [name for name in sorted(present.keys() & listed.keys()) if present[name] != listed[name]]
    yield from (f"{name} does not match its checksum" for name in wrong)
    if listed == present and text != _spelled(present):
        yield f"{SUMS} is not written as releases write it: sorted, one file a line"


def release_faults(releases: Path, release_id: str) -> Iterator[str]:
    """Yield how a release on the shelf, its folder and its zip, differs from its checksums."""
    folder = directory(releases, release_id)
    yield from checksum_faults(folder) if folder.is_dir() else [f"{release_id} is missing"]
    yield from archive_faults(releases, release_id)


def archive_faults(releases: Path, release_id: str) -> Iterator[str]:
    """Yield how the zip of a release differs from its checksum."""
    zipped = archive(releases, release_id)
    if not zipped.is_file():
        yield f"{zipped.name} is missing"
    elif archive_sum(releases, release_id) not in (None, file_facts(zipped).sha256):
        yield f"{zipped.name} does not match its checksum"


def _listed(text: str) -> dict[str, str]:
    return {name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())}


def _present(folder: Path) -> dict[str, str]:
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: file_facts(path).sha256 for name, path in files.items() if name != SUMS}


def _spelled(sums: dict[str, str]) -> str:
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
