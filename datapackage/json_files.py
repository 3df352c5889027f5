"""JSON and NDJSON files as located raw documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from datapackage.readers import Input, Located
from inventory.errors import Unreadable
from inventory.problems import ERROR, Problem
from inventory.record_types import Model


class JsonFile(Input):
    """A JSON file: one document, a list of them, or an object of lists by table. May be read again and again."""

    def __init__(self, path: Path, model: Model, record_type: str | None = None) -> None:
        self._path, self._model, self._record_type = path, model, record_type

    def __iter__(self) -> Iterator[Located]:
        for record_type, raw in self._documents():
            yield Located(record_type=record_type, raw=raw, file=self._path.name)

    def _documents(self) -> Iterator[tuple[str, Any]]:
        whole = decode(self._path.read_bytes(), self._path.name)
        tables = {kind.table: kind.name for kind in self._model.values()}
        if (
            isinstance(whole, dict)
            and whole
            and all(name in tables and isinstance(whole[name], list) for name in whole)
        ):
            for name, kind in sorted(tables.items(), key=lambda pair: list(self._model).index(pair[1])):
                yield from ((kind, raw) for raw in whole.get(name, ()))
            return
        for raw in whole if isinstance(whole, list) else [whole]:
            yield self._record_type or guessed(raw, self._model), raw


class NdjsonFile(Input):
    """An NDJSON file: a document a line. A line that is no JSON is a problem of that line; the others go on.

    A line of a file of rejects holds the document under `raw`: once mended there, the file loads as it is.
    """

    def __init__(self, path: Path, model: Model, record_type: str | None = None) -> None:
        self._path, self._model, self._record_type = path, model, record_type

    def __iter__(self) -> Iterator[Located]:
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield self._located(line, number)

    def _located(self, line: bytes, number: int) -> Located:
        try:
            raw = decode(line, f"line {number}")
        except Unreadable as fault:
            problem = Problem(
                code="unreadable",
                severity=ERROR,
                message=str(fault),
                file=self._path.name,
                row=number,
                expected="a JSON document",
            )
            shown = line.decode("utf-8", "replace").rstrip("\n")
            return Located(record_type="", raw=shown, file=self._path.name, row=number, problems=(problem,))
        if isinstance(raw, dict) and {"raw", "problems"} <= raw.keys():
            raw = raw["raw"]
        record_type = self._record_type or guessed(raw, self._model)
        return Located(record_type=record_type, raw=raw, file=self._path.name, row=number)


def decode(body: bytes, name: str) -> Any:
    """JSON values. Raises Unreadable, saying where, for anything that is not JSON in UTF-8."""
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Unreadable(f"{name} is not JSON: {fault}") from fault
    except RecursionError as fault:
        raise Unreadable(f"{name} is nested too deeply") from fault


def guessed(raw: Any, model: Model) -> str:
    """The record type whose key and fields the document has, or at least its key; empty text where none."""
    names = raw.keys() if isinstance(raw, dict) else set()
    having = [kind for kind in model.values() if all(field.name in names for field in kind.shape.key)]
    fitting = [kind for kind in having if names <= {field.name for field in kind.shape.fields}]
    # A designation bears a provider's and a service's id: the longest key that is there says most.
    best = sorted(fitting or having, key=lambda kind: -len(kind.shape.key))
    return best[0].name if best else ""
