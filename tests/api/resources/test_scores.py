"""Scores over HTTP and on the command line."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from typer.testing import CliRunner

from api.commands.main import app
from api.commands.scores import _cells, picture
from api.commands.session import session
from api.http.lists import OTHER_LIST, cursor
from inventory.codes import Basis, Measure, Scale, ServiceType
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.scores.tables import PooledScore
from inventory.storage.engines import create_tables, open_engine
from tests.support.builders import a_measure
from tests.support.quarters import a_quarter, in_quarter, publish_quarter, publish_quarters
from tests.support.sites import Client, serving

MOST_AGREE, FEWER_AGREE = [0, 0, 0, 50, 50], [0, 0, 50, 50, 0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def scored(home: Any) -> Iterator[Store]:
    """Published quarters of three services, one with ticks and one withheld cell."""
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    create_tables(engine)
    ticks = [a_measure("ease", FEWER_AGREE), a_measure("employee", [60, 40], scale="tick_positive")]
    yield publish_quarters(
        Store(engine, INVENTORY),
        a_quarter("2025-Q4", {"ease": MOST_AGREE, "trust": [0, 0, 1, 1, 2]}),
        a_quarter("2026-Q1", {"ease": MOST_AGREE}),
        a_quarter("2026-Q2", collections=[in_quarter(2026, 2, channel="phone", measures=ticks)]),
        a_quarter("2026-Q1", {"ease": FEWER_AGREE}, service_id="dos-ca"),
        a_quarter("2026-Q1", {"ease": FEWER_AGREE}, provider_id="dos", service_id="dos-visas"),
        types={"dos-visas": "benefits"},
    )
    engine.dispose()


@pytest.fixture(scope="module")
def client(scored: Store, home: Any) -> Iterator[Client]:
    with serving(scored, home) as client:
        yield client


def items(client: Client, query: str = "") -> list[dict[str, Any]]:
    found = client.get(f"/api/v1/scores?limit=1000&{query}")
    assert found.status_code == 200, found.text
    return list(found.json()["items"])


def test_each_quarter_has_its_scores(client: Client) -> None:
    [score] = items(client, "service=dos-ca-passports&period=2026-Q1&measure=ease")
    assert (score["mean"], score["n"], score["favorable"], score["basis"]) == ("4.5", 100, "1", "counts")
    assert (score["previous"], score["change"], score["shifted"]) == ("2025-Q4", "0", False)
    assert score["service_type"] == "administrative" and score["counts"] == MOST_AGREE
    [withheld] = items(client, "service=dos-ca-passports&period=2025-Q4&measure=trust")
    assert withheld["withheld_left_out"] == 1 and "n" not in withheld and "mean" not in withheld


FILTERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "provider=dos": lambda s: s["provider_id"] == "dos",
    "provider=dos-ca&service=dos-ca": lambda s: s["service_id"] == "dos-ca",
    "service_type=benefits": lambda s: s["service_type"] == "benefits",
    "fiscal_year=2025": lambda s: s["period"].startswith("2025"),
    "period=2026-Q2": lambda s: s["period"] == "2026-Q2",
    "measure=employee": lambda s: s["measure"] == "employee",
    "scale=tick_positive": lambda s: s["scale"] == "tick_positive",
}


@pytest.mark.parametrize("query", FILTERS)
def test_filters_give_what_fits_and_all_of_it(client: Client, query: str) -> None:
    assert items(client, query) == [score for score in items(client) if FILTERS[query](score)] != []


@pytest.mark.parametrize("by", ["quarter", "service", "provider", "service_type"])
@pytest.mark.parametrize("more", ["", "&as_of=2026-11-23", "&measure=ease"])
@pytest.mark.parametrize("limit", [1, 3, 8])
def test_pages_neither_skip_nor_repeat(client: Client, by: str, more: str, limit: int) -> None:
    seen, path = [], f"/api/v1/scores?by={by}&limit={limit}{more}"
    while path:
        answer = client.get(path)
        seen += answer.json()["items"]
        path = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
    assert seen == items(client, f"by={by}{more}") != []


@pytest.mark.parametrize("by", ["quarter", "provider"])
def test_every_form_tells_the_same(client: Client, by: str) -> None:
    path = f"/api/v1/scores?by={by}"
    lines = client.get(path, headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == items(client, f"by={by}")
    answer = client.get(path, headers={"Accept": "text/csv"})
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(table[0])[:6] == ["provider_id", "service_id", "service_type", "period", "measure", "scale"]
    told = [(row["provider_id"], row["measure"], row["mean"], row["counts_4"]) for row in table]
    assert told == [
        (s["provider_id"], s["measure"], s.get("mean", ""), str(s["counts"][3]) if len(s.get("counts", ())) > 3 else "")
        for s in items(client, f"by={by}")
    ]


def test_pools_add_counts(client: Client) -> None:
    [pool] = items(client, "by=provider&provider=dos-ca&period=2026-Q1&measure=ease")
    assert (pool["n"], pool["mean"], pool["quarters"], pool["counts"]) == (200, "4", 2, [0, 0, 50, 100, 50])
    assert {s.get("service_type") for s in items(client, "by=service_type")} == {"administrative", "benefits"}


def test_a_pool_knows_what_was_published_since(tmp_path: Any) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    create_tables(engine)
    store = publish_quarters(Store(engine, INVENTORY), a_quarter("2026-Q1", {"ease": MOST_AGREE}))
    with serving(store, tmp_path) as client:
        before = items(client, "by=service&measure=ease")
        publish_quarter(store, a_quarter("2026-Q1", {"ease": FEWER_AGREE}))
        after = items(client, "by=service&measure=ease")
    engine.dispose()
    assert (before[0]["mean"], after[0]["mean"]) == ("4.5", "3.5")


def refused(client: Client, query: str) -> dict[str, tuple[str, str]]:
    answer = client.get(f"/api/v1/scores?{query}")
    assert answer.status_code == 400
    return {problem["field"]: (problem["code"], problem["expected"]) for problem in answer.json()["problems"]}


def test_every_bad_parameter_is_named(client: Client) -> None:
    told = refused(client, "by=x&measure=x&scale=x&service_type=x&period=2026-Q5&provider=A%00&service=%2F")
    assert {name: code for name, (code, _) in told.items()} == {
        "by": "unknown-code",
        "measure": "unknown-code",
        "scale": "unknown-code",
        "service_type": "unknown-code",
        "period": "bad-parameter",
        "provider": "bad-parameter",
        "service": "bad-parameter",
    }
    assert told["by"][1] == "quarter, service, provider, service_type"
    assert told["measure"][1] == ", ".join(Measure) and told["service_type"][1] == ", ".join(ServiceType)
    assert refused(client, "fiscal_year=1999")["fiscal_year"][0] == "bad-parameter"
    assert "periods" in refused(client, "periods=2026-Q1")


@pytest.mark.parametrize("last", ["", "x", "quarter", "quarter/x", "quarter/a/b/c", "quarter/..//", "/a/b"])
def test_a_cursor_of_ones_own_making_does_no_harm(client: Client, last: str) -> None:
    assert client.get(f"/api/v1/scores?cursor={cursor('scores', last)}").status_code in (200, 400)


def test_a_cursor_goes_on_with_scores_pooled_alike_and_no_others(client: Client) -> None:
    following = client.get("/api/v1/scores?limit=1").json()["next"]
    for by, status in (("quarter", 200), ("service", 400), ("provider", 400)):
        answer = client.get(f"/api/v1/scores?by={by}&cursor={following}")
        assert answer.status_code == status, by
    assert answer.json()["detail"] == OTHER_LIST


def test_scores_are_described(client: Client) -> None:
    described = client.get("/openapi.json").json()
    operation = described["paths"]["/api/v1/scores"]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "application/x-ndjson", "text/csv"}
    schemas = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert schemas["measure"]["enum"] == list(Measure) and schemas["by"]["enum"][0] == "quarter"
    assert described["components"]["schemas"]["ScoreList"]["required"] == ["items", "next"]


@pytest.fixture
def psi(scored: Store, home: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PSI_HOME", str(home))
    session.__dict__.clear()
    yield lambda *arguments: CliRunner().invoke(app, ["scores", *arguments])
    session.__dict__.clear()


def test_the_command_tells_what_the_api_tells(psi: Any, client: Client) -> None:
    for by in ("quarter", "provider"):
        assert json.loads(psi("--by", by, "--json").stdout) == items(client, f"by={by}")


def test_the_command_tells_people(psi: Any) -> None:
    told = psi("--service", "dos-ca-passports", "--measure", "ease").stdout
    assert "dos-ca-passports 2026-Q2" in told and "-1.00*" in told and "other channels" in told
    assert "█" in told and "100 %" in told and max(map(len, told.splitlines())) <= 80
    assert "No published feedback" in psi("--period", "2001-Q1").stdout
    assert "left out: 1 withheld" in psi("--period", "2025-Q4", "--measure", "trust").stdout


@pytest.mark.parametrize(
    "arguments",
    [("--period", "2026"), ("--measure", "joy"), ("--by", "day"), ("--provider", "no"), ("--service", "no")],
)
def test_the_command_refuses_what_is_not_there(psi: Any, arguments: tuple[str, str]) -> None:
    assert psi(*arguments).exit_code == 2


def test_shares_of_ticks_are_no_means() -> None:
    facts: dict[str, Any] = {
        "provider_id": "p",
        "period": "2026-Q1",
        "measure": Measure.EASE,
        "basis": Basis.COUNTS,
        "n": 100,
    }
    shares: dict[str, Any] = {"ticked": Decimal("0.43"), "ticked_low": Decimal("0.38"), "ticked_high": Decimal("0.48")}
    assert _cells(PooledScore(**facts, **shares, scale=Scale.TICK))[1:3] == ("43 %", "38-48 %")
    means: dict[str, Any] = {"mean": Decimal("4.3"), "mean_low": Decimal(4), "mean_high": Decimal("4.5")}
    assert _cells(PooledScore(**facts, **means, scale=Scale.LIKERT_5))[1:3] == ("4.30", "4.00-4.50")


def test_a_picture_shows_mean_and_interval() -> None:
    assert picture(Scale.LIKERT_5, Decimal(3), Decimal(2), Decimal(4)) == "█" * 3 + "▒" * 6 + "·" * 3
    assert picture(Scale.TICK, Decimal("0.5"), None, None) == "█" * 6 + "·" * 6
    assert picture(Scale.LIKERT_5, Decimal("88.7"), None, None) == ""
