"""Tolerant reading of settings that a person wrote. Valid parts are used, and every fault is listed with its place."""

from difflib import get_close_matches
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Struct


def fitting(kind: Any, raw: Any, faults: list[str], place: str = "") -> Any:
    """Return the parts of raw that fit the type, UNSET if there are none. Add a sentence to the faults for each other
    part.

    If a struct lacks a required field, that is a fault, and the field is UNSET.
    """
    struct = next((one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, Struct)), None)
    if struct is not None and isinstance(raw, dict):
        return _struct(struct, raw, faults, f"{place}." if place else "")
    if get_origin(kind) is dict and isinstance(raw, dict):
        inner = get_args(kind)[1]
        values = {name: fitting(inner, value, faults, f"{place}.{name}") for name, value in raw.items()}
        return {name: value for name, value in values.items() if value is not UNSET}
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as fault:
        faults.append(f"{place}: {fault}")
        return UNSET


def _struct(struct: type[Struct], raw: dict[str, Any], faults: list[str], place: str) -> Struct:
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    kinds = get_type_hints(struct)
    for name in (name for name in raw if name not in fields):
        close = get_close_matches(name, fields, n=1)
        faults.append(f"there is no {place}{name}" + (f", perhaps {close[0]}" if close else ""))
    values = {name: fitting(kinds[name], raw[name], faults, place + name) for name in fields if name in raw}
    missing = [name for name, field in fields.items() if field.required and name not in raw]
    faults += [f"{place}{name} is missing" for name in missing]
    required = {name: UNSET for name, field in fields.items() if field.required}
    return struct(**required | {name: value for name, value in values.items() if value is not UNSET})
