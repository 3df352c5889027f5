"""What is asked of the ledger: an act on a record, with what it brings."""

from msgspec import Struct

from inventory.record_types import Document


class Erasure(Struct, frozen=True):
    """What to forget for good: the private part of a version or, where it was never public, the whole of it."""

    version: int
    whole: bool = False


class Attestation(Struct, frozen=True):
    """Who stands for what is submitted: their name and the title of their office."""

    name: str
    title: str


class Change(Struct, frozen=True, kw_only=True):
    """An act on a record. `base_version` is the version it was made from (0: none yet); None asks for no such check.

    The document may be spelled in any way that says the same record. as_kept: it was made of a checked record, so it is
    spelled as it is kept, and is not looked at again.
    """

    record_type: str
    record_id: str
    action: str
    document: Document | None = None
    as_kept: bool = False
    base_version: int | None = None
    note: str = ""
    erasure: Erasure | None = None
    attestation: Attestation | None = None

    @property
    def record(self) -> str:
        """The record, as people name it."""
        return f"{self.record_type}/{self.record_id}"
