"""`psi pull`, against a server of its own: in full, through failures, and after being killed in the middle."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from api.client.download import PulledFile
from api.client.inventory import Inventory
from api.client.retries import NotServed
from inventory.calendar.fiscal import Period
from inventory.errors import Unreadable
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from tests.conftest import ROOT
from tests.support.api.psi import Psi
from tests.support.builders import a_feedback
from tests.support.processes import PSI, psi_serve
from tests.support.quarters import a_quarter, publish_many, with_designations

SERVICES = [f"dos-ca-{name}" for name in ("passports", "visas", "notary", "citizens", "adoption")]
QUARTERS = [Period(year, quarter) for year in (2025, 2026) for quarter in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Forty published quarters, served by `psi serve` in a process of its own."""
    home = tmp_path_factory.mktemp("served")
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    create_tables(engine)
    store = with_designations(Store(engine, INVENTORY), product(["dos-ca"], SERVICES, (2025, 2026)))
    publish_many(store, (a_quarter(str(quarter), service_id=named) for named, quarter in product(SERVICES, QUARTERS)))
    engine.dispose()
    with psi_serve(home) as address:
        yield address


@pytest.fixture(scope="module")
def everything(served: str) -> list[str]:
    """What is there, line by line, as the list itself streams it."""
    answer = httpx.get(f"{served}/api/v1/feedback", headers={"Accept": "application/x-ndjson"})
    assert len(answer.text.splitlines()) == 40
    return answer.text.splitlines()


Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def fronting(answering: Callable[[str], Answer | None]) -> Iterator[str]:
    """A server at an address; `answering` None hangs up in the middle."""

    class Front(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answering(self.path)
            if answer is None:
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"items":[')
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def passed_on(served: str, path: str) -> Answer:
    answer = httpx.get(served + path)
    return answer.status_code, {"Content-Type": answer.headers["content-type"]}, answer.content


@pytest.fixture
def psi(psi: Psi) -> Psi:
    psi.set(COLUMNS="200")
    return psi


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def test_it_fetches_all_of_it_page_by_page(psi: Psi, served: str, everything: list[str], tmp_path: Path) -> None:
    out = tmp_path / "all.ndjson"
    told = psi.json("pull", "--from", served, str(out), "--page-size", "7")
    assert told == {"path": str(out), "submissions": 40, "new": 40, "faults": []}
    assert lines(out) == everything
    assert not psi.home.exists() and [path.name for path in tmp_path.iterdir()] == ["all.ndjson"]


def test_without_a_file_it_tells_them(psi: Psi, served: str, everything: list[str]) -> None:
    psi("pull", "--from", f"{served}/", "--period", "2026-Q1")
    wanted = [line for line in everything if '"fiscal_year":2026' in line and '"quarter":1' in line]
    assert psi.told.splitlines() == wanted and len(wanted) == 5


def test_a_period_there_is_not_is_refused_and_leaves_nothing(psi: Psi, served: str, tmp_path: Path) -> None:
    told = psi("pull", "--from", served, "--period", "2026-Q9", str(tmp_path / "out.ndjson"), code=2)
    assert "400" in told and "2026-Q1" in told and "again" not in told
    assert list(tmp_path.iterdir()) == []


def test_it_goes_on_by_a_cursor(psi: Psi, served: str, everything: list[str], tmp_path: Path) -> None:
    page = httpx.get(f"{served}/api/v1/feedback?limit=15").json()
    psi("pull", "--from", served, "--since", page["next"])
    assert psi.told.splitlines() == everything[15:]
    begun = tmp_path / "begun.ndjson"
    begun.write_text("\n".join(everything[:15]) + "\n", "utf-8")
    psi("pull", "--from", served, "--since", page["next"], str(begun))
    assert lines(begun) == everything


@pytest.mark.slow
def test_a_server_that_fails_now_and_then_is_asked_again(
    psi: Psi, served: str, everything: list[str], tmp_path: Path
) -> None:
    asked: list[str] = []

    def failing(path: str) -> Answer | None:
        asked.append(path)
        match len(asked) % 5:
            case 1:
                return 503, {"Retry-After": "0"}, b"{}"
            case 2:
                return None
            case 3:
                return 502, {}, b"<h1>Bad gateway</h1>"
        return passed_on(served, path)

    out = tmp_path / "all.ndjson"
    with fronting(failing) as address:
        told = psi("pull", "--from", address, str(out), "--page-size", "16")
    assert "asking again in 0.5 s: 503" in told
    assert lines(out) == everything and len(asked) == 9


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [3])
def test_killed_in_the_middle_it_loses_and_repeats_nothing(
    psi: Psi, served: str, everything: list[str], tmp_path: Path, rounds: int
) -> None:
    def slow(path: str) -> Answer:
        time.sleep(0.1)
        return passed_on(served, path)

    out = tmp_path / "all.ndjson"
    side = tmp_path / "all.ndjson.pull"
    with fronting(slow) as address:
        words = ["pull", "--from", address, str(out), "--page-size", "3"]
        for number in range(1, rounds + 1):
            pulling = subprocess.Popen([*PSI, *words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            deadline = time.monotonic() + 60
            while not (out.exists() and out.read_bytes().count(b"\n") >= 9 * number):
                assert pulling.poll() is None and time.monotonic() < deadline
                time.sleep(0.01)
            pulling.kill()
            pulling.wait(timeout=20)
            assert side.exists() and len(lines(out)) < 40
            with out.open("ab") as file:
                file.write(b'{"half a li')  # as a kill in the middle of a page leaves it
        told = psi.json(*words)
    assert lines(out) == everything and not side.exists()
    assert told["submissions"] == 40 and told["new"] <= 40 - 9 * rounds + 3


def test_killed_just_before_the_end_it_is_whole_and_asks_nobody(psi: Psi, tmp_path: Path) -> None:
    out = tmp_path / "all.ndjson"
    address = "http://127.0.0.1:9"
    PulledFile(out, {"from": address}, None).add(b"{}\n", 1, None)
    assert psi.json("pull", "--from", address, str(out))["submissions"] == 1
    assert lines(out) == ["{}"] and not (tmp_path / "all.ndjson.pull").exists()


def test_a_file_that_is_there_is_neither_overwritten_nor_mixed(psi: Psi, served: str, tmp_path: Path) -> None:
    out = tmp_path / "out.ndjson"
    out.write_text("{}\n", "utf-8")
    assert "is there already" in psi("pull", "--from", served, str(out), code=2)
    out.write_text("{}", "utf-8")
    assert "does not end with a line" in psi("pull", "--from", served, "--since", "eA", str(out), code=2)
    out.unlink()
    PulledFile(out, {"from": served, "period": "2026-Q1"}, None).add(b"{}\n", 1, "eA")
    assert "was begun from" in psi("pull", "--from", served, str(out), code=2)
    out.write_bytes(b"")
    assert "is shorter than it was" in psi("pull", "--from", served, "--period", "2026-Q1", str(out), code=2)


def test_what_is_no_side_file_of_ours_is_told(tmp_path: Path) -> None:
    (tmp_path / "out.ndjson.pull").write_text("x", "utf-8")
    with pytest.raises(Unreadable, match="does not say how far"):
        PulledFile(tmp_path / "out.ndjson", {}, None)


def test_every_line_is_looked_at(psi: Psi, tmp_path: Path) -> None:
    items = [a_feedback(), a_feedback(quarter=2), {**a_feedback(quarter=3), "invented": 1}]
    body = json.dumps({"items": items, "next": None}, indent=2).encode()
    out = tmp_path / "out.ndjson"
    with fronting(lambda path: (200, {}, body)) as address:
        told = psi.json("pull", "--from", address, "--period", "2026-Q1", str(out), code=1)
    assert [json.loads(line) for line in lines(out)] == items
    [other, unknown] = told["faults"]
    assert "2026-Q2: of another period" in other and "invented" in unknown


PASSPORTS = json.dumps({"items": [a_feedback()] * 2, "next": None}).encode()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {}, b"<h1>Welcome</h1>"), "something else than was asked for"),
        ((404, {}, b'{"detail": "Not found"}'), "refuses: 404 Not found"),
        ((200, {}, PASSPORTS), "repeats itself"),
    ],
)
def test_what_is_no_inventory_is_told_in_a_line(psi: Psi, answer: Answer, said: str) -> None:
    with fronting(lambda path: answer) as address:
        told = psi("pull", "--from", address, code=2)
    assert said in told.replace("\n", " ") and "Traceback" not in told


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ftp://127.0.0.1", "http://[", "nonsense"])
def test_what_is_no_address_is_told_in_a_line(psi: Psi, address: str) -> None:
    assert "psi: " in psi("pull", "--from", address, code=2)


def test_half_an_address_is_not_asked_again_and_again(psi: Psi) -> None:
    told = psi("pull", "--from", "http://[", code=2)
    assert "is no address" in told and "asking again" not in told


def client(answers: Callable[[httpx.Request], httpx.Response], waited: list[float]) -> Inventory:
    http = httpx.Client(base_url="http://inventory.example", transport=httpx.MockTransport(answers))
    return Inventory(http, pause=waited.append, attempts=6)


def test_it_waits_longer_and_longer_and_at_last_gives_up() -> None:
    waited: list[float] = []
    with pytest.raises(NotServed, match="did not answer 6 times in a row, at last: 503 Being mended") as refusal:
        next(client(lambda asked: httpx.Response(503, json={"detail": "Being mended"}), waited).pages("feedback", {}))
    assert refusal.value.passing
    assert waited == [0.5, 1, 2, 4, 8]


def test_it_waits_as_long_as_it_is_asked_to_within_reason() -> None:
    waited: list[float] = []
    times = iter(["7", "100000", "Wed, 21 Oct 2026 07:28:00 GMT", "x", "-1"])
    with pytest.raises(NotServed):
        next(
            client(lambda asked: httpx.Response(429, headers={"Retry-After": next(times, "0")}), waited).pages(
                "feedback", {}
            )
        )
    assert waited == [7, 300, 2, 4, 8]


def test_timeouts_are_tried_again_and_refusals_are_not() -> None:
    waited: list[float] = []
    answers = iter([httpx.ReadTimeout("slow"), httpx.ConnectError("down")])

    def answering(request: httpx.Request) -> httpx.Response:
        fault = next(answers, None)
        if fault is not None:
            raise fault
        return httpx.Response(400, json={"detail": "period must be a quarter"})

    with pytest.raises(NotServed, match="refuses: 400 period must be a quarter"):
        next(client(answering, waited).pages("feedback", {"period": "x"}))
    assert waited == [0.5, 1]


def test_a_page_that_leads_to_itself_ends_it() -> None:
    pages = client(lambda asked: httpx.Response(200, json={"items": [], "next": "eA"}), []).pages("feedback", {})
    with pytest.raises(NotServed, match="does not come to an end"):
        list(pages)
