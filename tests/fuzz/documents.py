"""Valid documents changed in a few places, and JSON values as nobody means them."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.fuzz.tables import DOCUMENTS
from tests.fuzz.texts import cells

Path = tuple[Any, ...]
NASTY_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**53, 2**63, 2**64, -(2**63) - 1, 0.0, -0.0, 1.5, 1e308, 5e-324),
    *(
        [],
        {},
        [[]],
        [{}],
        {"": None},
        [None] * 50,
        [{}] * 200,
        {"a": {"b": {}}},
        ["a", 1, None, {}],
        {str(n): n for n in range(300)},
    ),
)
nasty_values = st.integers(0, len(NASTY_VALUES) - 1).map(lambda at: deepcopy(NASTY_VALUES[at]))
scalars = nasty_values | cells | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(cells, inner, max_size=3), max_leaves=4
)


@st.composite
def changed(draw: st.DrawFn, value: Any, most: int = 3) -> Any:
    """A JSON value with a few of the values in it changed, left out, added or moved."""
    value = msgspec.json.decode(msgspec.json.encode(value))
    for _ in range(draw(st.integers(0, most))):
        box = [value]
        *above, last = draw(st.sampled_from(list(_paths(box))))
        part: Any = box
        for name in above:
            part = part[name]
        draw(st.sampled_from(CHANGES))(draw, part, last)
        value = box[0] if box else None
    return value


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A document of some record type, changed."""
    return draw(changed(draw(st.sampled_from(DOCUMENTS[draw(st.sampled_from(sorted(DOCUMENTS)))]))))


def _paths(value: Any, here: Path = ()) -> Any:
    if here:
        yield here
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(inner, (*here, name))


def _another(draw: st.DrawFn, part: Any, last: Any) -> None:
    part[last] = draw(values)


def _none(draw: st.DrawFn, part: Any, last: Any) -> None:
    del part[last]


def _wrapped(draw: st.DrawFn, part: Any, last: Any) -> None:
    part[last] = draw(st.sampled_from(([part[last]], {"a": part[last]}, {str(last): part[last]}, [part[last]] * 40)))


def _misspelled(draw: st.DrawFn, part: Any, last: Any) -> None:
    if isinstance(part, dict):
        part[draw(st.sampled_from((last[:-1], last.upper(), f"{last}s", f" {last}")) | cells)] = part[last]


def _added(draw: st.DrawFn, part: Any, last: Any) -> None:
    if isinstance(part, dict):
        part[draw(cells)] = draw(values)
    else:
        part.insert(last, draw(values))


CHANGES: tuple[Callable[[st.DrawFn, Any, Any], None], ...] = (_another, _another, _none, _wrapped, _misspelled, _added)
