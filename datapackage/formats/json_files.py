"""JSON and NDJSON files as located raw documents."""

import json
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Any

import msgspec

from datapackage.formats.json_errors import why_not_json
from datapackage.formats.json_items import json_items
from datapackage.formats.located import Input, Located
from inventory.errors import Unreadable
from inventory.problems import ERROR, Problem
from inventory.records.registry import Model
from inventory.validation.check import MOST_MISSPELT
from inventory.validation.shape_problems import shown

WHOLE = 1_000_000
"""Bytes of a JSON file that is read whole; a larger one is read a document at a time."""
LONGEST_NAME = 80
"""Characters of a name that may be a misspelled key; the keys have at most 20."""


class JsonFile(Input):
    """A JSON file: one document, a list of them, or an object of lists by table. May be read again and again.

    most: bytes of one document; None: no bound. Only a small file is read whole.
    """

    def __init__(self, path: Path, model: Model, record_type: str | None = None, most: int | None = None) -> None:
        self._path, self._model, self._record_type, self._most = path, model, record_type, most
        self._kinds = Kinds(model)

    def __iter__(self) -> Iterator[Located]:
        if self._path.stat().st_size > WHOLE:
            yield from self._one_by_one()
            return
        for record_type, raw in self._documents():
            yield Located(record_type=record_type, raw=raw, file=self._path.name)

    def _one_by_one(self) -> Iterator[Located]:
        tables = {kind.table: kind.name for kind in self._model.values()}
        for number, (table, body) in enumerate(json_items(self._path, tables, self._most), start=1):
            raw = decode(body, f"{self._path.name}, document {number:,},")
            kind = tables[table] if table else self._record_type or self._kinds.of(raw)
            yield Located(record_type=kind, raw=raw, file=self._path.name, size=len(body))

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
            yield self._record_type or self._kinds.of(raw), raw


class NdjsonFile(Input):
    """An NDJSON file: a document a line. A line that is no JSON is a problem of that line; the others go on.

    A line of a file of rejects holds the document under `raw`, or the text of a line that was not JSON: once corrected
    there, the file loads as it is.
    most: bytes of one line; None: no bound.
    """

    def __init__(self, path: Path, model: Model, record_type: str | None = None, most: int | None = None) -> None:
        self._path, self._record_type, self._kinds, self._most = path, record_type, Kinds(model), most

    def __iter__(self) -> Iterator[Located]:
        with self._path.open("rb") as file:
            for number, line in enumerate(self._lines(file), start=1):
                if line.strip():
                    yield self._located(line, number)

    def _lines(self, file: IO[bytes]) -> Iterator[bytes]:
        """The lines. Of one that is too long, the beginning, one byte longer than the bound."""
        longest = -1 if self._most is None else self._most + 1
        while line := file.readline(longest):
            yield line
            while len(line) == longest and not line.endswith(b"\n"):
                line = file.readline(longest)

    def _located(self, line: bytes, number: int) -> Located:
        try:
            if self._most is not None and len(line) > self._most:
                raise Unreadable(f"line {number} is longer than {self._most:,} bytes")
            raw = decode(line, f"line {number}")
            if isinstance(raw, dict) and {"raw", "problems"} <= raw.keys():
                raw = raw["raw"]
                if isinstance(raw, str):  # a line that was not JSON, which may be corrected by now
                    line = raw.encode()
                    raw = decode(line, f"the text under raw in line {number}")
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
            return Located(
                record_type="", raw=shown, file=self._path.name, row=number, problems=(problem,), size=len(line)
            )
        record_type = self._record_type or self._kinds.of(raw)
        return Located(record_type=record_type, raw=raw, file=self._path.name, row=number, size=len(line))


def decode(body: bytes, name: str) -> Any:
    """JSON values. Raises Unreadable, saying where, for anything that is not JSON in UTF-8 or says a thing twice."""
    body = body.removeprefix(b"\xef\xbb\xbf").rstrip()
    try:
        value = msgspec.json.decode(body)
        # A repeated key is dropped on reading. What comes out as long as it went in has lost none.
        if len(msgspec.json.encode(value)) != len(body):
            json.loads(body, object_pairs_hook=partial(_once, name), parse_int=str, parse_float=str, strict=False)
        return value
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Unreadable(f"{name} {why_not_json(body, fault)}") from fault
    except RecursionError as fault:
        raise Unreadable(f"{name} is nested too deeply") from fault


def _once(name: str, pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise Unreadable(f"{name} has the key {shown(twice)} twice in one object")


class Kinds:
    """Tells what kind of record a document is by the names of its fields."""

    def __init__(self, model: Model) -> None:
        self._names = list(model)
        self._fields = {name: {field.name for field in kind.shape.fields} for name, kind in model.items()}
        self._keys = {name: {field.name for field in kind.shape.key} for name, kind in model.items()}
        self._all = frozenset[str]().union(*self._fields.values())
        self._known = lru_cache(maxsize=1024)(self._named)

    def of(self, raw: Any) -> str:
        """The record type that the document's key names; empty text where none.

        A service names its organization too: of the keys that are there, that of the type which mentions the others
        counts. A field that is misspelled changes nothing, and a misspelled key is taken for what it nearly is.
        """
        if not isinstance(raw, dict):
            return ""
        names = self._all.intersection(raw)
        unknown = [name for name in raw if name not in names and len(name) <= LONGEST_NAME]
        # Names that are so many are not misspelled keys.
        return self._known(names.union(unknown) if len(unknown) <= MOST_MISSPELT else names)

    def _named(self, given: frozenset[str]) -> str:
        names = self._with_keys_mended(given)
        keyed = {kind for kind in self._names if self._keys[kind] <= names}
        within = {kind for kind in keyed for other in keyed if self._mentions(other, kind)}
        # A quarter of feedback without its number is that, rather than the designation whose key it has whole.
        near = [kind for kind in self._names if self._keys[kind] & names and kind not in within] if keyed else []

        def fit(kind: str) -> tuple[int, bool, int]:
            return len(names & self._fields[kind]), kind in keyed, len(self._keys[kind])

        return max(near, key=fit, default="")

    def _with_keys_mended(self, given: frozenset[str]) -> set[str]:
        keys = sorted(set().union(*self._keys.values()))
        return {n if n in self._all else next(iter(get_close_matches(n, keys, 1, 0.85)), n) for n in given}

    def _mentions(self, one: str, other: str) -> bool:
        """Whether records of the one bear the key of the other, and not the other way round."""
        return self._keys[other] <= self._fields[one] and not self._keys[one] <= self._fields[other]
