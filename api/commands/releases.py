"""`psi release`, `psi verify`."""

import tempfile
from pathlib import Path
from typing import Annotated, BinaryIO

import httpx
import typer

from api.commands.session import FINE, PROBLEMS, AsJson, fail, out, print_json, progress, session
from api.http.downloads import spelled
from api.server.missing_entries import check_none_missing
from api.server.store import existing_store
from datapackage.formats.archives import MOST_BYTES
from datapackage.packages.descriptor import file_facts
from datapackage.releases.directory import followed
from datapackage.releases.make import make_release
from datapackage.releases.verify import Verification, examine
from inventory.errors import Unreadable

ATTEMPTS = 5
"""How often a file is asked for, as long as each time some more of it comes."""


def release_command(as_json: AsJson = False) -> None:
    """Write a release of everything public: a Frictionless data package, checked before it is announced.

    Example: psi release
    """
    check_none_missing(session.settings, session.store)
    with progress() as tell:
        release = make_release(session.store, session.settings.releases, tell)
    if as_json:
        print_json({"release": release.release_id, "path": str(release.path), "left_out": release.left_out})
        return
    done = "was written to" if release.made else "is there already:"
    out.print(f"Release {release.release_id} {done} {release.path}")
    for reason in release.left_out:
        out.print(f"  left out: {reason}", markup=False)


def verify_command(
    source: Annotated[
        str,
        typer.Argument(
            help="A release: its directory, its zip, the pointer latest, or the address of its zip or page."
        ),
    ],
    ledger: Annotated[
        bool, typer.Option("--ledger", help="The ledger of this inventory must know the release.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a release: checksums, schemas, foreign keys, and its place in the ledger where this inventory knows it.

    Example: psi verify var/releases/2026-11-22.1187.zip
    """
    store = existing_store(session.settings)
    if ledger and store is None:
        fail("there is no ledger here to compare with; PSI_HOME or PSI_DATABASE_URL says where it is")
    with tempfile.TemporaryDirectory() as folder:
        found = examine(_local(source, Path(folder)), store=store, must_be_known=ledger)
    if as_json:
        print_json(
            {
                "source": source,
                "faults": found.faults,
                "ledger_compared": found.compared,
                "not_compared": found.not_compared,
            }
        )
    else:
        _tell(source, found)
    raise typer.Exit(PROBLEMS if found.faults else FINE)


def _tell(source: str, found: Verification) -> None:
    if found.faults:
        out.print(f"{source} is not as it should be:", markup=False)
        out.print("\n".join(f"  {fault}" for fault in found.faults), markup=False)
        return
    place = " and its place in the ledger" if found.compared else ""
    out.print(f"{source} is as it should be: checksums, schemas, foreign keys{place}", markup=False)
    for what in found.not_compared:
        out.print(f"not compared with what the ledger committed to: {what}", markup=False)
    if not found.compared:
        out.print("ledger position not compared: this inventory does not hold it")


def _local(source: str, folder: Path) -> Path:
    if not source.startswith(("http://", "https://")):
        return followed(Path(source))
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        return fetch_release(client, source, folder)


def fetch_release(client: httpx.Client, address: str, folder: Path) -> Path:
    """The zip of a release, by its address or by that of its page. Raises Unreadable where there is none."""
    target = folder / "release.zip"
    if not address.endswith(".zip"):
        try:
            return fetch(client, f"{address.rstrip('/')}.zip", target)
        except Unreadable:
            pass  # an address may lead to a zip without being named so
    fetch(client, address, target)
    with target.open("rb") as file:
        if file.read(2) != b"PK":
            raise Unreadable(f"{address} is no zip of a release; /releases/latest.zip of a site is the newest")
    return target


def fetch(client: httpx.Client, address: str, target: Path) -> Path:
    """Write what an address answers to a file, going on where a connection broke off.

    Raises Unreadable, saying why, where it does not answer with a file, or with another than its digest says.
    """
    with target.open("wb") as file:
        fetching = Fetching(client, address, file)
        for attempt in range(1, ATTEMPTS + 1):
            before = file.tell()
            try:
                fetching.read()
                break
            except (httpx.HTTPError, httpx.InvalidURL) as fault:
                if attempt == ATTEMPTS or file.tell() == before:
                    raise Unreadable(f"{address} cannot be read: {fault or type(fault).__name__}") from fault
    if fetching.digest not in (None, spelled(file_facts(target).sha256)):
        raise Unreadable(f"{address} came otherwise than its digest says; fetch it again")
    return target


class Fetching:
    """A file on its way. digest: as the server says it, by RFC 9530."""

    def __init__(self, client: httpx.Client, address: str, file: BinaryIO) -> None:
        self._client, self._address, self._file = client, address, file
        self._tag = ""
        self.digest: str | None = None

    def read(self) -> None:
        """Read what is still missing, or all of it where the file has changed. Raises Unreadable, HTTPError."""
        size = self._file.tell()
        asked = {"Accept-Encoding": "identity"}
        if size and self._tag:
            asked |= {"Range": f"bytes={size}-", "If-Range": self._tag}
        with self._client.stream("GET", self._address, headers=asked) as answer:
            goes_on = answer.headers.get("content-range", "").startswith(f"bytes {size}-")
            if answer.status_code != httpx.codes.OK and not (answer.status_code == 206 and goes_on):
                raise Unreadable(f"{self._address} answers {answer.status_code} {answer.reason_phrase}")
            if answer.status_code == httpx.codes.OK:
                self._file.seek(0)
                self._file.truncate()
            tag = answer.headers.get("etag", "")
            self._tag = "" if tag.startswith("W/") else tag
            self.digest = answer.headers.get("repr-digest")
            for chunk in answer.iter_bytes():
                self._file.write(chunk)
                if self._file.tell() > MOST_BYTES:
                    raise Unreadable(f"{self._address} answers more than {MOST_BYTES:,} bytes")
