"""Opening inputs by what they are: the readers by suffix, crosswalks by name."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from datapackage.json_files import JsonFile, NdjsonFile
from datapackage.readers import Located
from datapackage.sources import SourceMatches
from inventory.errors import Unreadable
from inventory.record_types import Model
from inventory.store import Store


class Inputs:
    """Several inputs as one, readable again and again."""

    def __init__(self, parts: Sequence[Iterable[Located]]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[Located]:
        return chain.from_iterable(self._parts)


def opened(
    paths: Sequence[Path], model: Model, store: Store | None, record_type: str | None, crosswalk: str | None
) -> tuple[Inputs, SourceMatches | None]:
    """The inputs at these paths. Raises Unreadable, naming the first that cannot be read."""
    for path in paths:
        if not path.exists():
            raise Unreadable(f"There is no file {path}")
    if record_type is not None and record_type not in model:
        raise Unreadable(f"There is no record type {record_type}; there are {', '.join(model)}")
    if crosswalk is not None:
        raise Unreadable(f"There is no crosswalk {crosswalk}")
    return Inputs([_reader(path, model, record_type) for path in paths]), None


def _reader(path: Path, model: Model, record_type: str | None) -> Iterable[Located]:
    if path.is_dir():
        inside = sorted(inner for inner in path.rglob("*") if inner.suffix in READERS)
        if not inside:
            raise Unreadable(f"{path} holds no {', '.join(READERS)} file")
        return Inputs([_reader(inner, model, record_type) for inner in inside])
    if path.suffix not in READERS:
        raise Unreadable(f"{path.name} is none of {', '.join(READERS)}")
    return READERS[path.suffix](path, model, record_type)


READERS: dict[str, Callable[[Path, Model, str | None], Iterable[Located]]] = {
    ".json": JsonFile,
    ".ndjson": NdjsonFile,
    ".jsonl": NdjsonFile,
}
