"""The feed of changes while several write, read over connections of its own, on PostgreSQL from several processes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from inventory.ledger.store import Store
from tests.stress.scenarios.served import Served, served
from tests.support.builders import a_service

pytestmark = pytest.mark.slow
WRITERS, EACH = 4, 10


def test_the_feed_tells_every_publication_once_in_order_while_others_write(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path) as inventory, ThreadPoolExecutor(WRITERS) as pool:
        work = [pool.submit(_publish, inventory, number) for number in range(WRITERS)]
        told: list[tuple[int, str]] = []
        while not all(part.done() for part in work):
            told += _further(inventory, told)
        links = {link for part in work for link in part.result()}
        while more := _further(inventory, told):
            told += more
    kept = [(entry.public_seq, entry.link) for entry in store.public_entries(0, 1000)]
    assert told == kept
    assert links <= {link for _, link in told} and len(links) == WRITERS * EACH


def _publish(inventory: Served, number: int) -> list[str]:
    links = []
    with inventory.client("editor") as client:
        for index in range(EACH):
            path = f"/services/dos-ca-{number}-{index}"
            client.put(path, json=a_service(service_id=f"dos-ca-{number}-{index}")).raise_for_status()
            links.append(client.post(f"{path}/publish").raise_for_status().json()["link"])
    return links


def _further(inventory: Served, told: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """What follows, in a small page, over a new connection: whichever process answers it."""
    since = told[-1][0] if told else 0
    answer = httpx.get(f"{inventory.server.address}/api/v1/changes?since={since}&limit=7")
    return [(item["public_seq"], item["link"]) for item in answer.raise_for_status().json()["items"]]
