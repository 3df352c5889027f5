"""What writes, dry runs, imports and receipts are answered with: for the server and for whoever asks it."""

from typing import TypeVar

import msgspec
from msgspec import Struct

from datapackage.loading.report import ChangeTold, Rejected
from inventory.problems import Problem

T = TypeVar("T", Problem, Rejected)


class Written(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A receipt, to be checked against the ledger for good, and what is still wrong with the record.

    left_out: how many problems had no room in this answer.
    """

    record: str
    version: int
    state: str
    seq: int
    link: str
    recorded_at: str
    problems: list[Problem] = []
    left_out: dict[str, int] = {}


class Tried(Struct, frozen=True, kw_only=True):
    """What checking finds. errors, warnings: how many, told or not. normalized: texts that would be kept otherwise.

    left_out: how many problems had no room in this answer. Checking stops after 1,000 errors.
    """

    record_type: str
    errors: int
    warnings: int
    normalized: int
    problems: list[Problem]
    left_out: dict[str, int]


class Imported(Struct, kw_only=True, omit_defaults=True):
    """What an import did, or would do: counts, changes, every problem, and what could not be kept, as it came.

    published: how many records it made public; kept_back: what kept others from it. left_out: by list, how many items
    had no room in this answer.
    """

    counts: dict[str, int]
    untold: list[str]
    changes: list[ChangeTold]
    problem_counts: dict[str, int]
    problems: list[Problem]
    rejected: list[Rejected]
    published: int | None = None
    kept_back: list[Problem] = []
    left_out: dict[str, int] = {}

    def of_file(self, name: str, told: str) -> "Imported":
        """The same, told of the file by the name its sender knows. told: the name the server gave it."""

        def named(one: T) -> T:
            return msgspec.structs.replace(one, file=name) if one.file == told else one

        rejected = [
            msgspec.structs.replace(named(one), problems=list(map(named, one.problems))) for one in self.rejected
        ]
        return msgspec.structs.replace(self, problems=list(map(named, self.problems)), rejected=rejected)


class PublicEntry(Struct, frozen=True, omit_defaults=True):
    """An entry as who asks may see it.

    actor, note: of what the asker reaches. public_seq: null where it changed nothing public.
    """

    public_seq: int | None
    record_type: str
    record_id: str
    version: int
    action: str
    state: str
    recorded_at: str
    seq: int
    link: str
    actor: str | None = None
    note: str | None = None
