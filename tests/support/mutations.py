"""Damage done to a release by dice: bytes flipped, put in or taken out, lines and files taken out."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from datapackage.packages.checksums import write_sums

HOSTILE = (
    b"\0",
    b"\xff\xfe",
    b'"',
    b",",
    b"\r",
    b"\x85",
    b"9" * 5000,
    b"x" * 2_000_000,
    b"[" * 100_000,
    b"",
    b"-1",
    b"\n",
)


def flip_a_byte(path: Path, dice: Random) -> None:
    """Change one byte to another."""
    content = bytearray(path.read_bytes())
    content[dice.randrange(len(content))] ^= dice.randrange(1, 256)
    path.write_bytes(content)


def take_a_line(path: Path, dice: Random) -> None:
    """Take one line out."""
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[dice.randrange(len(lines))]
    path.write_bytes(b"".join(lines))


def break_off(path: Path, dice: Random) -> None:
    """Take out everything from some place on."""
    content = path.read_bytes()
    path.write_bytes(content[: dice.randrange(len(content))])


def put_in(path: Path, dice: Random) -> None:
    """Put something hostile in the place of one or more bytes."""
    content = path.read_bytes()
    at = dice.randrange(len(content))
    path.write_bytes(content[:at] + dice.choice(HOSTILE) + content[at + dice.randrange(1, 9) :])


def take_the_file(path: Path, dice: Random) -> None:
    """Take the whole file out."""
    path.unlink()


def put_a_folder(path: Path, dice: Random) -> None:
    """Put a folder in the place of the file."""
    path.unlink()
    path.mkdir()


DAMAGES: tuple[Callable[[Path, Random], None], ...] = (
    flip_a_byte,
    take_a_line,
    break_off,
    put_in,
    take_the_file,
    put_a_folder,
)


def damaged(release: Path, target: Path, seed: int, again: bool = False) -> str:
    """Copy a release and damage one file of it. `again` writes its checksums anew. Returns what was done to which."""
    dice = Random(seed)
    shutil.copytree(release, target)
    files = sorted(path for path in target.rglob("*") if path.is_file())
    # Descriptor, checksums and publications say the most; each is hit as often as all others together.
    named = [path for path in files if path.name in ("datapackage.json", "SHA256SUMS", "publications.csv")]
    path, damage = dice.choice([*named, dice.choice(files)]), dice.choice(DAMAGES)
    damage(path, dice)
    if again and not (target / "SHA256SUMS").is_dir():
        write_sums(target)
    return f"{damage.__name__} {path.name}"
