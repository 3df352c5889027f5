"""Changes to records, and the receipts that prove them."""

from msgspec import Struct

from inventory.records.registry import Document


class Erasure(Struct, frozen=True):
    """A request to erase a version's private part or, if the version was never public, the whole version."""

    version: int
    whole: bool = False


class Attestation(Struct, frozen=True):
    """The person who attests a submission: name and title of office."""

    name: str
    title: str


class Change(Struct, frozen=True, kw_only=True):
    """A requested action on a record.

    `base_version` is the version the change was made from (0: no version yet); None skips that check. The document
    may use any spelling that means the same record. as_kept: the document comes from a checked record, is spelled as
    it is stored, and is not checked again. owner: the organization that owns the record after the change.
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
        """Return the record's type and id, as messages name it."""
        return f"{self.record_type}/{self.record_id}"

    @property
    def told(self) -> str:
        """Return the note for the ledger: the attestation and the reason."""
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
