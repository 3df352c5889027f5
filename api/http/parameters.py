"""Query parameters: which a route knows, which codes they may hold, and what is said of those it does not take."""

import difflib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import chain, islice
from typing import Any

from litestar import Request
from litestar.handlers import BaseRouteHandler
from litestar.params import ParameterKwarg, QueryParameter
from msgspec import Struct

from api.contract.errors import BadParameters
from catalog.filters import FILTERS, Condition
from catalog.index import Query
from inventory.problems import ERROR, Problem
from inventory.records.registry import RecordType
from inventory.reports.board import SPANS
from inventory.schema.scalars import YEAR, QuarterName, Slug, pattern
from inventory.validation.shape_problems import shown

MOST_TOLD = 100
"""Parameters that are told to be wrong: an answer is not to be very many times as long as what asks for it."""
LONGEST_SEARCH = 300  # characters


ValueProblems = Callable[[Request[Any, Any, Any]], Iterable[Problem]]


def knowing_parameters(value_problems: ValueProblems) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    """What every request of the API goes through first: it refuses what is wrong with its parameters, all at once.

    One the route does not know is wrong too: a misspelt filter would filter nothing. (A guard could do so too, but
    Litestar copies the handler for each.)
    """
    names: dict[BaseRouteHandler, frozenset[str]] = {}

    async def refuse(request: Request[Any, Any, Any]) -> None:
        if not request.scope["query_string"]:
            return
        handler = request.route_handler
        if handler not in names:
            names[handler] = _query_parameters(handler)
        known = names[handler] - request.path_params.keys()
        unknown = sorted(set(request.query_params) - known)
        found = chain((_unknown(name, known) for name in unknown), value_problems(request))
        if problems := list(islice(found, MOST_TOLD)):
            raise BadParameters(problems)

    return refuse


def narrowed(
    kind: RecordType,
    asked: Mapping[str, str | None],
    states: tuple[str, ...],
    q: str | None = None,
    organization: str | None = None,
    also: tuple[Condition, ...] = (),
) -> Query:
    """What a list is asked for: by its filters, its states, words and owner. A field of words left blank asks nothing.

    Codes there are not have been refused before, with whatever else is wrong with the parameters.
    """
    filters = {known.name: known for known in FILTERS[kind.name]}
    given = {name: value for name, value in asked.items() if value is not None}
    wanted = tuple(Condition(filters[name].paths, (value,)) for name, value in given.items())
    words = (q or "").strip() or None
    return Query(record_type=kind.name, states=states, q=words, organization=organization, wanted=(*wanted, *also))


def one_of(codes: Iterable[str]) -> dict[str, Any]:
    """What a description says of a parameter that takes one of these codes."""
    return {"enum": [str(code) for code in codes]}


class Form(Struct, frozen=True):
    """How a parameter's text is written: the pattern of all of it, and that in words."""

    pattern: str
    words: str


AN_ID = Form(pattern(Slug), "an id")
A_QUARTER = Form(pattern(QuarterName), "a fiscal year and quarter, such as 2026-Q1")
SEARCHED = Form(rf"^[\s\S]{{0,{LONGEST_SEARCH}}}$", f"at most {LONGEST_SEARCH} characters")
A_SPAN = Form(f"{pattern(QuarterName)}|^{YEAR}$", SPANS[0].lower() + SPANS[1:])
FORMS = {form.pattern: form for form in (AN_ID, A_QUARTER, A_SPAN, SEARCHED)}


def of_form(form: Form) -> dict[str, Any]:
    """What a description says of a parameter that is written so."""
    return {"pattern": form.pattern}


def not_of_form(name: str, value: str | None, expected: str) -> Problem:
    """A value that is not written as it has to be."""
    message = f"{name} must be {expected}"
    return Problem(
        code="bad-parameter", severity=ERROR, message=message, field=name, value=shown(value), expected=expected
    )


def _query_parameters(handler: BaseRouteHandler) -> frozenset[str]:
    definitions = {name: field.kwarg_definition for name, field in handler.parsed_fn_signature.parameters.items()}
    asked = (QueryParameter, ParameterKwarg)
    return frozenset(known.name or name for name, known in definitions.items() if isinstance(known, asked))


def _unknown(name: str, known: Iterable[str]) -> Problem:
    nearest = difflib.get_close_matches(name, sorted(known), 1, 0.5)
    message = f"There is no parameter {name[:100]}" + (f"; the nearest is {nearest[0]}" if nearest else "")
    expected = ", ".join(sorted(known)) or "no parameters"
    return Problem(code="unknown-parameter", severity=ERROR, message=message, field=name, expected=expected)


def no_code(name: str, value: str, codes: Iterable[str]) -> Problem:
    return Problem(
        code="unknown-code",
        severity=ERROR,
        message=f"{name} takes one of its codes",
        field=name,
        value=shown(value),
        expected=", ".join(codes),
    )
