"""Transactions that append to the ledger, and reads of its chain state."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select

from inventory.errors import Broken
from inventory.ledger.chain import ChainState
from inventory.storage.engines import exclusive
from inventory.storage.point_reads import PointRead
from inventory.storage.tables import CHAIN

_CHAIN = select(CHAIN.c.seq, CHAIN.c.public_seq, CHAIN.c.link, CHAIN.c.recorded_at)
CHAIN_NOW, CHAIN_LOCKED = PointRead(_CHAIN), PointRead(_CHAIN.with_for_update())


def read_chain(connection: Connection, locked: bool = False) -> ChainState:
    """Return the chain's state within a transaction. locked: no other writer changes it before the end.

    Raises Broken.
    """
    row = (CHAIN_LOCKED if locked else CHAIN_NOW).within(connection)
    if row is None:
        raise Broken("The ledger has lost where its chain stands; `psi ledger verify` says what else is wrong")
    return ChainState(*row)


@contextmanager
def writing(engine: Engine) -> Iterator[tuple[Connection, ChainState]]:
    """Open one transaction as the only writer, with the state of the chain.

    Waiting writers take turns. Raises Busy after `write_lock.LOCK_TIMEOUT`.
    """
    with exclusive(engine) as connection:
        yield connection, read_chain(connection, locked=True)
