"""How often who may ask: by address, by key, and who guesses keys; and whom an address is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.app import create_app
from api.contract.errors import BadSetting
from api.middleware.rate_limits import Limits, too_many
from api.middleware.request_context import Visit
from api.middleware.token_bucket import Rate
from api.server.client_address import address_of, counted_as, networks
from api.server.settings import Settings
from inventory.access.api_keys import revoke
from inventory.ledger.store import Store
from tests.conftest import OPERATOR, now
from tests.support.api.writing import Site, writing_site

FEW = {"PSI_REQUESTS_PER_ADDRESS": "3", "PSI_REQUESTS_PER_KEY": "4", "PSI_FAILED_KEYS": "2"}
NOBODY = {"Authorization": "Bearer psi_0123456789abcdef_nothing"}


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path, **FEW) as made:
        yield made


def test_an_address_is_told_how_often_it_may_ask_and_when_again(site: Site) -> None:
    answers = [site.ask("GET", "/services") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"3"}
    assert int(answers[0].headers["ratelimit-reset"]) == 20 and int(answers[3].headers["ratelimit-reset"]) > 50
    last = answers[3]
    assert 1 <= int(last.headers["retry-after"]) <= 20
    assert last.headers["content-type"] == "application/problem+json" and last.json()["title"] == "Too many requests"
    assert last.headers["x-content-type-options"] == "nosniff" and last.headers["access-control-allow-origin"] == "*"


def test_who_watches_over_the_service_is_not_counted(site: Site) -> None:
    assert {site.client.get("/health").status_code for _ in range(10)} == {200}
    assert "ratelimit-limit" not in site.client.get("/health").headers


def test_a_key_has_a_rate_of_its_own_wherever_it_is_used(site: Site) -> None:
    for _ in range(4):
        site.ask("GET", "/services")
    answers = [site.ask("GET", "/services", "editor").status_code for _ in range(5)]
    assert answers == [200] * 4 + [429]
    assert site.ask("GET", "/services", "certifier").status_code == 200


def test_who_guesses_keys_is_kept_out_and_who_has_one_is_not(site: Site) -> None:
    assert site.ask("GET", "/services", "editor").status_code == 200
    guesses = [site.ask("GET", "/services", headers=NOBODY) for _ in range(4)]
    assert [answer.status_code for answer in guesses] == [401, 401, 429, 429]
    assert "retry-after" in guesses[2].headers and "with keys that open nothing" in guesses[2].json()["detail"]
    assert site.ask("GET", "/services", "editor").status_code == 200
    assert site.ask("GET", "/services", "certifier").status_code == 429  # it could be a guess
    assert site.ask("GET", "/nothing", headers=NOBODY).status_code == 429
    assert site.ask("GET", "/services").status_code == 200  # the public has a rate of its own


def test_a_key_that_ends_is_a_guess_from_then_on(site: Site) -> None:
    assert site.ask("GET", "/services", "editor").status_code == 200
    revoke(site.store, OPERATOR, now, site.keys["editor"].split("_")[1])
    answers = [site.ask("GET", "/services", "editor").status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]


def test_0_is_no_limit(sqlite_store: Store, tmp_path: Path) -> None:
    with writing_site(sqlite_store, tmp_path) as site:
        answers = [site.ask("GET", "/services", holder) for holder in (None, "editor") for _ in range(20)]
        assert {answer.status_code for answer in answers} == {200}
        assert "ratelimit-limit" not in answers[0].headers


def test_a_rate_fills_up_evenly_and_never_beyond_a_minute() -> None:
    rate = Rate(60)
    assert [rate.take("a", 0).allowed for _ in range(61)] == [True] * 60 + [False]  # type: ignore[union-attr]
    assert rate.take("a", 1).allowed and not rate.take("a", 1.5).allowed  # type: ignore[union-attr]
    assert rate.take("b", 1.5).remaining == 59  # type: ignore[union-attr]
    assert rate.take("a", 1e9).remaining == 59  # type: ignore[union-attr]


@given(st.lists(st.floats(0, 10), max_size=60), st.integers(1, 30))
def test_no_minute_sees_more_than_two_minutes_worth(waits: list[float], a_minute: int) -> None:
    rate, at, passed = Rate(a_minute), 0.0, []
    for wait in waits:
        at += wait
        allowance = rate.take("a", at)
        assert allowance is not None and 0 <= allowance.remaining <= a_minute
        if allowance.allowed:
            passed.append(at)
        else:
            later = rate.take("a", at + allowance.retry_after)
            assert later is not None and later.allowed
            at += allowance.retry_after
            passed.append(at)
    for begin in passed:
        assert sum(begin <= moment < begin + 60 for moment in passed) <= 2 * a_minute


def test_no_more_names_are_remembered_than_fit() -> None:
    rate = Rate(2, most_names=3)
    for name in "abcd":
        rate.take(name, 0)
        rate.take(name, 0)
    assert len(rate._left) == 3
    assert not rate.take("d", 0).allowed  # type: ignore[union-attr]
    assert rate.take("a", 0).allowed  # type: ignore[union-attr]


PROXIES = networks("10.0.0.0/8, 2001:db8::1")


def from_peer(peer: str, *forwarded: str) -> str:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return address_of({"client": (peer, 1), "headers": headers}, PROXIES)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1, 198.51.100.1, 10.0.0.2",), "198.51.100.1"),
        ("10.0.0.1", ("1.1.1.1", "198.51.100.1"), "198.51.100.1"),
        ("2001:db8::1", ("198.51.100.1",), "198.51.100.1"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", ("198.51.100.1, <script>",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1, , 10.0.0.2",), "10.0.0.2"),
        ("", ("198.51.100.1",), "unknown"),
    ],
)
def test_only_proxies_are_believed_what_they_say_of_others(peer: str, forwarded: tuple[str, ...], address: str) -> None:
    assert from_peer(peer, *forwarded) == address


def test_of_ipv6_a_whole_network_counts_as_one() -> None:
    assert counted_as("2001:db8::1") == counted_as("2001:db8::ffff:2") != counted_as("2001:db8:0:1::1")
    assert counted_as("198.51.100.1") != counted_as("198.51.100.2")


def test_whom_a_proxy_names_is_counted_and_not_the_proxy(sqlite_store: Store, tmp_path: Path) -> None:
    environ = {"PSI_HOME": str(tmp_path), **FEW, "PSI_TRUSTED_PROXIES": "10.0.0.0/8"}
    app: Any = create_app(Settings.from_environment(environ), sqlite_store)

    async def ask(peer: str, forwarded: str) -> int:
        transport = httpx.ASGITransport(app, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            headers = {"X-Forwarded-For": forwarded}
            return (await client.get("/api/v1/services", headers=headers)).status_code

    def told(peer: str, forwarded: str) -> int:
        return anyio.run(ask, peer, forwarded)

    assert [told("10.0.0.1", "198.51.100.1") for _ in range(4)] == [200, 200, 200, 429]
    assert told("10.0.0.1", "198.51.100.2") == 200
    assert [told("203.0.113.9", f"198.51.100.{n}") for n in range(4)] == [200, 200, 200, 429]


def test_a_refusal_says_when_to_ask_again() -> None:
    limits, visit = Limits(per_address=1, per_key=0, failed_keys=1), Visit(request_id="", address="unknown")
    limits.arrive(visit, "psi_0_0")
    limits.judge(visit, None)
    again = Visit(request_id="", address="unknown")
    limits.arrive(again, "psi_0_0")
    assert again.allowance is not None and not again.allowance.allowed
    assert "ask again in" in str(too_many(again.allowance, again.counted))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PSI_TRUSTED_PROXIES", "proxy.example"),
        ("PSI_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("PSI_REQUESTS_PER_KEY", "-1"),
        ("PSI_FAILED_KEYS", "many"),
    ],
)
def test_settings_that_cannot_be_used_are_told(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings.from_environment({name: value})
