"""What is wrong with a request's parameters, in words of the caller and not of the framework."""

import datetime
from typing import Any

from litestar import Request
from litestar.exceptions import ValidationException
from litestar.typing import FieldDefinition

from inventory.problems import ERROR, Problem, ProblemKind
from inventory.schema.hints import numeral
from inventory.validation.shape_problems import shown

REQUEST_PROBLEMS = {
    "bad-parameter": ProblemKind("The parameter cannot be used as it is.", "Write it as `expected` says."),
    "unknown-parameter": ProblemKind(
        "The route has no such parameter.", "Take one that `expected` names; a misspelt filter would filter nothing."
    ),
    "unknown-code": ProblemKind("The parameter takes codes, and this is none.", "Take one that `expected` names."),
    "other-record": ProblemKind(
        "The document is not that of the address it is sent to.", "Send it to its own address, or mend its key."
    ),
}
"""What may be wrong with a request besides its records, by code of problem."""
WORDS: dict[type, str] = {
    int: "a whole number",
    bool: "true or false",
    datetime.date: "a day written as 2026-03-31",
    str: "text",
}


def parameter_problems(request: Request[Any, Any, Any], error: ValidationException) -> list[Problem]:
    """Every parameter that cannot be used, with what it must be."""
    faults = error.extra if isinstance(error.extra, list) else []
    return [bad_parameter(request, str(fault.get("key", ""))) for fault in faults]


def parameter_name(key: str, field: FieldDefinition) -> str:
    """The name of a parameter as it is asked with, by its name in the function that answers."""
    return str(getattr(field.kwarg_definition, "name", None) or key)


def bad_parameter(request: Request[Any, Any, Any], key: str) -> Problem:
    """That a parameter cannot be used, and what it must be."""
    field: FieldDefinition | None = request.route_handler.parsed_fn_signature.parameters.get(key)
    name = parameter_name(key, field) if field is not None else key
    expected = _expected(field) if field is not None else None
    message = f"{name} must be {expected}" if expected else f"{name} cannot be used"
    return Problem(
        code="bad-parameter",
        severity=ERROR,
        message=message,
        field=name,
        value=shown(next(reversed(request.query_params.getall(name, [])), None)),
        expected=expected,
    )


def _expected(field: FieldDefinition) -> str | None:
    """What a parameter must be, by the signature of the function that answers."""
    kinds = [inner.annotation for inner in field.inner_types] or [field.annotation]
    words = " or ".join(WORDS[kind] for kind in kinds if kind in WORDS)
    least, most = getattr(field.kwarg_definition, "ge", None), getattr(field.kwarg_definition, "le", None)
    if least is None or most is None:
        return words or None
    return f"{words} from {numeral(least)} to {numeral(most)}"
