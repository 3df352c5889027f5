"""What the description says of every operation besides what its route declares: keys, bodies, headers, refusals."""

from typing import Any

import msgspec
from litestar import Litestar

from api.contract.media_types import CSV, JSON, NDJSON, PROBLEM, XLSX
from api.http.bodies import BODY, MEDIA
from api.middleware.problems import NO_DATABASE, NO_SPACE, TITLES
from api.middleware.security_headers import TOLD
from api.openapi.examples import by_schema, csv_lines, refusal_example, with_example
from inventory.records.registry import Model

Said = dict[str, Any]

SCHEMES: Said = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, as `psi key issue` shows it once."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The same key in its own header."},
}
KEYED: list[Said] = [{name: []} for name in SCHEMES]
TAGS = {
    "Score": "What published feedback comes to, with what was left out.",
    "Reference": "What the API has: its paths, schemas, codes and rules.",
    "Deadlines": "What falls due, and who owes what.",
    "Ledger": "What was done in which order, and the entry that a receipt names.",
    "Checks": "Dry runs: every problem of a document, and nothing is kept.",
    "Imports": "Many records at once.",
    "Templates": "Workbooks laid out to be filled in and imported.",
    "Keys": "Keys to the API, and attempts at writes that were refused.",
    "Health": "Whether the API works.",
}
"""What tags mean that are no record types."""
REFUSED = {
    400: "The request cannot be read: its parameters, its headers or its JSON",
    401: "No key, or one that opens nothing",
    403: "The key does not reach so far",
    404: "There is nothing here that the asker may see",
    406: "It comes in none of the forms that Accept names",
    409: "The record is not in a state in which this may be done",
    408: "The body did not arrive in time",
    410: "It was withdrawn",
    412: "The record is at another version than the write was made from; ETag tells the newest, if there is one",
    413: "The body is larger than is taken",
    415: "The body is none of the media that the operation takes",
    422: "What was sent breaks rules; `problems` names every one",
    428: "The record is there already: If-Match has to say which version this was made from",
    429: "Too many requests; Retry-After says when to ask again",
    500: "A mistake of ours; it has been logged",
    507: f"{NO_SPACE}; Retry-After says when",
    503: f"{NO_DATABASE}, or others write for so long; Retry-After says when to ask again",
}
ALWAYS = (400, 401, 429, 500, 503)
"""What every operation of the API may answer, whatever it does."""
OF_WRITES = (507,)
"""What an operation may answer that writes, be it only what was sent."""
OF_BODIES = (408, 413, 415)
"""What an operation may answer that takes a body."""
RECORD_HEADERS = ("ETag", "Psi-State", "Psi-Version")
RATES = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
HEADERS_OF_REFUSALS = {
    401: ["WWW-Authenticate"],
    412: ["ETag"],
    429: ["Retry-After", *RATES],
    503: ["Retry-After"],
    507: ["Retry-After"],
}
IF_NONE_MATCH = "Tags that the asker has: 304 where the record still bears one of them."
SENT_WITH_WRITES = {
    "If-Match": "The ETag of the version that this was made from; `*` is whichever there is.",
    "If-None-Match": "`*`: only if there is no such record yet.",
    "Idempotency-Key": "1 to 255 characters of your own choice: sent again, the same request is answered as before, "
    "and done once.",
}
PARTS_OF_PATHS = {
    "organization_id": "The organization.",
    "service_id": "The service.",
    "provider_id": "The High-Impact Service Provider.",
    "instrument_id": "The survey.",
    "fiscal_year": "The fiscal year, such as 2026.",
    "period": "The quarter, such as 2026-Q1; of due dates also another obligation, such as 2026-action_plan.",
    "version": "The number of the version.",
    "name": "The name of the code list.",
    "record_type": "The type of record.",
    "link": "The link that a receipt names.",
    "key_id": "The id of the key, without its secret.",
}
"""What the variable parts of paths are."""


def tags(model: Model) -> list[Said]:
    """Every tag and what it means."""
    told = {kind.struct.__name__: kind.shape.description for kind in model.values()}
    return [{"name": name, "description": words} for name, words in (told | TAGS).items()]


def bodies(app: Litestar) -> dict[str, tuple[type, ...]]:
    """The types of what each operation takes as JSON, one of them, by operation id."""
    return {name: taken if isinstance(taken, tuple) else (taken,) for name, taken in _said(app, BODY).items()}


def media(app: Litestar) -> dict[str, tuple[str, ...]]:
    """The media types of the files that an operation takes, by operation id."""
    return _said(app, MEDIA)


def _said(app: Litestar, about: str) -> dict[str, Any]:
    found = [handler for route in app.routes for handler in getattr(route, "route_handlers", [])]
    return {str(handler.operation_id): handler.opt[about] for handler in found if about in handler.opt}


def tell(
    path: str, method: str, operation: Said, taken: tuple[type, ...], files: tuple[str, ...], schemas: Said
) -> None:
    """Say of an operation all that its route does not. taken: types of JSON it takes; files: media of files."""
    if not path.startswith("/api/"):
        operation["security"] = []
        _tell_answers(operation)
        return
    for part in operation.get("parameters", ()):
        if part["in"] == "path":
            part["description"] = PARTS_OF_PATHS.get(part["name"], f"The {part['name'].replace('_', ' ')}.")
    # What is read with some roles alone is read by nobody without a key.
    operation["security"] = [{}, *KEYED] if method == "get" and "403" not in operation["responses"] else KEYED
    refused = (*ALWAYS, *(OF_WRITES if method != "get" else ()), *(OF_BODIES if taken or files else ()))
    operation["responses"] |= {str(one): refusal(one) for one in refused}
    if taken:
        _tell_body(operation, taken, schemas)
    if files:
        operation["requestBody"] = {"required": True, "content": {form: _file(form) for form in files}}
    _tell_headers(operation, files)
    _tell_answers(operation)


def _file(form: str) -> Said:
    """What a file of that form holds: documents as JSON or as lines, or else bytes."""
    record = by_schema()["Service"]
    if form == JSON:
        documents = {"type": "array", "items": {"type": "object"}}
        return {"schema": {"anyOf": [{"type": "object"}, documents]}, "example": record}
    if form == NDJSON:
        return {"schema": {"type": "string"}, "example": msgspec.json.encode(record).decode() + "\n"}
    return {"schema": {"type": "string", "format": "binary"}}


def _tell_headers(operation: Said, files: tuple[str, ...]) -> None:
    """The headers that mean something to an operation: of writes of records, of imports, of what may be unchanged."""
    names = [*SENT_WITH_WRITES] if _writes(operation) else ["Idempotency-Key"] if files else []
    told = [_header((name, SENT_WITH_WRITES[name])) for name in names]
    if "304" in operation["responses"]:
        told.append(_header(("If-None-Match", IF_NONE_MATCH)))
    if told:
        operation.setdefault("parameters", []).extend(told)


def _writes(operation: Said) -> bool:
    """Whether an operation writes a record, from a version of it."""
    return "412" in operation["responses"]


def refusal(status: int) -> Said:
    """An answer of problem details."""
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {"description": REFUSED[status], "content": {PROBLEM: {"schema": schema}}}


def headers() -> Said:
    """The headers of answers, as components."""
    return {name: {"description": words, "schema": {"type": "string"}} for name, words in TOLD.items()}


def _tell_body(operation: Said, taken: tuple[type, ...], schemas: Said) -> None:
    names = [one.__name__ for one in taken]
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    content = with_example({"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}, by_schema().get(names[0]))
    needed = any(schemas[name].get("required") for name in names)
    operation["requestBody"] = {"required": needed, "content": {JSON: content}}


def _tell_answers(operation: Said) -> None:
    for status, answer in operation["responses"].items():
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in _headers(operation, status)}
        if status >= "400":
            answer["description"] = REFUSED[int(status)]
        for form, content in answer.get("content", {}).items():
            if form == XLSX:
                content["schema"] = _file(form)["schema"]
                continue
            with_example(content, _example(operation, status, form, content))
        if not answer["headers"]:
            del answer["headers"]


def _headers(operation: Said, status: str) -> list[str]:
    is_list = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", []))
    if status == "200" and is_list:
        return ["ETag", "Link"]
    if status in ("200", "201", "304") and _writes(operation):
        return [*RECORD_HEADERS, *(["Location"] if status == "201" else [])]
    if status in ("200", "304") and "304" in operation["responses"]:
        return [*RECORD_HEADERS] if "410" in operation["responses"] else ["ETag"]
    return HEADERS_OF_REFUSALS.get(int(status), [])


def _example(operation: Said, status: str, form: str, content: Said) -> Any:
    if status >= "400":
        return refusal_example(int(status), TITLES[int(status)], REFUSED[int(status)])
    main = operation["responses"][status]["content"].get(JSON, content)
    schema = main["schema"].get("$ref", operation["operationId"]).rpartition("/")[2]
    if form == CSV:
        return csv_lines().get(schema)
    example = by_schema().get(schema)
    return _lines(example) if form == NDJSON and example is not None else example


def _lines(page: Said) -> str:
    return "".join(msgspec.json.encode(item).decode() + "\n" for item in page.get("items", [page]))


def _header(told: tuple[str, str]) -> Said:
    name, words = told
    return {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}
