"""Writes the examples of the description anew, from what a synthetic inventory answers.

`python -m tests.api.made_examples`
"""

import csv
import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from api.commands.operate import SAMPLE_PUBLISHER
from api.openapi.examples import FILE
from api.writes.action_bodies import acts_of, sent_body
from inventory.access.api_keys import Wanted, issue
from inventory.ledger.store import Store
from inventory.records.lifecycle import Role
from inventory.records.registry import INVENTORY, Document
from inventory.storage.engines import create_tables, open_engine
from tests.conftest import OPERATOR, now
from tests.inventory.ledger.test_store import save
from tests.support.builders import (
    a_designation,
    a_due_date,
    a_feedback,
    a_provider,
    a_service,
    an_instrument,
    an_organization,
)
from tests.support.quarters import a_quarter, publish_quarters
from tests.support.sites import Client, release_uncertified, serving

RECORDS: dict[str, Document] = {
    "organization": an_organization(),
    "service": a_service(),
    "provider": a_provider(),
    "designation": a_designation(),
    "instrument": an_instrument(),
    "due_date": a_due_date(),
    "feedback": a_feedback(),
}
SENT = {
    "name": "A synthetic name",
    "title": "Chief Information Officer",
    "organization_id": "dos-ca",
    "provider_id": "dos-ca",
    "version": 1,
    "reason": "A mistake was found.",
}
KEYED = ("/api/v1/keys", "/api/v1/refusals")
WORKBOOKS = ("/api/v1/templates/services", "/api/v1/templates/feedback")
SHOWN_ONCE = "psi_0f1e2d3c4b5a6978_what-follows-is-told-this-once"
PATHS = {"name": "channel", "record_type": "designation", "fiscal_year": "2026", "service_id": "dos-ca-passports"}
LONGEST = 1
"""Items of a list that an example shows."""


def made() -> dict[str, Any]:
    """The examples."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/ledger.db")
        create_tables(engine)
        store = Store(engine, INVENTORY)
        publish_quarters(store, a_quarter("2026-Q1"), a_quarter("2026-Q2"))
        for name in ("instrument", "due_date"):
            save(store, name, RECORDS[name])
        key = issue(store, OPERATOR, now, Wanted(holder="example", role=Role.OMB_ADMIN)).secret
        release_uncertified(store, Path(folder))
        with serving(store, Path(folder), **SAMPLE_PUBLISHER) as client:
            found = _examples(client, key)
        engine.dispose()
    return found


def _examples(client: Client, key: str) -> dict[str, Any]:
    schemas: dict[str, Any] = {kind.struct.__name__: RECORDS[kind.name] for kind in INVENTORY.values()}
    schemas |= _act_bodies()
    bearing = {"Authorization": f"Bearer {key}"}
    due = a_due_date(obligation="Q2", due_on="2026-05-14")
    schemas["Written"] = client.put("/api/v1/due_dates/2026-Q2", json=due, headers=bearing).raise_for_status().json()
    wanted = {"holder": "A synthetic name", "role": "editor", "organization_id": "dos-ca"}
    issued = client.post("/api/v1/keys", json=wanted, headers=bearing).raise_for_status().json()
    schemas["CalendarDay"] = {"due_on": "2026-05-14", "reason": "A synthetic reason."}
    schemas |= {"KeyWanted": wanted, "KeyRotation": {"days": 90}, "Issued": {**issued, "secret": SHOWN_ONCE}}
    ended = client.post(f"/api/v1/keys/{issued['key']['key_id']}/revoke", headers=bearing)
    schemas["Key"] = ended.raise_for_status().json()
    tried = client.post("/api/v1/checks/organization", json={"organization_id": "dos-ca", "name": 7}, headers=bearing)
    schemas["Tried"] = tried.raise_for_status().json()
    imported = client.post("/api/v1/imports", json=RECORDS["organization"], headers=bearing)
    schemas["Imported"] = imported.raise_for_status().json()
    refused = client.put("/api/v1/due_dates/2026-Q3", json={"fiscal_year": 2026, "obligation": "Q5"}, headers=bearing)
    lines = {}
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        operation = operations.get("get")
        if operation is None or path in WORKBOOKS:
            continue
        who = bearing if path in KEYED else {}
        answer = _asked(client, path, schemas["Written"]["link"], headers=who)
        forms = operation["responses"]["200"]["content"]
        [schema] = [forms[form]["schema"] for form in forms if form.endswith(("/json", "+json"))]
        name = schema.get("$ref", operation["operationId"]).rpartition("/")[2]
        schemas.setdefault(name, _shortened(answer.json(), deep=path == "/data.json"))
        if "text/csv" in forms:
            lines[name] = _rows(_asked(client, path, "", "text/csv", who).text)
    return {"schemas": schemas, "csv": lines, "problems": refused.json()["problems"][:LONGEST]}


def _act_bodies() -> dict[str, Any]:
    acts = [sent_body(kind, action) for kind in INVENTORY.values() for action in acts_of(kind)]
    return {act.__name__: {name: SENT[name] for name in act.__struct_fields__ if name in SENT} for act in acts}


def _asked(
    client: Client, path: str, link: str, accept: str = "*/*", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    known = {**PATHS, "link": link, "version": "1", "provider_id": "dos-ca", "organization_id": "dos-ca"}
    known |= {"period": "2026" if "/calendar/" in path else "2026-Q1", "instrument_id": "dos-ca-passports-web"}
    return client.get(path.format(**known), headers={"Accept": accept, **(headers or {})}).raise_for_status()


def _shortened(answer: Any, *, deep: bool) -> Any:
    """An answer with the beginnings of its lists; deep: of the lists in these too, which no record stands."""
    if isinstance(answer, list):
        return [_shortened(item, deep=True) if deep else item for item in answer[:LONGEST]]
    if not isinstance(answer, dict):
        return answer
    return {
        name: _shortened(value, deep=deep) if deep or isinstance(value, list) else value
        for name, value in answer.items()
    }


def _rows(text: str) -> str:
    """The first rows, whole: a cell may hold more than one line."""
    rows = list(csv.reader(io.StringIO(text)))[: 1 + LONGEST]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), indent=1, ensure_ascii=False) + "\n", "utf-8")
