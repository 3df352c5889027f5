"""GET one published service: against the same server sending static bytes, and against the twin."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.publish import publish
from tests.bench.figures import Figure, Settings, side_by_side
from tests.bench.subjects import twin
from tests.bench.subjects.client import requests_a_second
from tests.bench.subjects.servers import serving
from tests.conftest import OPERATOR, now
from tests.support.generated import CYCLE, NOT_DIGITAL, is_publishable, service, service_id, write_ndjson
from tests.support.loads import loaded

SERVICES, CONNECTIONS = 1_000, 8
WHOLE = [index for index in range(SERVICES) if is_publishable(index) and index % CYCLE not in (*NOT_DIGITAL, 19)]
ASKED = WHOLE[len(WHOLE) // 2]


def figures(settings: Settings) -> Iterator[Figure]:
    """Ours against static bytes and against the twin, over the same document."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment, name = _prepared(home), service_id(ASKED)
        targets = {
            "ours": ("tests.bench.subjects.servers:same_application", f"/api/v1/services/{name}"),
            "static": ("tests.bench.subjects.servers:same_application", "/bench/static"),
            "bare": ("tests.bench.subjects.servers:bare", "/"),
            "twin": ("tests.bench.subjects.twin:app", f"/services/{name}"),
        }
        paths = {name: path for name, (_, path) in targets.items()}
        ports = {
            name: stack.enter_context(serving(target, environment, path)) for name, (target, path) in targets.items()
        }
        _same_document([f"http://127.0.0.1:{ports[name]}{path}" for name, path in paths.items()])
        seconds = settings.choose(1.5, 0.4)

        def run(name: str) -> float:
            return requests_a_second(ports[name], paths[name], CONNECTIONS, seconds)

        for name in paths:
            run(name)
        told = side_by_side({name: partial(run, name) for name in paths}, int(settings.choose(7, 3)))
    detail = ", ".join(f"{name} {rate:,.0f}/s" for name, rate in told.items())
    what, ours = "GET one published service, against", told["ours"]
    yield Figure(
        what=f"{what} the same server sending static bytes", measured=ours / told["static"], reach=0.6, detail=detail
    )
    yield Figure(what=f"{what} granian and a bare ASGI function", measured=ours / told["bare"], detail=detail)
    yield Figure(
        what=f"{what} the FastAPI, pydantic and ORM twin", measured=ours / told["twin"], reach=5, detail=detail
    )


def _prepared(home: Path) -> dict[str, str]:
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    loaded(store, write_ndjson(home / "services.ndjson", SERVICES))
    publish(store, OPERATOR, now)
    (home / "one.json").write_bytes(store.public("service", service_id(ASKED)).body)
    engine.dispose()
    url = f"sqlite:///{home}/twin.db"
    twin.fill(url, [service(index) for index in WHOLE])
    return {"PSI_HOME": str(home), "BENCH_STATIC": str(home / "one.json"), "BENCH_TWIN": url}


def _same_document(urls: list[str]) -> None:
    answers = []
    for url in urls:
        with urlopen(url, timeout=30) as answer:
            answers.append(json.loads(answer.read()))
    if any(answer != service(ASKED) for answer in answers):
        raise RuntimeError("the servers do not answer with the same document")
