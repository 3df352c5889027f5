"""The last verification of the whole ledger that held: a file in PSI_HOME, whichever the engine."""

import datetime
import os
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from api.server.settings import Settings
from datapackage.formats.atomic_files import replacing
from inventory.ledger.chain import ChainState

FILE = "verified.json"


class Verified(Struct, frozen=True):
    """When a verification began, and the entry up to which the ledger held."""

    at: Annotated[datetime.datetime, Meta(tz=True)]
    seq: int
    link: str


def note_verified(settings: Settings, chain: ChainState, began: datetime.datetime) -> None:
    """Remember that the ledger held up to an entry, where the home can be written."""
    if not os.access(settings.home, os.W_OK):
        return
    with replacing(Path(settings.home) / FILE) as new:
        new.write_bytes(msgspec.json.encode(Verified(began, chain.seq, chain.link)) + b"\n")


def last_verified(settings: Settings) -> Verified | None:
    """Return the last verification that held; None where there was none here, or its file cannot be read."""
    try:
        return msgspec.json.decode((Path(settings.home) / FILE).read_bytes(), type=Verified)
    except (OSError, msgspec.DecodeError):
        return None
