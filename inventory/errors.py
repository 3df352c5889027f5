"""The project's errors, as one tree. Their messages are safe to show."""

from inventory.problems import Problem


class InventoryError(Exception):
    """Base class of all errors that this project raises on purpose."""


class NotFound(InventoryError):
    """A record that does not exist or is not visible to the caller."""


class Withdrawn(InventoryError):
    """A record that was public and has been withdrawn."""


class Conflict(InventoryError):
    """A change based on a version that is not the newest."""

    def __init__(self, record: str, current_version: int) -> None:
        super().__init__(f"{record} is now at version {current_version}; read it again and repeat the change")
        self.current_version = current_version


class NotAllowed(InventoryError):
    """An action that the actor may not do, or not in this state."""


class WrongState(NotAllowed):
    """An action that cannot start from the record's state."""


class Invalid(InventoryError):
    """An input that breaks blocking rules. `problems` lists all of them."""

    def __init__(self, message: str, problems: list[Problem]) -> None:
        super().__init__(message)
        self.problems = problems


class Unreadable(InventoryError):
    """A file or request body that does not have its declared format."""


class Reused(InventoryError):
    """An idempotency key that was used before, for another request."""


class Stopped(InventoryError):
    """Work that stopped before its end, with nothing changed.

    `problems` lists the first problems found until then; `found` is their total.
    """

    problems: list[Problem] = []  # noqa: RUF012 - never changed in place
    found = 0


class TooMuch(Stopped):
    """Work that would take more time or memory than one request may."""


class TooLarge(InventoryError):
    """More records than the requested file format can hold."""


class Broken(InventoryError):
    """Stored data that no longer agrees with the ledger."""


class Busy(InventoryError):
    """A turn to write that did not come in time, with nothing changed."""


class DiskFull(InventoryError):
    """A full disk, with nothing of the attempted write left."""


class Incompatible(InventoryError):
    """A database or backup made by a newer version of this software."""
