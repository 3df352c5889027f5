"""Requests that come at once: the same one many times, and two that want the same record."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from inventory.records.registry import Document
from tests.stress.scenarios.served import Served
from tests.support.builders import a_service

SAME = 64
NAME = "dos-ca-passports"
PATH = f"/services/{NAME}"
Asked = tuple[str, dict[str, Any]]
"""A holder, and what is asked in their name."""


def at_once(served: Served, asked: Sequence[Asked]) -> list[httpx.Response]:
    """The answers to requests that are sent together, each over a connection of its own."""
    return asyncio.run(_at_once(served, asked))


async def _at_once(served: Served, asked: Sequence[Asked]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=len(asked), max_keepalive_connections=len(asked))
    base = f"{served.server.address}/api/v1"
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=120) as client:
        # Connections are there before the requests, so that these do not come one after another.
        await asyncio.gather(*(client.get("/ledger/head") for _ in asked))
        return await asyncio.gather(*(_send(client, served, *each) for each in asked))


async def _send(client: httpx.AsyncClient, served: Served, holder: str, sent: dict[str, Any]) -> httpx.Response:
    headers = {**served.bearing(holder), **sent.get("headers", {})}
    return await client.request(**{**sent, "headers": headers})


def repeat_at_once(served: Served, rounds: int, count: int = SAME) -> list[str]:
    """Publish a draft with so many identical requests, round by round. What went wrong."""
    faults = []
    with served.client("editor") as client:
        for number in range(rounds):
            saved = _save(client, f"Round {number} of the same")
            same = {
                "method": "POST",
                "url": f"{PATH}/publish",
                "headers": {"Idempotency-Key": f"same-{number}-{saved['link']}"},
            }
            answers = at_once(served, [("editor", same)] * count)
            told = {(answer.status_code, answer.content, answer.headers.get("etag")) for answer in answers}
            if len(told) != 1 or answers[0].status_code != 200:
                faults.append(f"round {number}: {len(told)} answers, {sorted({a.status_code for a in answers})}")
            if (done := _position(client) - saved["seq"]) != 1:
                faults.append(f"round {number}: {done} effects")
    return faults


def import_at_once(served: Served, rounds: int, count: int = SAME) -> list[str]:
    """Load and publish a service with so many identical requests, round by round. What went wrong."""
    faults = []
    with served.client("editor") as client:
        for number in range(rounds):
            before = _position(client)
            same = {
                "method": "POST",
                "url": "/imports?publish=true",
                "json": _document(f"Round {number} of imports"),
                "headers": {"Idempotency-Key": f"import-{number}-{before}"},
            }
            answers = at_once(served, [("editor", same)] * count)
            told = {(answer.status_code, answer.content) for answer in answers}
            if len(told) != 1 or answers[0].json().get("published") != 1:
                faults.append(f"round {number}: {len(told)} answers, {sorted({a.status_code for a in answers})}")
            if (done := _position(client) - before) != 2:
                faults.append(f"round {number}: {done} effects, not a save and a publication")
    return faults


def contend_at_once(served: Served, rounds: int) -> list[str]:
    """Two holders change a record from the same version, round by round. What went wrong."""
    faults = []
    with served.client("editor") as client:
        for number in range(rounds):
            _save(client, f"Round {number} of two")
            made_from = {"If-Match": client.get(PATH).headers["etag"]}
            asked = [
                (holder, {"method": "PUT", "url": PATH, "json": _document(f"{holder} {number}"), "headers": made_from})
                for holder in ("editor", "editor above")
            ]
            won, lost = sorted(at_once(served, asked), key=lambda answer: answer.status_code)
            if (won.status_code, lost.status_code) != (200, 412):
                faults.append(f"round {number}: {won.status_code}, {lost.status_code}")
            elif len({lost.headers.get("etag"), won.headers["etag"], client.get(PATH).headers["etag"]}) > 1:
                faults.append(f"round {number}: the loser is told {lost.headers.get('etag')}")
            elif f"version {won.json()['version']}" not in lost.json()["detail"]:
                faults.append(f"round {number}: the loser is told {lost.json()['detail']}")
    return faults


def _save(client: httpx.Client, name: str) -> dict[str, Any]:
    found = client.get(PATH)
    made_from = {"If-Match": found.headers["etag"]} if found.status_code == 200 else {}
    answer = client.put(PATH, json=_document(name), headers=made_from)
    answer.raise_for_status()
    return dict(answer.json())


def _document(name: str) -> Document:
    return a_service(name=name)


def _position(client: httpx.Client) -> int:
    return int(client.get("/ledger/head").json()["seq"])
