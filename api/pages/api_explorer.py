"""The description as a page for people: every operation with its examples, and a form that asks it."""

import json
from collections.abc import Iterator
from typing import Any

from litestar import MediaType, Request, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.contract.media_types import JSON
from api.openapi.document import described
from api.openapi.operations import ALWAYS, REFUSED, SENT_WITH_WRITES
from api.pages.rendering import Pages
from inventory.records.registry import Model

DONE = {
    200: "Here it is, or it is done",
    201: "It is new, and kept; Location says where",
    304: "It has not changed since the ETag that was sent",
}
ACCEPT = {
    "name": "Accept",
    "in": "header",
    "required": False,
    "description": "The form that is asked for.",
}


class Operation(Struct, frozen=True, kw_only=True):
    """An operation as the page shows it. like: the one before whose answer looks the same."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    keyed: bool
    parameters: list[dict[str, Any]]
    body: str | None
    answer: str
    like: str | None
    statuses: list[str]


def explorer_route(model: Model, public_url: str, pages: Pages) -> HTTPRouteHandler:
    """The route of the page."""
    made: list[str] = []

    @get("/docs/api", operation_id="getApiDocs", media_type=MediaType.HTML, include_in_schema=False)
    async def explorer(request: Request[Any, Any, Any]) -> str:
        if not made:
            told = described(request.app, model, public_url)
            shown = {"groups": groups(told), "always": ALWAYS, "told_below": SENT_WITH_WRITES}
            made.append(pages.explorer(**shown, statuses=sorted((DONE | REFUSED).items())))
        return made[0]

    return explorer


def groups(told: dict[str, Any]) -> list[tuple[str, str, list[Operation]]]:
    """The operations by tag, each tag with what it means."""
    operations = list(_operations(told))
    return [
        (tag["name"], tag["description"], [one for own, one in operations if own == tag["name"]])
        for tag in told["tags"]
        if any(own == tag["name"] for own, _ in operations)
    ]


def _operations(told: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    shown: dict[str, str] = {}
    for path, found in told["paths"].items():
        for method, operation in found.items():
            yield operation["tags"][0], _operation(path, method, operation, shown)


def _operation(path: str, method: str, operation: dict[str, Any], shown: dict[str, str]) -> Operation:
    answers = operation["responses"]
    forms = next(answers[status]["content"] for status in ("200", "201") if status in answers)
    accept = [{**ACCEPT, "schema": {"enum": list(forms)}}] if len(forms) > 1 else []
    body = operation.get("requestBody", {}).get("content", {}).get(JSON)
    form, content = next(iter(forms.items()))
    answer, name = _pretty(content["example"]) if "example" in content else form, operation["operationId"]
    first = shown.setdefault(answer, name)
    return Operation(
        id=name,
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        keyed={} not in operation["security"],
        parameters=[*sorted(operation.get("parameters", []), key=_order), *accept],
        body=None if body is None else _pretty(body["example"]),
        answer=answer,
        like=None if first == name else first,
        statuses=sorted(answers.keys() - set(map(str, ALWAYS))),
    )


def _pretty(example: Any) -> str:
    return json.dumps(example, indent=1, ensure_ascii=False)


def _order(parameter: dict[str, Any]) -> int:
    return ("path", "query", "header").index(parameter["in"])
