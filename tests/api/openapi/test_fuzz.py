"""Schemathesis asks every operation, with keys and without: no error of ours, nothing left out of the description."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from inventory.access.api_keys import Wanted, issue
from inventory.ledger.store import Store
from inventory.records.lifecycle import Role
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from tests.conftest import OPERATOR, now, publish_sample
from tests.support.api.made_examples import PATHS
from tests.support.quarters import a_quarter, publish_quarters
from tests.support.sites import listening, release_uncertified

EXAMPLES = int(os.environ.get("PSI_FUZZ_EXAMPLES", "8"))
"""Requests an operation and asker; `make fuzz` asks for 2,000."""
ASKERS = {"the public": None, "an editor": (Role.EDITOR, "dos"), "omb": (Role.OMB_ADMIN, None)}
KNOWN = {**PATHS, "provider_id": "dos-ca", "organization_id": "dos-ca", "period": "2026-Q1", "version": 1}
load_all_checks()
# What fits its schema may still break a rule, be of another record or need another state: then 4xx is right.
EXCLUDED = [CHECKS.get_one("positive_data_acceptance")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The sample with published quarters, and a key of each asker."""
    home = tmp_path_factory.mktemp("fuzz")
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    publish_sample(store)
    publish_quarters(store, a_quarter("2026-Q1"), a_quarter("2026-Q2"))
    keys = {
        name: issue(store, OPERATOR, now, Wanted(holder=name, role=who[0], organization_id=who[1])).secret
        for name, who in ASKERS.items()
        if who is not None
    }
    release_uncertified(store, home)
    with listening(store, home) as address:
        yield address, keys
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("asker", ASKERS)
def test_nothing_is_answered_that_is_not_described(site: tuple[str, dict[str, str]], asker: str) -> None:
    address, keys = site
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    schema.config.update(base_url=address)
    headers = {"Authorization": f"Bearer {keys[asker]}"} if asker in keys else {}
    failures: dict[str, str] = {}
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        _ask(found.ok(), headers, failures)
    assert not failures, "\n\n".join(f"{label}\n{told}" for label, told in sorted(failures.items()))


def _ask(operation: Any, headers: dict[str, str], failures: dict[str, str]) -> None:
    @given(case=operation.as_strategy(), is_known=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any, is_known: bool) -> None:
        if is_known:
            known = {name: KNOWN[name] for name in case.path_parameters or {} if name in KNOWN}
            case.path_parameters = {**(case.path_parameters or {}), **known}
        answer = case.call(headers=headers)
        try:
            case.validate_response(answer, headers=headers, excluded_checks=EXCLUDED)
        except FailureGroup as group:
            for fault in group.exceptions:
                failures.setdefault(f"{operation.label} {type(fault).__name__}", str(fault)[:1500])

    ask()
