"""Everything that can go wrong on purpose, as one tree. The message of each is safe to show."""

from inventory.problems import Problem


class InventoryError(Exception):
    """Root of every error this project raises on purpose."""


class NotFound(InventoryError):
    """No such record, or none that the asker may see."""


class Withdrawn(InventoryError):
    """The record was public and has been withdrawn."""


class Conflict(InventoryError):
    """The record has moved on since the version the change was made from."""

    def __init__(self, record: str, current_version: int) -> None:
        super().__init__(f"{record} is now at version {current_version}; read it again and repeat the change")
        self.current_version = current_version


class NotAllowed(InventoryError):
    """The actor may not do this, or not in this state."""


class WrongState(NotAllowed):
    """The record is in a state from which the action does not start."""


class Invalid(InventoryError):
    """The input breaks rules that block the action; `problems` names all of them."""

    def __init__(self, message: str, problems: list[Problem]) -> None:
        super().__init__(message)
        self.problems = problems


class Unreadable(InventoryError):
    """A file or a request body that is not what it says it is."""


class Reused(InventoryError):
    """An idempotency key that was used before, for something else."""


class Stopped(InventoryError):
    """Work that stopped before its end: nothing was changed.

    `problems` are the first of those found until then, `found` is how many those are.
    """

    problems: list[Problem] = []  # noqa: RUF012 - nobody changes it
    found = 0


class TooMuch(Stopped):
    """Work that would take more time or memory than one request may."""


class TooLarge(InventoryError):
    """More records than the form of file asked for can hold."""


class Broken(InventoryError):
    """Stored data that no longer agrees with the ledger."""


class Busy(InventoryError):
    """Others have been writing all the time that one waits for a turn; nothing was changed."""


class DiskFull(InventoryError):
    """No space is left where something was to be written; nothing of it stays."""


class Incompatible(InventoryError):
    """A database or a backup that a newer version of this software made."""
