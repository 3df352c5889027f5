"""Opening of inputs by format: files of documents one by one, tables as one set, crosswalks by name."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from datapackage.crosswalks.definition import COUNTED, Crosswalk
from datapackage.crosswalks.functions.joins import JOINS
from datapackage.crosswalks.toml_file import crosswalk as crosswalk_named
from datapackage.external.crosswalk_input import CrosswalkedInput
from datapackage.external.organizations import Organizations
from datapackage.external.providers_and_services import Parties
from datapackage.external.response_input import ResponseOptions, response_file
from datapackage.external.source_ids import SourceMatches
from datapackage.formats.bounds import Sizes
from datapackage.formats.json_files import JsonFile, NdjsonFile
from datapackage.formats.located import Input, Inputs
from datapackage.packages.reader import is_package, package_sheets, tables_by_name
from datapackage.sheets.sheet import Grid, Sheet, csv_grid, csv_sheet
from datapackage.sheets.sheet_set import SheetSet
from datapackage.sheets.xlsx_reader import UnknownSheets, Workbook, workbook_sheets
from inventory.errors import Unreadable
from inventory.ledger.store import Store
from inventory.records.registry import Model

DOCUMENTS: dict[str, Callable[[Path, Model, str | None, int | None], Input]] = {
    ".json": JsonFile,
    ".ndjson": NdjsonFile,
    ".jsonl": NdjsonFile,
}
TABLES = (".csv", ".xlsx")
SUFFIXES = (*DOCUMENTS, *TABLES, ".zip")


def opened(
    paths: Sequence[Path],
    model: Model,
    store: Store | None,
    record_type: str | None,
    crosswalk: str | None,
    asked: ResponseOptions | None = None,
    sizes: Sizes = Sizes(),  # noqa: B008 - it never changes
) -> tuple[Input, SourceMatches | None]:
    """Open the inputs at these paths. asked: options for files of responses. sizes: size limits of a file.

    Raises Unreadable for the first that cannot be read, TooMuch and NotFound.
    """
    for path in paths:
        if not path.exists():
            raise Unreadable(f"There is no file {path}")
    if record_type is not None and record_type not in model:
        raise Unreadable(f"There is no record type {record_type}; there are {', '.join(model)}")
    if crosswalk == COUNTED:
        if len(paths) != 1:
            raise Unreadable(f"{COUNTED} takes one file, the responses of one collection; here are {len(paths)}")
        return response_file(paths[0], model, store, asked or ResponseOptions())
    if asked is not None and (asked.survey_type or asked.into or asked.leave_out):
        raise Unreadable(f"--survey-type, --into and --leave-out-bad-rows belong to --crosswalk {COUNTED}")
    if crosswalk is not None:
        return _crosswalked(paths, model, store, crosswalk)
    opening = _Opening(model, record_type, sizes)
    for path in paths:
        opening.add(path)
    return opening.inputs(), None


def _crosswalked(
    paths: Sequence[Path], model: Model, store: Store | None, name: str
) -> tuple[Input, SourceMatches | None]:
    by = crosswalk_named(name, model)
    organizations, parties = Organizations(store, by.prefix), Parties(store, model, by.system)
    opened_grids = [pair for path in paths for pair in _grids(path, by)]
    grids, others = [grid for grid, _ in opened_grids], [other for _, other in opened_grids]
    if by.joined is not None:
        grids = [JOINS[by.joined](grids)]
    parts = [CrosswalkedInput(grid, by, model, organizations, parties) for grid in grids]
    return Inputs([*parts, *others]), SourceMatches(store, model[by.record_type], by.system, by.adds)


def _grids(path: Path, by: Crosswalk) -> list[tuple[Grid, Input]]:
    """Return the tables of a file that the crosswalk reads, each with an input for the rest of the file."""
    if path.suffix == ".csv":
        return [(csv_grid(lambda: path.open("rb"), path.name), Inputs([]))]
    if path.suffix != ".xlsx":
        raise Unreadable(f"{path.name} is neither .csv nor .xlsx; a crosswalk reads those")
    book = Workbook(path)
    if by.joined is not None:
        return [(book.grid(name), Inputs([])) for name in book.sheets if name not in by.ignored_sheets]
    wanted = by.sheet if by.sheet is not None and by.sheet in book.sheets else next(iter(book.sheets))
    others = [name for name in book.sheets if name != wanted and name not in by.ignored_sheets]
    return [(book.grid(wanted), UnknownSheets(path.name, others))]


class _Opening:
    """A collector of inputs. All tables of one load belong together."""

    def __init__(self, model: Model, record_type: str | None, sizes: Sizes) -> None:
        self._model, self._record_type, self._sizes = model, record_type, sizes
        self._tables = tables_by_name(model)
        self._parts: list[Input] = []
        self._sheets: dict[str, Sheet] = {}

    def add(self, path: Path) -> None:
        """Add a file or folder. Raises Unreadable."""
        if is_package(path):
            self._add_sheets(package_sheets(path, self._model, self._sizes))
        elif path.is_dir():
            inside = sorted(inner for inner in path.rglob("*") if inner.suffix in SUFFIXES and inner.is_file())
            if not inside:
                raise Unreadable(f"{path} holds no {', '.join(SUFFIXES)} file")
            for inner in inside:
                self.add(inner)
        elif path.suffix in DOCUMENTS:
            most = self._sizes.document_bytes
            self._parts.append(DOCUMENTS[path.suffix](path, self._model, self._record_type, most))
        elif path.suffix == ".csv":
            self._add_sheets([self._csv(path)])
        elif path.suffix == ".xlsx":
            sheets, others = workbook_sheets(path, self._tables, self._sizes)
            self._add_sheets(sheets)
            self._parts.append(others)
        else:
            raise Unreadable(f"{path.name} does not end in one of {', '.join(SUFFIXES)}")

    def inputs(self) -> Inputs:
        """Return all of them as one input."""
        tables = [SheetSet(list(self._sheets.values()), self._model)] if self._sheets else []
        return Inputs([*tables, *self._parts])

    def _csv(self, path: Path) -> Sheet:
        named = self._model[self._record_type].table if self._record_type else path.stem
        if named not in self._tables:
            raise Unreadable(
                f"{path.name} is not named after a table ({', '.join(self._main_names())} and those below them); "
                "say what it holds with --as, or name a crosswalk"
            )
        return csv_sheet(lambda: path.open("rb"), self._tables[named], path.name)

    def _main_names(self) -> Iterator[str]:
        return (kind.table for kind in self._model.values())

    def _add_sheets(self, sheets: Iterable[Sheet]) -> None:
        for sheet in sheets:
            other = self._sheets.setdefault(sheet.table.name, sheet)
            if other is not sheet:
                raise Unreadable(f"The table {sheet.table.name} is given twice: {other.name} and {sheet.name}")
