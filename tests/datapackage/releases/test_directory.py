"""Where releases lie, and which of them is current."""

from pathlib import Path
from threading import Thread

import pytest

from datapackage.releases.directory import current_release, followed, held, is_release_id, release_ids, set_current
from inventory.errors import Unreadable
from tests.conftest import ROOT


def test_releases_are_listed_by_number_newest_first(tmp_path: Path) -> None:
    for name in ("2026-11-22.9", "2026-11-22.10", "2026-11-23.11", "latest", ".new-x", "2026-11-22.x"):
        (tmp_path / name).mkdir()
    (tmp_path / "2026-11-24.12.zip").touch()
    assert release_ids(tmp_path) == ["2026-11-23.11", "2026-11-22.10", "2026-11-22.9"]
    assert release_ids(tmp_path / "nowhere") == []


def test_the_pointer_names_a_release_or_nothing(tmp_path: Path) -> None:
    assert current_release(tmp_path) is None
    set_current(tmp_path, "2026-11-22.9")
    assert current_release(tmp_path) == "2026-11-22.9"
    (tmp_path / "latest").write_text("../..\n", "utf-8")
    assert current_release(tmp_path) is None


def test_the_pointer_is_followed_to_what_is_there(tmp_path: Path) -> None:
    set_current(tmp_path, "2026-11-22.9")
    with pytest.raises(Unreadable, match="latest points to no release that is there"):
        followed(tmp_path / "latest")
    (tmp_path / "2026-11-22.9.zip").touch()
    assert followed(tmp_path / "latest").name == "2026-11-22.9.zip"
    (tmp_path / "2026-11-22.9").mkdir()
    assert followed(tmp_path / "latest").name == "2026-11-22.9"
    assert followed(tmp_path / "other") == tmp_path / "other"


def test_the_pointer_never_goes_back(tmp_path: Path) -> None:
    set_current(tmp_path, "2026-11-22.10")
    set_current(tmp_path, "2026-11-23.9")
    assert current_release(tmp_path) == "2026-11-22.10"
    set_current(tmp_path, "2026-11-22.11")
    assert current_release(tmp_path) == "2026-11-22.11"
    assert [path.name for path in tmp_path.iterdir()] == ["latest"]


def test_one_at_a_time_puts_releases_on_the_shelf(tmp_path: Path) -> None:
    order: list[str] = []

    def other() -> None:
        with held(tmp_path):
            order.append("second")

    with held(tmp_path):
        waiting = Thread(target=other)
        waiting.start()
        waiting.join(0.3)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_what_killed_runs_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".new-x" / "files").mkdir(parents=True)
    (tmp_path / ".new-y").touch()
    with held(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["", "..", "latest", "2026-11-22.0", "2026-11-22.1/x", "2026-11-22.1\n"])
def test_no_other_name_is_of_a_release(name: str) -> None:
    assert not is_release_id(name)


def test_only_settings_say_where_releases_lie() -> None:
    named = [path for floor in ("api", "catalog", "datapackage") for path in (ROOT / floor).rglob("*.py")]
    joined = [path.name for path in named if '/ "releases"' in path.read_text("utf-8")]
    pointing = [path.name for path in named if '"latest"' in path.read_text("utf-8")]
    assert (joined, pointing) == (["settings.py"], ["directory.py"])
