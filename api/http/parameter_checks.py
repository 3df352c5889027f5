"""The values of a request's query parameters, all of them looked at before it is answered."""

import datetime
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.typing import FieldDefinition

from api.http.lists import after_cursor, list_name
from api.http.parameters import A_QUARTER, A_SPAN, FORMS, Form, no_code, not_of_form
from api.http.representation import LISTED, field_problems
from api.middleware.auth import asker
from api.middleware.parameter_problems import bad_parameter, parameter_name
from inventory.calendar.fiscal import Clock, quarter_amiss, washington_day
from inventory.errors import Unreadable
from inventory.problems import Problem


def value_problems(request: Request[Any, Any, Any], now: Clock) -> Iterator[Problem]:
    """Every value that is none of its kind, no code of its list, a cursor of nobody or a day that has not come."""
    for key, field in request.route_handler.parsed_fn_signature.parameters.items():
        name = parameter_name(key, field)
        if key in request.path_params:
            continue
        given = request.query_params.getall(name, [])
        if len(given) > 1:
            told = {"message": f"{name} is given {len(given)} times", "expected": "one value"}
            yield msgspec.structs.replace(bad_parameter(request, key), **told)
        elif given and (found := _problem(request, key, field, str(given[-1]), now)):
            yield found
    if (kind := request.route_handler.opt.get(LISTED)) is not None:
        yield from field_problems(request, kind)


def _problem(
    request: Request[Any, Any, Any], key: str, field: FieldDefinition, value: str, now: Clock
) -> Problem | None:
    name, facts = parameter_name(key, field), field.kwarg_definition
    least, most = getattr(facts, "ge", None), getattr(facts, "le", None)
    # Only numbers have bounds, and those of an optional one are of the number in it.
    bounded = Annotated[int, msgspec.Meta(ge=least, le=most)] if (least, most) != (None, None) else field.annotation
    try:
        read = msgspec.convert(value, bounded, strict=False)
    except msgspec.ValidationError:
        return bad_parameter(request, key)
    described = getattr(facts, "schema_extra", None) or {}
    codes, form = described.get("enum", ()), FORMS.get(described.get("pattern", ""))
    if codes and value not in codes:
        return no_code(name, value, _told(request, name, codes))
    if form is not None and not re.fullmatch(form.pattern, value):
        return _not_written_so(name, value, form)
    if name == "cursor":
        return _cursor_problem(request, key, value)
    if name == "as_of" and isinstance(read, datetime.date) and read > (today := washington_day(now())):
        expected = f"a day that has come, at the latest {today}"
        message = f"as_of must be {expected}: nobody knows yet what will be public"
        return msgspec.structs.replace(bad_parameter(request, key), message=message, expected=expected)
    return None


def _not_written_so(name: str, value: str, form: Form) -> Problem:
    problem, number = not_of_form(name, value, form.words), quarter_amiss(value)
    if form not in (A_QUARTER, A_SPAN) or number is None:
        return problem
    return msgspec.structs.replace(problem, message=f"{problem.message}: there is no quarter {number}")


def _told(request: Request[Any, Any, Any], name: str, codes: Iterable[str]) -> Iterable[str]:
    """The codes that who asks may take: of states, the public has but those that are public."""
    kind = request.route_handler.opt.get(LISTED)
    if name != "state" or kind is None or asker(request) is not None:
        return codes
    return [code for code in codes if code in kind.public_states]


def _cursor_problem(request: Request[Any, Any, Any], key: str, value: str) -> Problem | None:
    try:
        after_cursor(list_name(request), value)
    except Unreadable as refused:
        expected = "the `next` of the page before"
        return msgspec.structs.replace(bad_parameter(request, key), message=str(refused), expected=expected)
    return None
