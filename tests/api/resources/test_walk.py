"""Every route, asked by every role of every organization, of records in every state; a route that is not here fails.

What is answered is told by tables written apart from the code; those of the acts are in `test_permissions.py`.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from msgspec import Struct

from inventory.access.api_keys import Wanted, issue
from inventory.records.lifecycle import Role
from inventory.records.registry import INVENTORY
from tests.conftest import OPERATOR, now
from tests.inventory.writes.test_permissions import OWNERLESS, RELATIONS, ROLES, TABLE, WAYS, a_document, in_every_state
from tests.support.api.writing import Site
from tests.support.processes import UNLIMITED
from tests.support.sites import serving

# The paths of records. Below each are its versions, and one path for each action but those that PUT stands for.
RECORDS = {
    "organization": "/organizations/{organization_id:str}",
    "provider": "/providers/{provider_id:str}",
    "designation": "/designations/{provider_id:str}/{service_id:str}/{fiscal_year:str}",
    "service": "/services/{service_id:str}",
    "instrument": "/instruments/{instrument_id:str}",
    "due_date": "/due_dates/{period:str}",
    "feedback": "/feedback/{provider_id:str}/{service_id:str}/{period:str}",
}
READS = ("", "/versions", "/versions/{version:int}")
PUT_FOR = ("save", "propose")
# Paths that are of no one record, as they are asked: everyone is answered alike.
OPEN = {
    "/": "/",
    "/api/v1": "/api/v1",
    "/api/v1/board": "/api/v1/board",
    "/api/v1/calendar/{period:str}": "/api/v1/calendar/2026",
    "/api/v1/changes": "/api/v1/changes",
    "/api/v1/codes": "/api/v1/codes",
    "/api/v1/codes/{name:str}": "/api/v1/codes/channel",
    "/api/v1/designations": "/api/v1/designations",
    "/api/v1/due_dates": "/api/v1/due_dates",
    "/api/v1/feedback": "/api/v1/feedback",
    "/api/v1/instruments": "/api/v1/instruments",
    "/api/v1/ledger/head": "/api/v1/ledger/head",
    "/api/v1/organizations": "/api/v1/organizations",
    "/api/v1/providers": "/api/v1/providers",
    "/api/v1/rules": "/api/v1/rules",
    "/api/v1/schemas": "/api/v1/schemas",
    "/api/v1/schemas/{record_type:str}": "/api/v1/schemas/service",
    "/api/v1/scores": "/api/v1/scores",
    "/api/v1/services": "/api/v1/services",
    "/assets/{file_path:path}": "/assets/icon.svg",
    "/docs": "/docs",
    "/docs/api": "/docs/api",
    "/docs/{path:path}": "/docs/rules",
    "/favicon.ico": "/favicon.ico",
    "/openapi.json": "/openapi.json",
    "/releases": "/releases",
    "/robots.txt": "/robots.txt",
}
# These have tests of their own: what they answer depends on releases, on a receipt, on the framework.
ELSEWHERE = {
    "/api/v1/receipts/{link:str}",
    "/data",
    "/data.json",
    "/data/{rest:path}",
    "/health",
    "/openapi",
    "/openapi/openapi.json",
    "/openapi/{path:str}",
    "/releases/{path:path}",
}
# Workbooks of drafts: OMB does not see those. Where nothing is designated, there is nothing to lay out.
TEMPLATES = {"/api/v1/templates/services": 200, "/api/v1/templates/feedback": 404}
# Whom a path of no one record takes something from; others are refused.
POSTS = {
    "/api/v1/checks/{record_type:str}": ("/checks/service", set(ROLES)),
    "/api/v1/imports": ("/imports?dry_run=true", {"editor", "omb_admin"}),
}
ADMINS = {"organization_admin", "omb_admin"}
DUE = {"due_on": "2030-02-13", "reason": "A storm"}
# What is for administrators: as it is asked, with what, by whom, and what they and others are answered.
FOR_ADMINS: dict[tuple[str, str], tuple[str, Any, set[str], int, int]] = {
    ("GET", "/api/v1/keys"): ("/keys", None, ADMINS, 200, 403),
    ("GET", "/api/v1/refusals"): ("/refusals", None, ADMINS, 200, 403),
    ("POST", "/api/v1/keys"): ("/keys", {"holder": "A", "role": "omb_reviewer"}, {"omb_admin"}, 201, 403),
    ("POST", "/api/v1/keys/{key_id:str}/rotate"): ("/keys/00/rotate", None, set(), 201, 404),
    ("POST", "/api/v1/keys/{key_id:str}/revoke"): ("/keys/00/revoke", None, set(), 200, 404),
    ("PUT", "/api/v1/calendar/{period:str}"): ("/calendar/2030-Q1", DUE, {"omb_admin"}, 201, 403),
}
# Headers that differ from request to request, whatever is asked for.
OF_THE_REQUEST = ("content-length", "date", "x-request-id", "ratelimit", "x-ratelimit", "retry-after")
# What has a private part to erase.
WITH_PRIVATE = {"provider", "feedback"}
SENT: Mapping[str, Any] = {
    "end": {"reason": "Over."},
    "submit": {"name": "A synthetic name", "title": "Director"},
    "return": {"reason": "Unclear."},
    "restate": {"reason": "Corrected."},
    "withdraw": {"reason": "Wrong."},
    "transfer": {"organization_id": "other"},
    "erase": {"version": 1, "reason": "Asked for."},
}
STATES = sorted({*WAYS, *((kind, "-") for kind in RECORDS)})


class Asker(Struct, frozen=True):
    """A holder of a key by role and where their organization stands to the owner's; the public has neither."""

    role: str = ""
    relation: str = ""

    @property
    def is_omb(self) -> bool:
        return self.role.startswith("omb")

    def reaches(self, record_type: str) -> bool:
        return self.is_omb or (self.relation in ("own", "above") and record_type not in OWNERLESS)

    def sees(self, record_type: str, state: str) -> bool:
        """Whether it may know that there is such a record."""
        if state == "-" or is_public(record_type, state):
            return state != "-"
        return state != "draft" if self.is_omb else self.reaches(record_type)


PUBLIC = Asker()
ASKERS = [
    PUBLIC,
    *(Asker(role, relation) for role in ROLES for relation in RELATIONS if not role.startswith("omb")),
    *(Asker(role) for role in ROLES if role.startswith("omb")),
]


def is_public(record_type: str, state: str) -> bool:
    return state in {
        "current",
        "ended",
        "published",
        "retired",
        *(["proposed"] if record_type == "organization" else []),
    }


class Walk(Struct):
    """The site over a record of every type in every state, which every step finds as it was."""

    site: Site
    path: Path
    before: sqlite3.Connection

    def ask(self, asker: Asker, method: str, path: str, **more: Any) -> Any:
        answer = self.site.ask(method, path, f"{asker.role} {asker.relation}" if asker.role else None, **more)
        if method != "GET" and answer.is_success:
            with closing(sqlite3.connect(self.path)) as into:
                self.before.backup(into)
        return answer


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("walk")
    store = in_every_state(folder)
    keys = {}
    for asker in ASKERS[1:]:
        wanted = Wanted(
            holder=f"{asker.role} {asker.relation}",
            role=Role(asker.role),
            organization_id=RELATIONS.get(asker.relation),
        )
        keys[wanted.holder] = issue(store, OPERATOR, now, wanted).secret
    with (
        closing(sqlite3.connect(folder / "ledger.db")) as file,
        closing(sqlite3.connect(":memory:", check_same_thread=False)) as before,
        serving(store, folder, **UNLIMITED) as client,
    ):
        file.backup(before)
        yield Walk(Site(client, store, keys), folder / "ledger.db", before)
    store.engine.dispose()


def acts_of(record_type: str) -> list[str]:
    """The actions with a path of their own."""
    return [
        action for kind, action in (*TABLE, (record_type, "erase")) if kind == record_type and action not in PUT_FOR
    ]


def starts_and_roles(record_type: str, action: str) -> tuple[set[str], set[str]]:
    if action == "erase":
        return {state for kind, state in WAYS if kind == record_type}, {"omb_admin"}
    starts, roles = TABLE[record_type, action]
    return set(starts.split()), roles


def put_action(record_type: str, role: str) -> str | None:
    """What PUT is for a role; None where it may neither save nor propose."""
    for action in PUT_FOR:
        if role in TABLE.get((record_type, action), ("", set()))[1]:
            return action
    return None


def expected(asker: Asker, record_type: str, action: str | None, state: str) -> int:
    """The status of a write. action: the one that PUT is for, or None where it is none for that role."""
    if asker == PUBLIC:
        return 401
    starts, roles = starts_and_roles(record_type, action) if action else (set[str](), set[str]())
    if asker.role not in roles:
        return 403
    if not asker.reaches(record_type):
        return 403 if action in PUT_FOR or is_public(record_type, state) else 404
    if action == "erase" and record_type not in WITH_PRIVATE:
        return 404
    if state in starts:
        return 201 if state == "-" else 200
    return 409 if asker.sees(record_type, state) else 404


def address(record_type: str, state: str) -> str:
    record_id = INVENTORY[record_type].record_id(document(record_type, state))
    return f"{RECORDS[record_type].partition('{')[0]}{record_id}"


def document(record_type: str, state: str) -> dict[str, Any]:
    return a_document(record_type, "a-new" if state == "-" else f"a-{state}")


@pytest.mark.parametrize(("record_type", "state"), STATES)
def test_who_may_write_what_from_where(walk: Walk, record_type: str, state: str) -> None:
    path, wrong = address(record_type, state), []
    for asker in ASKERS:
        told = walk.ask(asker, "PUT", path, json=document(record_type, state), headers=made_from(state))
        steps = {"PUT": (told, put_action(record_type, asker.role))}
        for action in acts_of(record_type):
            steps[action] = (walk.ask(asker, "POST", f"{path}/{action}", json=SENT.get(action)), action)
        for name, (answer, done) in steps.items():
            status = expected(asker, record_type, done, state)
            if answer.status_code != status:
                wrong.append((asker, name, status, answer.status_code, answer.text))
    assert not wrong


def made_from(state: str) -> dict[str, str]:
    return {} if state == "-" else {"If-Match": "*"}


@pytest.mark.parametrize(("record_type", "state"), STATES)
def test_who_reads_what(walk: Walk, record_type: str, state: str) -> None:
    path = address(record_type, state)
    for asker in ASKERS:
        gone = 410 if state == "withdrawn" else 404
        found = 200 if asker.sees(record_type, state) and state != "withdrawn" else gone
        assert walk.ask(asker, "GET", path).status_code == found, asker


@pytest.mark.parametrize("path", OPEN.values())
def test_what_everyone_may_read(walk: Walk, path: str) -> None:
    client, keys = walk.site.client, walk.site.keys.values()
    bearing = [{}, *({"Authorization": f"Bearer {key}"} for key in keys)]
    assert {client.get(path, headers=headers).status_code for headers in bearing} == {200}


@pytest.mark.parametrize(("path", "roles"), POSTS.values())
def test_who_may_check_and_import(walk: Walk, path: str, roles: set[str]) -> None:
    for asker in ASKERS:
        found = 401 if asker == PUBLIC else 200 if asker.role in roles else 403
        assert walk.ask(asker, "POST", path, json=document("service", "draft")).status_code == found, asker


@pytest.mark.parametrize("path", TEMPLATES)
def test_who_is_laid_out_a_workbook(walk: Walk, path: str) -> None:
    for asker in ASKERS:
        found = 401 if asker == PUBLIC else 403 if asker.is_omb else TEMPLATES[path]
        assert walk.ask(asker, "GET", path.removeprefix("/api/v1")).status_code == found, asker


@pytest.mark.parametrize("asked", FOR_ADMINS, ids=" ".join)
def test_what_only_administrators_may(walk: Walk, asked: tuple[str, str]) -> None:
    path, sent, roles, done, refused = FOR_ADMINS[asked]
    for asker in ASKERS:
        wanted = 401 if asker == PUBLIC else done if asker.role in roles else refused
        assert walk.ask(asker, asked[0], path, json=sent).status_code == wanted, asker


@pytest.mark.parametrize(("record_type", "state"), [key for key in STATES if key[1] != "-" and not is_public(*key)])
def test_what_may_not_be_seen_answers_like_what_is_not_there(walk: Walk, record_type: str, state: str) -> None:
    there, nowhere = address(record_type, state), address(record_type, "-")
    for asker in ASKERS:
        if asker.sees(record_type, state) or state == "withdrawn":
            continue
        for method, below, sent in questions(record_type):
            for given in ({}, {"If-Match": "*"}, {"If-None-Match": "*"})[: 1 if method == "GET" else 3]:
                told = []
                for path, made in ((there, state), (nowhere, "-")):
                    body = document(record_type, made) if method == "PUT" else sent
                    answer = walk.ask(asker, method, f"{path}{below}", json=body, headers=given)
                    told.append((answer.status_code, names_hidden(answer, record_type, made)))
                may = asker.role in starts_and_roles(record_type, below[1:])[1] if method == "POST" else False
                if not (may and asker.is_omb):  # OMB may transfer and erase what it does not see
                    assert told[0] == told[1], (asker, method, below, given)


def questions(record_type: str) -> Iterator[tuple[str, str, Any]]:
    yield from (("GET", below, None) for below in ("", "/versions", "/versions/1"))
    yield "PUT", "", None
    yield from (("POST", f"/{action}", SENT.get(action)) for action in acts_of(record_type))


def names_hidden(answer: Any, record_type: str, state: str) -> tuple[str, dict[str, str]]:
    """What is answered, headers too, without the id that was asked for."""
    record_id = INVENTORY[record_type].record_id(document(record_type, state))
    kept = {name: value for name, value in answer.headers.items() if not name.startswith(OF_THE_REQUEST)}
    return answer.text.replace(record_id, "ID"), kept


def test_every_route_is_walked(walk: Walk) -> None:
    app: Litestar = walk.site.client.app
    there = {
        (method, route.path)
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method not in ("OPTIONS", "HEAD")
    }
    told = (
        {("GET", path) for path in (*OPEN, *ELSEWHERE, *TEMPLATES)}
        | {("POST", path) for path in POSTS}
        | FOR_ADMINS.keys()
    )
    for record_type, path in RECORDS.items():
        told |= {("GET", f"/api/v1{path}{below}") for below in READS} | {("PUT", f"/api/v1{path}")}
        told |= {("POST", f"/api/v1{path}/{action}") for action in acts_of(record_type)}
    assert there == told
