"""The definition of a crosswalk: a checked TOML file that maps another system's columns and codes to ours."""

from collections.abc import Sequence

from msgspec import Struct

from datapackage.formats.located import Covers
from inventory.records.registry import RecordType
from inventory.schema.fields import Field, Shape

SPECIAL = {
    "@id": "the source's id of the record",
    "@organization": "the name of the organization that owns it",
    "@organization_code": "the source's short name or code of that organization",
    "@parent": "the name of the organization above",
    "@parent_code": "its short name or code",
    "@year": "the fiscal year the row tells of",
    "@provider": "the name of the provider that reports, or its id",
    "@department": "the name of the department of the provider, to compare",
    "@service": "the name of the service it reports on, or its id here or there",
}
"""Targets of columns other than fields."""
OWNER_NAMES = {"@organization", "@organization_code", "@parent", "@parent_code"}
SOURCE_IDS = "source_ids"
NAMED = 5  # unknown columns that a message lists
COUNTED = "touchpoints-responses-v2"
"""The crosswalk that counts rows. It has no file, because its rows are not records."""


class ColumnRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column's mapping.

    to: a field as a dotted path (`occasion.story`; `channels.channel` adds an item to the list), or a special
    (@id…). split: the separator of several values in a cell. codes: the map of codes to use. none: cells without
    information. beside: other fields of the item; "@year" stands for the row's year. form: a function of
    `cell_forms.py`. otherwise: it counts only if no column before it gave a value. at: the place in a list of
    numbers laid out in columns, from 1.
    """

    to: str
    split: str | None = None
    codes: str | None = None
    none: tuple[str, ...] = ()
    beside: dict[str, str] = {}
    form: str | None = None
    otherwise: bool = False
    at: int | None = None


class Crosswalk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A crosswalk as its file defines it.

    system: the name under which the source's ids are stored. prefix: the prefix of new organization ids. sheet: the
    sheet of a workbook to read. columns, ignored (with the reason): every column of the source is in one of the two.
    decode: texts to replace in every cell. one: lists of which a row gives one item, and its columns the fields of
    that item. constants: values by field that are the same in all rows. joined: a function of `joins.py` that makes
    one table of several. settled: a function of `states.py` that interprets the gathered rows. adds: each file has a
    part of a record, so a load removes nothing that another file brought. agreeing: a function of `agreements.py`
    that finds contradictions between cells of a row. mentioned: ignored columns of which every filled cell is
    reported, with the reason.
    """

    title: str
    source: str
    record_type: str
    system: str
    columns: dict[str, str | ColumnRule]
    prefix: str | None = None
    sheet: str | None = None
    codes: dict[str, dict[str, str]] = {}
    ignored: dict[str, str] = {}
    ignored_sheets: dict[str, str] = {}
    decode: dict[str, str] = {}
    one: tuple[str, ...] = ()
    constants: dict[str, str] = {}
    joined: str | None = None
    settled: str | None = None
    adds: bool = False
    agreeing: str | None = None
    mentioned: tuple[str, ...] = ()

    @property
    def rules(self) -> dict[str, ColumnRule]:
        """Return the mapping of each column."""
        return {name: ColumnRule(to=to) if isinstance(to, str) else to for name, to in self.columns.items()}


class Target(Struct, frozen=True):
    """A field that a column maps to: the fields on the path, itself last."""

    steps: tuple[Field, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """Return the names on the path."""
        return tuple(step.name for step in self.steps)

    @property
    def value(self) -> Field:
        """Return the field that takes the value."""
        return self.steps[-1]

    @property
    def lists(self) -> list[str]:
        """Return the lists of parts on the path, as dotted paths."""
        return [".".join(self.path[: i + 1]) for i, step in enumerate(self.steps[:-1]) if step.many]

    @property
    def item(self) -> Shape | None:
        """Return the shape of the items of the innermost list; None if there is no list."""
        parts = [step.part for step in self.steps[:-1] if step.many]
        return parts[-1] if parts else None


def target(read: Shape, to: str) -> Target | None:
    """Return the field at a dotted path; None if a column cannot map to it."""
    steps: list[Field] = []
    part: Shape | None = read
    for name in to.split("."):
        field = next((field for field in part.fields if field.name == name), None) if part else None
        if field is None:
            return None
        steps.append(field)
        part = field.part
    found = Target(tuple(steps))
    is_deep = found.value.many and not found.value.wide and found.item is not None
    return None if part is not None or is_deep else found


def keeps_source_ids(kind: RecordType) -> bool:
    """Return whether records of that type store the ids of other systems, by which they are matched later."""
    return any(field.name == SOURCE_IDS for field in kind.shape.fields)


def needed(read: Crosswalk, kind: RecordType) -> list[str]:
    """Return the required targets of columns: the record's key and, if it names its owner itself, its owner."""
    targets = [rule.to for rule in read.rules.values()]
    by_id = ["@id"] if keeps_source_ids(kind) else []
    # An id of one field is made from the source's id; other keys come from columns.
    keys = [] if by_id and len(kind.shape.key) == 1 else [_key_target(field, targets) for field in kind.shape.key]
    named = kind.owner[0] if kind.owner[0] in targets else "@organization"
    owner = [named] if kind.owned_through is None else []
    return list(dict.fromkeys([*by_id, *keys, *owner]))


def misfit(read: Crosswalk, kind: RecordType, header: Sequence[str]) -> str | None:
    """Return why a table with that header does not fit the crosswalk, as the end of a sentence; None if it fits."""
    given = {to.to for name, to in read.rules.items() if name in header}
    asked = [to for to in needed(read, kind) if to not in given]
    if asked:
        ways = (" or ".join(name for name, rule in read.rules.items() if rule.to == to) for to in asked)
        return f"lacks what the crosswalk asks for: a column {', and a column '.join(ways)}"
    named = [name for name in header if name]
    unknown = [name for name in named if name not in read.columns and name not in read.ignored]
    if 2 * len(unknown) <= len(named):
        return None
    lacking = list({rule.to: name for name, rule in reversed(read.rules.items()) if rule.to not in given}.values())
    lack = f"; it lacks {_first(lacking[::-1])}" if lacking else ""
    return f"is another file: the crosswalk knows {len(named) - len(unknown)} of its {len(named)} columns, not " + (
        f"{_first(unknown)}{lack}"
    )


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _key_target(key: Field, targets: list[str]) -> str:
    """Return the target of a column for a key field: the field itself, or the name of the record it refers to."""
    named = f"@{key.references}"
    return named if named in SPECIAL and named in targets else key.name


def covered(read: Crosswalk, kind: RecordType, header: Sequence[str]) -> Covers:
    """Return the fields that a table with that header covers. A load leaves other fields as they are."""
    rules = [rule for name, rule in read.rules.items() if name in header and not rule.to.startswith("@")]
    paths = {tuple(to.split(".")) for to in (*(rule.to for rule in rules), *read.constants)}
    inner = {(*path[:-1], name) for path in paths for name in _beside(read, ".".join(path))}
    own = {(SOURCE_IDS, "system"), (SOURCE_IDS, "id")} if keeps_source_ids(kind) else set()
    return Covers(frozenset(paths | inner | own), adds=read.adds or keeps_source_ids(kind))


def _beside(read: Crosswalk, to: str) -> set[str]:
    return {name for rule in read.rules.values() if rule.to == to for name in rule.beside}
