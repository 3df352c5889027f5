"""Facts of stored records that rules may read."""

from inventory.ledger.heads import Head
from inventory.validation.rules import Known


def known_by(head: Head) -> Known | None:
    """What the rules may know of a record; None where there is none yet."""
    return Known(head.state, head.organization_id, head.parent_id, head.public_state) if head.version else None
