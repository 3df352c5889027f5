"""Search by sight finds what looking at everything in sight finds, page by page."""

from itertools import product
from random import Random

import pytest
from msgspec.structs import replace

from catalog.filters import FILTERS, WORDED, Condition, digital, read_paths
from catalog.index import Index, Query
from catalog.search import Search
from inventory.access.records import Shown, seen_page
from inventory.errors import InventoryError
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import SERVICE
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.builders import a_channel, a_service, with_organizations

ACTORS = (
    Actor("e", Role.EDITOR, "dos-ca"),
    Actor("above", Role.EDITOR, "dos"),
    Actor("f", Role.EDITOR, "usda"),
    Actor("o", Role.OMB_ADMIN),
    OPERATOR,
)
STATES = (("published",), ("draft",), ("draft", "published", "retired"))
WANTED: tuple[tuple[Condition, ...], ...] = ((), (digital(True),), (Condition(("channels.channel",), ("mail",)),))


def acted_on_at_random(store: Store, times: int) -> None:
    chance = Random(280)
    with_organizations(store, "usda")
    for _ in range(times):
        number = chance.randrange(24)
        document = a_service(
            service_id=f"s-{number:02}",
            organization_id=("dos-ca", "dos", "usda")[number % 3],
            name=chance.choice(("Alpha", "Beta", "Alpha beta")),
            channels=[a_channel(channel=chance.choice(("website", "mail")))],
        )
        action = chance.choice(("save", "save", "publish", "publish", "retire", "reinstate", "withdraw"))
        given = {"document": document} if action == "save" else {"note": "why"}
        try:
            append(
                store, OPERATOR, now, Change(record_type="service", record_id=f"s-{number:02}", action=action, **given)
            )
        except InventoryError:
            continue


def looked_through(store: Store, actor: Actor, query: Query) -> list[tuple[str, str]]:
    """What fits of everything that is seen."""
    items = seen_page(store, actor, SERVICE, query.states, organization=query.organization)
    index = Index(read_paths(FILTERS), WORDED)
    index.take_in(SERVICE, items)
    fitting = index.find(replace(query, organization=None), SERVICE)
    return told([item for item in items if item.record_id in fitting])


def told(items: list[Shown]) -> list[tuple[str, str]]:
    return [(item.record_id, item.etag) for item in items]


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.holder)
def test_whoever_asks_finds_what_fits_of_what_they_see(store: Store, actor: Actor) -> None:
    acted_on_at_random(store, 300)
    search, found_any = Search(store), set()
    for states, words, organization, wanted in product(STATES, (None, "alpha"), (None, "dos"), WANTED):
        query = Query(record_type="service", states=states, q=words, organization=organization, wanted=wanted)
        found, after = list[Shown](), ""
        while page := list(search.page(query, after, 5, actor=actor)):
            found += page
            after = page[-1].record_id
        assert told(found) == looked_through(store, actor, query), query
        found_any |= {item.state for item in found}
    assert found_any >= ({"published", "retired"} if actor.role is Role.OMB_ADMIN else {"published", "draft"})
