"""`psi release`, `psi verify`."""

import tempfile
from pathlib import Path
from typing import Annotated

import httpx
import typer

from api.commands.session import FINE, PROBLEMS, out, print_json, progress, session, told
from datapackage.release import make_release
from datapackage.verify import verify

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def release_command(as_json: AsJson = False) -> None:
    """Write a release of everything public: a Frictionless data package, certified before it is announced.

    Example: psi release
    """
    with told(), progress() as tell:
        release = make_release(session.store, session.settings.releases, tell)
    if as_json:
        print_json({"release": release.release_id, "path": str(release.path), "left_out": release.left_out})
        return
    out.print(
        f"Release {release.release_id} {'is written to' if release.made else 'was there already:'} {release.path}"
    )
    for reason in release.left_out:
        out.print(f"  left out: {reason}")


def verify_command(
    source: Annotated[str, typer.Argument(help="A release: its directory, zip, or the address of its zip.")],
    as_json: AsJson = False,
) -> None:
    """Check a release again: checksums, schemas, foreign keys, and its place in this inventory's ledger.

    Example: psi verify var/releases/2026-11-22.1187.zip
    """
    with told(), tempfile.TemporaryDirectory() as folder:
        faults = verify(_fetched(source, Path(folder)), store=session.store)
    if as_json:
        print_json({"source": source, "faults": faults})
    elif faults:
        out.print(f"{source} does not hold:")
        out.print("\n".join(f"  {fault}" for fault in faults), markup=False)
    else:
        out.print(f"{source} holds: checksums, schemas, foreign keys and ledger position")
    raise typer.Exit(PROBLEMS if faults else FINE)


def _fetched(source: str, folder: Path) -> Path:
    if not source.startswith(("http://", "https://")):
        return Path(source)
    target = folder / "release.zip"
    with httpx.stream("GET", source, follow_redirects=True, timeout=60) as answer, target.open("wb") as file:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            file.write(chunk)
    return target
