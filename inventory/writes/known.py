"""The facts of stored records that rules may read."""

from inventory.ledger.heads import Head
from inventory.validation.rules import Known


def known_by(head: Head) -> Known | None:
    """Return the facts that rules may read of a record; None if the record does not exist yet."""
    return Known(head.state, head.organization_id, head.parent_id, head.public_state) if head.version else None
