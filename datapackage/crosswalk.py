"""A crosswalk: how the columns and codes of another system become ours. A TOML file, checked before it is used."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec import Struct

from datapackage.crosswalks.forms import FORMS
from datapackage.mending import fitting
from datapackage.readers import Covers
from inventory.errors import Unreadable
from inventory.fields import Field, Shape
from inventory.record_types import Model, RecordType
from inventory.wording import expected

SPECIAL = {
    "@id": "the source's id of the record",
    "@organization": "the name of the organization that owns it",
    "@organization_code": "the source's short name or code of that organization",
    "@parent": "the name of the organization above",
    "@parent_code": "its short name or code",
    "@year": "the fiscal year the row tells of",
}
"""What a column may say besides a field."""
OWNER_NAMES = {"@organization", "@organization_code", "@parent", "@parent_code"}
SOURCE_IDS = "source_ids"


class ColumnRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a column.

    to: a field as a dotted path (`occasion.story`; `channels.channel` adds an item to the list), or a special (@id…).
    split: what parts several values in a cell. codes: the map of codes to use. none: cells that say nothing. beside:
    other fields of the item; "@year" stands for the row's year. form: a function of `forms.py`. otherwise: it counts
    only where no column before it has said anything.
    """

    to: str
    split: str | None = None
    codes: str | None = None
    none: tuple[str, ...] = ()
    beside: dict[str, str] = {}
    form: str | None = None
    otherwise: bool = False


class Crosswalk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A crosswalk as its file states it.

    system: the name under which the source's ids are kept. prefix: of new organization ids. sheet: which sheet of a
    workbook. columns, ignored (with the reason): every column of the source is in one of the two. decode: texts to
    replace in every cell.
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

    @property
    def rules(self) -> dict[str, ColumnRule]:
        """What becomes of each column."""
        return {name: ColumnRule(to=to) if isinstance(to, str) else to for name, to in self.columns.items()}


class Target(Struct, frozen=True):
    """A field that a column leads to: its path, and in a list of parts the field of the item."""

    path: tuple[str, ...]
    field: Field
    item: Field | None = None

    @property
    def value(self) -> Field:
        """The field that takes the value."""
        return self.item or self.field


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
    elif name.endswith(".toml"):
        raise Unreadable(f"There is no file {name}")
    else:
        raise Unreadable(f"There is no crosswalk {name}; there are {', '.join(shipped())}, or name a TOML file")
    try:
        raw = msgspec.toml.decode(text)
    except (msgspec.MsgspecError, ValueError) as fault:
        raise Unreadable(f"The crosswalk {name} is not one: {fault}") from fault
    faults: list[str] = []
    read: Crosswalk = fitting(Crosswalk, raw, faults)
    faults += _faults(_what_is_there(read), model, whole=not faults)
    if faults:
        raise Unreadable(f"The crosswalk {name} does not fit: " + "; ".join(faults))
    return read


def _what_is_there(read: Crosswalk) -> Crosswalk:
    """The crosswalk without the columns that do not say where they lead."""
    columns = read.columns if isinstance(read.columns, dict) else {}
    led = {name: to for name, to in columns.items() if isinstance(to, str) or isinstance(to.to, str)}
    return msgspec.structs.replace(read, columns=led)


def target(read: Shape, to: str) -> Target | None:
    """The field at a dotted path; None where there is none that a column can lead to."""
    names = to.split(".")
    for index, name in enumerate(names):
        field = next((field for field in read.fields if field.name == name), None)
        if field is None or field.wide:
            return None
        path, rest = tuple(names[: index + 1]), names[index + 1 :]
        if field.part is None:
            return Target(path, field) if not rest else None
        if field.many:
            item = next((inner for inner in field.part.fields if [inner.name] == rest), None)
            return Target(path, field, item) if item is not None and item.part is None and not item.many else None
        read = field.part
    return None


def _faults(read: Crosswalk, model: Model, whole: bool) -> Iterator[str]:
    """whole: nothing was left out on reading; only then is it known what columns do not lead to."""
    if read.record_type not in model:
        if isinstance(read.record_type, str):
            yield f"there is no record type {read.record_type}"
        return
    shape = model[read.record_type].shape
    yield from _system_faults(read, shape)
    for column, rule in read.rules.items():
        yield from (f"{column}: {fault}" for fault in _rule_faults(rule, read, shape))
    targets = [rule.to for rule in read.rules.values()]
    lacking = [name for name in needed(read, model[read.record_type]) if name not in targets]
    yield from (f"no column leads to {name}" for name in lacking if whole)
    yield from _idle(targets, model[read.record_type])
    yield from (f"{name} is both a column and ignored" for name in sorted(read.columns.keys() & read.ignored.keys()))
    used = {rule.codes for rule in read.rules.values()}
    yield from (f"the codes {name} are used by no column" for name in sorted(read.codes.keys() - used) if whole)


def _system_faults(read: Crosswalk, shape: Shape) -> Iterator[str]:
    """Records bear the name of the system, so it has to be as they take it."""
    field = target(shape, f"{SOURCE_IDS}.system")
    pattern = (field and field.value.pattern) or ""
    if field is not None and isinstance(read.system, str) and not re.fullmatch(pattern, read.system):
        yield f"system: {read.system or 'nothing'} is not {expected(field.value)}"


def keeps_source_ids(kind: RecordType) -> bool:
    """Whether records of that kind keep the ids that other systems give them, and so are known again by those."""
    return any(field.name == SOURCE_IDS for field in kind.shape.fields)


def needed(read: Crosswalk, kind: RecordType) -> list[str]:
    """What columns must lead to: what tells a record from others, and whose it is where it says so itself."""
    targets = [rule.to for rule in read.rules.values()]
    by_id = ["@id"] if keeps_source_ids(kind) else []
    # An id of one field is minted from the source's; the fields of any other key are told by columns.
    keys = [] if by_id and len(kind.shape.key) == 1 else [field.name for field in kind.shape.key]
    named = kind.owner[0] if kind.owner[0] in targets else "@organization"
    owner = [named] if kind.owned_through is None else []
    return list(dict.fromkeys([*by_id, *keys, *owner]))


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
    strange = [value for value in rule.beside.values() if value.startswith("@") and value not in SPECIAL]
    yield from (f"beside: there is no {value}; there are {', '.join(SPECIAL)}" for value in strange)
    if rule.to.startswith("@"):
        if rule.to not in SPECIAL:
            yield f"there is no {rule.to}; there are {', '.join(SPECIAL)}"
        idle = [option for option in ("split", "codes", "beside") if getattr(rule, option)]
        yield from (f"{rule.to} takes the cell as a whole, so {option} would do nothing" for option in idle)
        return
    found = target(shape, rule.to)
    if found is None:
        close = get_close_matches(rule.to, [field.name for field in shape.fields], n=1)
        yield f"there is no field {rule.to}" + (f", perhaps {close[0]}" if close else "")
        return
    if rule.split and not found.field.many:
        yield f"{rule.to} takes one value, so it cannot be split"
    mapped = read.codes.get(rule.codes or "", {}).values()
    yield from (
        f"codes.{rule.codes}: {value} is no {found.value.name}" for value in mapped if not _fits(found.value, value)
    )
    inner = {field.name: field for field in found.field.part.fields} if found.item and found.field.part else {}
    for name, value in rule.beside.items():
        if name not in inner:
            yield f"there is no field {found.field.name}.{name}"
        elif not value.startswith("@") and not _fits(inner[name], value):
            yield f"{value} is no {name}"


def _fits(field: Field, value: str) -> bool:
    return field.codes is None or value in [str(code) for code in field.codes]


def covered(read: Crosswalk) -> Covers:
    """Of what the source tells; a load leaves the rest of a record alone."""
    paths = {tuple(rule.to.split(".")) for rule in read.rules.values() if not rule.to.startswith("@")}
    inner = {(*path[:-1], name) for path in paths for name in _beside(read, ".".join(path))}
    return Covers(frozenset(paths | inner | {(SOURCE_IDS, "system"), (SOURCE_IDS, "id")}), adds=True)


def _beside(read: Crosswalk, to: str) -> set[str]:
    return {name for rule in read.rules.values() if rule.to == to for name in rule.beside}
