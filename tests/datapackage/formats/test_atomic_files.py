"""Files in the place of others: whole, or as if nothing had been."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from datapackage.exports.annotate import annotate
from datapackage.exports.backup import back_up
from datapackage.exports.export import export
from datapackage.formats.atomic_files import claimed, replacing
from datapackage.sheets.xlsx_reader import Workbook
from inventory.ledger.store import Store
from tests.datapackage.exports.test_annotate import checked, written


def quiet(what: str, count: int) -> None:
    """No progress."""


def test_what_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("before", "utf-8")
    with pytest.raises(KeyError), replacing(path) as new:
        new.write_text("half", "utf-8")
        raise KeyError
    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("out", "before")]
    with replacing(path) as new:
        new.write_text("after", "utf-8")
    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("out", "after")]


def test_two_that_write_the_same_file_do_not_meet(tmp_path: Path) -> None:
    with replacing(tmp_path / "out") as first, replacing(tmp_path / "out") as second:
        assert first != second


def test_a_name_that_is_claimed_was_free(tmp_path: Path) -> None:
    names = [claimed(tmp_path, "rejects", ".ndjson").name for _ in range(3)]
    assert names == ["rejects.ndjson", "rejects-2.ndjson", "rejects-3.ndjson"]


WRITERS: dict[str, Callable[[Store, Path], object]] = {
    "out.ndjson": lambda store, path: export(store, path, None, quiet),
    "out.xlsx": lambda store, path: export(store, path, None, quiet),
    "out.zip": lambda store, path: export(store, path, None, quiet),
    "out.psi": lambda store, path: back_up(store, path, quiet),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_not_public_is_for_its_owner_alone(name: str, sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / name
    WRITERS[name](sqlite_store, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", WRITERS)
def test_an_interrupted_write_leaves_nothing(
    name: str, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.setattr(Store, "page", interrupted)
    monkeypatch.setattr("datapackage.exports.backup.select", interrupted)
    with pytest.raises(KeyboardInterrupt):
        WRITERS[name](sqlite_store, folder / name)
    assert list(folder.iterdir()) == []


def test_a_workbook_may_take_the_place_of_the_one_it_is_made_from(tmp_path: Path) -> None:
    source = written(tmp_path / "in.xlsx")
    annotate(source, checked(source).problems, source)
    assert "problems" in Workbook(source).sheets
    assert [file.name for file in tmp_path.iterdir()] == ["in.xlsx"]
