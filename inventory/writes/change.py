"""Acts on records: what is asked for, and the proof that it was done."""

from msgspec import Struct

from inventory.records.registry import Document


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
    spelled as it is kept, and is not looked at again. owner: whose it is to be from now on.
    """

    record_type: str
    record_id: str
    action: str
    document: Document | None = None
    as_kept: bool = False
    base_version: int | None = None
    note: str = ""
    owner: str | None = None
    erasure: Erasure | None = None
    attestation: Attestation | None = None

    @property
    def record(self) -> str:
        """The record, as people name it."""
        return f"{self.record_type}/{self.record_id}"

    @property
    def told(self) -> str:
        """What the ledger notes of it: who attests, and why."""
        by = self.attestation
        return ": ".join(part for part in (f"attested by {by.name}, {by.title}" if by else "", self.note) if part)


class Receipt(Struct, frozen=True, kw_only=True):
    """Proof of an append: it can be checked against the ledger for good."""

    record: str
    version: int
    state: str
    seq: int
    link: str
    recorded_at: str
