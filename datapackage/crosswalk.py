"""A crosswalk: how the columns and codes of another system become ours. A TOML file, checked before it is used."""

from collections.abc import Iterator
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec import Struct

from datapackage.crosswalks.forms import FORMS
from datapackage.crosswalks.joins import JOINS
from datapackage.crosswalks.settling import SETTLED
from inventory.errors import Unreadable
from inventory.fields import Field, Shape
from inventory.record_types import Model, RecordType

SPECIAL = {
    "@id": "the source's id of the record",
    "@organization": "the name of the organization that owns it",
    "@organization_code": "the source's short name or code of that organization",
    "@parent": "the name of the organization above",
    "@parent_code": "its short name or code",
    "@year": "the fiscal year the row tells of",
    "@provider": "the name of the provider that reports, or its id",
    "@service": "the name of the service it reports on, or its id here or there",
}
"""What a column may say besides a field."""
OWNER_NAMES = {"@organization", "@organization_code", "@parent", "@parent_code"}
SOURCE_IDS = "source_ids"
COUNTED = "touchpoints-responses-v2"
"""The crosswalk that counts rows; it has no file, for a row of it is no record."""


class ColumnRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a column.

    to: a field as a dotted path (`occasion.story`; `channels.channel` adds an item to the list), or a special (@id…).
    split: what parts several values in a cell. codes: the map of codes to use. none: cells that say nothing. beside:
    other fields of the item; "@year" stands for the row's year. form: a function of `forms.py`. otherwise: it counts
    only where no column before it has said anything. at: which of the numbers of a list laid out in columns, from 1.
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
    """A crosswalk as its file states it.

    system: the name under which the source's ids are kept. prefix: of new organization ids. sheet: which sheet of a
    workbook. columns, ignored (with the reason): every column of the source is in one of the two. decode: texts to
    replace in every cell. one: lists of which a row tells one item, and its columns the fields of that. constants: what
    the source does not say because it is always so, by field. joined: a function of `joins.py` that makes one table of
    several. settled: a function of `settling.py` that says what is meant by what the gathered rows hold. adds: each
    file tells a part of a record, so nothing is taken out that another file brought.
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

    @property
    def rules(self) -> dict[str, ColumnRule]:
        """What becomes of each column."""
        return {name: ColumnRule(to=to) if isinstance(to, str) else to for name, to in self.columns.items()}


class Target(Struct, frozen=True):
    """A field that a column leads to: the fields on the way, itself last."""

    steps: tuple[Field, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """The names on the way."""
        return tuple(step.name for step in self.steps)

    @property
    def value(self) -> Field:
        """The field that takes the value."""
        return self.steps[-1]

    @property
    def lists(self) -> list[str]:
        """The lists of parts on the way, as dotted paths."""
        return [".".join(self.path[: i + 1]) for i, step in enumerate(self.steps[:-1]) if step.many]

    @property
    def item(self) -> Shape | None:
        """What the innermost of these lists consists of; None where there is none."""
        parts = [step.part for step in self.steps[:-1] if step.many]
        return parts[-1] if parts else None


def shipped() -> list[str]:
    """The names of the crosswalks that ship."""
    folder = files("datapackage") / "crosswalks"
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".toml"))


def crosswalk(name: str, model: Model) -> Crosswalk:
    """A crosswalk by name, or the file of one. Raises Unreadable, naming everything that is wrong with it."""
    if name in shipped():
        text = (files("datapackage") / "crosswalks" / f"{name}.toml").read_bytes()
    elif name.endswith(".toml") and Path(name).is_file():
        text = Path(name).read_bytes()
    else:
        known = ", ".join([*shipped(), COUNTED])
        raise Unreadable(f"There is no crosswalk {name}; there are {known}, or name a TOML file")
    try:
        read = msgspec.toml.decode(text, type=Crosswalk)
    except (msgspec.MsgspecError, ValueError) as fault:
        raise Unreadable(f"The crosswalk {name} is not one: {fault}") from fault
    if faults := list(_faults(read, model)):
        raise Unreadable(f"The crosswalk {name} does not fit: " + "; ".join(faults))
    return read


def target(read: Shape, to: str) -> Target | None:
    """The field at a dotted path; None where there is none that a column can lead to."""
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


def _faults(read: Crosswalk, model: Model) -> Iterator[str]:
    if read.record_type not in model:
        yield f"there is no record type {read.record_type}"
        return
    shape = model[read.record_type].shape
    for column, rule in read.rules.items():
        yield from (f"{column}: {fault}" for fault in _rule_faults(rule, read, shape))
    targets = [rule.to for rule in read.rules.values()]
    yield from (f"no column leads to {name}" for name in needed(read, model[read.record_type]) if name not in targets)
    yield from _idle(targets, model[read.record_type])
    yield from (f"{name} is both a column and ignored" for name in sorted(read.columns.keys() & read.ignored.keys()))
    yield from _fixed_faults(read, shape)
    used = {rule.codes for rule in read.rules.values()}
    yield from (f"the codes {name} are used by no column" for name in sorted(read.codes.keys() - used))


def keeps_source_ids(kind: RecordType) -> bool:
    """Whether records of that kind keep the ids that other systems give them, and so are known again by those."""
    return any(field.name == SOURCE_IDS for field in kind.shape.fields)


def needed(read: Crosswalk, kind: RecordType) -> list[str]:
    """What columns must lead to: what tells a record from others, and whose it is where it says so itself."""
    targets = [rule.to for rule in read.rules.values()]
    by_id = ["@id"] if keeps_source_ids(kind) else []
    # An id of one field is minted from the source's; the fields of any other key are told by columns.
    keys = [] if by_id and len(kind.shape.key) == 1 else [_telling(field, targets) for field in kind.shape.key]
    named = kind.owner[0] if kind.owner[0] in targets else "@organization"
    owner = [named] if kind.owned_through is None else []
    return list(dict.fromkeys([*by_id, *keys, *owner]))


def _telling(key: Field, targets: list[str]) -> str:
    """What a column leads to that tells a field of the key: the field itself, or the name of what it refers to."""
    named = f"@{key.references}"
    return named if named in SPECIAL and named in targets else key.name


def _fixed_faults(read: Crosswalk, shape: Shape) -> Iterator[str]:
    """What is wrong with what holds for every row."""
    for name in read.one:
        found = target(shape, f"{name}.{_first(shape, name)}")
        if found is None or name not in found.lists:
            yield f"{name} is no list of which a row could tell one item"
    for to, value in read.constants.items():
        constant = target(shape, to)
        if constant is None or constant.value.many:
            yield f"there is no field {to}"
        elif not _fits(constant.value, value):
            yield f"{value} is no {constant.value.name}"
    ways = (("joined", read.joined, list(JOINS)), ("settled", read.settled, list(SETTLED)))
    for option, way, known in ways:
        if way is not None and way not in known:
            yield f"there is no way called {way} to be {option}; there is {', '.join(known)}"


def _first(shape: Shape, path: str) -> str:
    """The name of some plain field of the items of a list."""
    part: Shape | None = shape
    for name in path.split("."):
        part = next((field.part for field in part.fields if field.name == name), None) if part else None
    return next((field.name for field in part.fields if field.part is None and not field.many), "") if part else ""


def _idle(targets: list[str], kind: RecordType) -> Iterator[str]:
    """What columns lead to in vain."""
    if "@id" in targets and not keeps_source_ids(kind):
        keys = ", ".join(field.name for field in kind.shape.key)
        yield f"a {kind.name} keeps no ids of other systems, so @id leads nowhere; it is known by {keys}"
    if kind.owned_through is not None:
        idle = sorted(OWNER_NAMES & set(targets))
        yield from (f"a {kind.name} belongs to its {kind.owned_through}, so {name} leads nowhere" for name in idle)
    own = sorted({name for name in targets if name.split(".")[0] == SOURCE_IDS})
    yield from (f"{name} is filled from @id" for name in own)


def _rule_faults(rule: ColumnRule, read: Crosswalk, shape: Shape) -> Iterator[str]:
    if rule.form is not None and rule.form not in FORMS:
        yield f"there is no form {rule.form}; there are {', '.join(FORMS)}"
    if rule.codes is not None and rule.codes not in read.codes:
        yield f"there are no codes {rule.codes}"
    if rule.to.startswith("@"):
        if rule.to not in SPECIAL:
            yield f"there is no {rule.to}; there are {', '.join(SPECIAL)}"
        return
    found = target(shape, rule.to)
    if found is None:
        close = get_close_matches(rule.to, [field.name for field in shape.fields], n=1)
        yield f"there is no field {rule.to}" + (f", perhaps {close[0]}" if close else "")
        return
    yield from _place_faults(rule, found, read)
    mapped = read.codes.get(rule.codes or "", {}).values()
    yield from (f"{value} is no {found.value.name}" for value in mapped if not _fits(found.value, value))
    inner = {field.name: field for field in found.item.fields} if found.item else {}
    for name, value in rule.beside.items():
        if name not in inner:
            yield f"there is no field {'.'.join(found.path[:-1])}.{name}"
        elif value not in SPECIAL and not _fits(inner[name], value):
            yield f"{value} is no {name}"


def _place_faults(rule: ColumnRule, found: Target, read: Crosswalk) -> Iterator[str]:
    """What is wrong with where in a record a column leads to."""
    if rule.split and not (found.lists or found.value.many):
        yield f"{rule.to} takes one value, so it cannot be split"
    columns = found.value.wide
    if columns is not None and not 0 < (rule.at or 0) <= columns:
        yield f"{rule.to} is laid out in columns; say with `at` in which, from 1 to {columns}"
    elif columns is None and rule.at is not None:
        yield f"{rule.to} is not laid out in columns, so `at` leads nowhere"
    if outer := [name for name in found.lists[:-1] if name not in read.one]:
        yield f"{rule.to} lies in a list of a list; say with `one` that a row tells one of {outer[0]}"


def _fits(field: Field, value: str) -> bool:
    return field.codes is None or value in [str(code) for code in field.codes]


def covered(read: Crosswalk) -> frozenset[tuple[str, ...]]:
    """The paths of which the source tells; a load leaves the rest of a record alone."""
    told = (*(rule.to for rule in read.rules.values() if not rule.to.startswith("@")), *read.constants)
    paths = {tuple(to.split(".")) for to in told}
    inner = {(*path[:-1], name) for path in paths for name in _beside(read, ".".join(path))}
    return frozenset(paths | inner | {(SOURCE_IDS, "system"), (SOURCE_IDS, "id")})


def _beside(read: Crosswalk, to: str) -> set[str]:
    return {name for rule in read.rules.values() if rule.to == to for name in rule.beside}
