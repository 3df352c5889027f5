"""The scores of a release: a table that follows from the published counts, and views that add and never average."""

import csv
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datapackage.releases.make import make_release
from datapackage.releases.verify import verify
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.scores.statistics import half_interval, has_shifted, mean_of, rounded
from inventory.storage.engines import create_tables, open_engine
from tests.conftest import ROOT
from tests.support.builders import a_measure
from tests.support.quarters import a_quarter, in_quarter, publish_quarters

MOST_AGREE, FEWER_AGREE = [0, 0, 0, 50, 50], [0, 0, 50, 50, 0]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A release of three quarters."""
    folder = tmp_path_factory.mktemp("scores")
    engine = open_engine(f"sqlite:///{folder}/ledger.db")
    create_tables(engine)
    ticks = [a_measure("ease", FEWER_AGREE), a_measure("employee", [60, 40], scale="tick_positive")]
    store = publish_quarters(
        Store(engine, INVENTORY),
        a_quarter("2026-Q1", {"ease": MOST_AGREE, "trust": [0, 0, 1, 1, 2]}),
        a_quarter("2026-Q2", collections=[in_quarter(2026, 2, channel="phone", measures=ticks)]),
        a_quarter("2026-Q1", {"ease": FEWER_AGREE}, service_id="dos-ca-visas"),
        types={"dos-ca-visas": "benefits"},
    )
    yield make_release(store, folder / "releases", lambda what, count: None).path
    engine.dispose()


@pytest.fixture
def database(release: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(release / "inventory.db")
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


def rows(database: sqlite3.Connection, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in database.execute(sql)]


def test_the_release_is_as_it_should_be(release: Path) -> None:
    assert verify(release) == []


def test_scores_stand_in_order_of_their_key_with_six_places_at_most(release: Path) -> None:
    with (release / "scores.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    keys = ["provider_id", "service_id", "fiscal_year", "quarter", "measure", "scale"]
    assert list(told[0])[:6] == keys
    assert [[row[key] for key in keys] for row in told] == sorted([row[key] for key in keys] for row in told)
    ease = next(
        row for row in told if (row["service_id"], row["quarter"], row["measure"]) == ("dos-ca-passports", "1", "ease")
    )
    half = half_interval(MOST_AGREE, 1)
    assert half is not None
    assert (ease["n"], ease["mean"], ease["favorable"], ease["basis"]) == ("100", "4.5", "1", "counts")
    assert ease["mean_low"] == str(rounded(4.5 - half, 6))
    assert [ease[f"counts_{place}"] for place in range(1, 12)] == ["0", "0", "0", "50", "50"] + [""] * 6
    trust = next(row for row in told if (row["service_id"], row["measure"]) == ("dos-ca-passports", "trust"))
    assert (trust["n"], trust["mean"], trust["basis"], trust["withheld_left_out"]) == ("", "", "", "1")


def test_the_overview_names_service_and_provider(database: sqlite3.Connection) -> None:
    told = rows(database, "SELECT * FROM score_overview WHERE service_id = 'dos-ca-visas' AND measure = 'ease'")
    assert [(row["provider"], row["service"], row["service_type"], row["period"], row["mean"]) for row in told] == [
        ("Consular Affairs", "Passports", "benefits", "2026-Q1", 3.5)
    ]


def test_pools_add_counts(database: sqlite3.Connection) -> None:
    [pool] = rows(database, "SELECT * FROM scores_by_provider WHERE quarter = 1 AND measure = 'ease'")
    assert (pool["services"], pool["n"], pool["mean"], pool["favorable"]) == (2, 200, 4.0, 0.75)
    types = rows(database, "SELECT * FROM scores_by_service_type WHERE quarter = 1 AND measure = 'ease' ORDER BY mean")
    assert [(row["service_type"], row["mean"]) for row in types] == [("benefits", 3.5), ("administrative", 4.5)]
    [ticks] = rows(database, "SELECT * FROM scores_by_provider WHERE scale = 'tick_positive'")
    assert (ticks["mean"], ticks["favorable"], ticks["ticked"]) == (None, None, 0.4)


def test_trends_are_those_of_the_library(database: sqlite3.Connection) -> None:
    found = rows(database, "SELECT * FROM score_trends WHERE service_id = 'dos-ca-passports' AND measure = 'ease'")
    first, second = sorted(found, key=lambda row: row["quarter"])
    assert (first["previous"], first["shifted"]) == (None, None)
    assert second["change"] == pytest.approx(mean_of(FEWER_AGREE, 1) - mean_of(MOST_AGREE, 1))
    assert bool(second["shifted"]) == has_shifted(MOST_AGREE, FEWER_AGREE, 1)
    assert (second["other_channels"], second["other_wording"], second["other_origin"]) == (1, 0, 0)


def test_every_view_of_scores_is_documented_and_no_other(database: sqlite3.Connection) -> None:
    views = {row["name"] for row in rows(database, "SELECT name FROM sqlite_master WHERE type = 'view'")}
    told = re.findall(r"^\| `(score[a-z_]+)` \|", (ROOT / "docs" / "scores.md").read_text("utf-8"), re.M)
    assert set(told) == {name for name in views if name.startswith("score")}
