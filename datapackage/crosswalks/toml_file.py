"""Crosswalk files: found by name, read, and checked with all faults listed together."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

import msgspec

from datapackage.crosswalks.definition import (
    COUNTED,
    OWNER_NAMES,
    SOURCE_IDS,
    SPECIAL,
    ColumnRule,
    Crosswalk,
    Target,
    keeps_source_ids,
    needed,
    target,
)
from datapackage.crosswalks.functions.agreements import AGREEMENTS
from datapackage.crosswalks.functions.cell_forms import FORMS
from datapackage.crosswalks.functions.joins import JOINS
from datapackage.crosswalks.functions.states import SETTLED
from datapackage.crosswalks.toml_errors import fitting
from inventory.errors import Unreadable
from inventory.records.registry import Model, RecordType
from inventory.schema.fields import Field, Shape
from inventory.schema.hints import expected


def shipped() -> list[str]:
    """Return the names of the crosswalks that ship."""
    folder = files("datapackage.crosswalks") / "shipped"
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".toml"))


def crosswalk(name: str, model: Model) -> Crosswalk:
    """Return a crosswalk by name or file. Raises Unreadable with everything that is wrong with it."""
    if name in shipped():
        text = (files("datapackage.crosswalks") / "shipped" / f"{name}.toml").read_bytes()
    elif name.endswith(".toml") and Path(name).is_file():
        text = Path(name).read_bytes()
    elif name.endswith(".toml"):
        raise Unreadable(f"There is no file {name}")
    else:
        raise Unreadable(
            f"There is no crosswalk {name}; there are {', '.join([*shipped(), COUNTED])}, or name a TOML file"
        )
    try:
        raw = msgspec.toml.decode(text)
    except (msgspec.MsgspecError, ValueError) as fault:
        raise Unreadable(f"The crosswalk {name} is not one: {fault}") from fault
    faults: list[str] = []
    read: Crosswalk = fitting(Crosswalk, raw, faults)
    faults += _faults(_usable_columns(read), model, whole=not faults)
    if faults:
        raise Unreadable(f"The crosswalk {name} does not fit: " + "; ".join(faults))
    return read


def _usable_columns(read: Crosswalk) -> Crosswalk:
    """Return the crosswalk without the columns that have no target."""
    columns = read.columns if isinstance(read.columns, dict) else {}
    led = {name: to for name, to in columns.items() if isinstance(to, str) or isinstance(to.to, str)}
    return msgspec.structs.replace(read, columns=led)


def _faults(read: Crosswalk, model: Model, whole: bool) -> Iterator[str]:
    """Yield the faults of a crosswalk. whole: it was read without faults; only then are missing targets known."""
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
    yield from _fixed_faults(read, shape)
    used = {rule.codes for rule in read.rules.values()}
    yield from (f"the codes {name} are used by no column" for name in sorted(read.codes.keys() - used) if whole)


def _system_faults(read: Crosswalk, shape: Shape) -> Iterator[str]:
    """Yield a fault if records cannot store the name of the system."""
    field = target(shape, f"{SOURCE_IDS}.system")
    pattern = (field and field.value.pattern) or ""
    if field is not None and isinstance(read.system, str) and not re.fullmatch(pattern, read.system):
        yield f"system: {read.system or 'nothing'} is not {expected(field.value)}"


def _fixed_faults(read: Crosswalk, shape: Shape) -> Iterator[str]:
    """Yield the faults of settings that apply to every row."""
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
    yield from (f"mentioned: {name} is not ignored" for name in read.mentioned if name not in read.ignored)
    ways = (
        ("joined", read.joined, list(JOINS)),
        ("settled", read.settled, list(SETTLED)),
        ("agreeing", read.agreeing, list(AGREEMENTS)),
    )
    for option, way, known in ways:
        if way is not None and way not in known:
            yield f"there is no way called {way} to be {option}; there is {', '.join(known)}"


def _first(shape: Shape, path: str) -> str:
    """Return the name of some scalar field of the items of a list."""
    part: Shape | None = shape
    for name in path.split("."):
        part = next((field.part for field in part.fields if field.name == name), None) if part else None
    return next((field.name for field in part.fields if field.part is None and not field.many), "") if part else ""


def _idle(targets: list[str], kind: RecordType) -> Iterator[str]:
    """Yield faults for targets without effect."""
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
    yield from _place_faults(rule, found, read)
    mapped = read.codes.get(rule.codes or "", {}).values()
    yield from (
        f"codes.{rule.codes}: {value} is no {found.value.name}" for value in mapped if not _fits(found.value, value)
    )
    inner = {field.name: field for field in found.item.fields} if found.item else {}
    for name, value in rule.beside.items():
        if name not in inner:
            yield f"there is no field {'.'.join(found.path[:-1])}.{name}"
        elif not value.startswith("@") and not _fits(inner[name], value):
            yield f"{value} is no {name}"


def _place_faults(rule: ColumnRule, found: Target, read: Crosswalk) -> Iterator[str]:
    """Yield the faults of a column's place in a record."""
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
