"""The lifecycle through HTTP, on both engines, against a model of it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from inventory.access.api_keys import Wanted, issue
from inventory.ledger.store import Store
from inventory.records.lifecycle import Role
from tests.conftest import OPERATOR, now
from tests.stress.scenarios.lifecycle import Lifecycle
from tests.support.api.writing import writing_site
from tests.support.processes import UNLIMITED


@pytest.mark.parametrize(("runs", "steps"), [(2, 15), pytest.param(20, 40, marks=pytest.mark.slow)])
def test_the_lifecycle_is_the_model_s(store: Store, tmp_path: Path, runs: int, steps: int) -> None:
    with writing_site(store, tmp_path, **UNLIMITED) as site:
        wanted = Wanted(holder="certifier", role=Role.OMB_REVIEWER)
        site.keys["two hats"] = issue(store, OPERATOR, now, wanted).secret
        machine = type("Machine", (Lifecycle,), {"site": site})
        chosen = settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],  # a run of so many steps takes minutes to shrink
        )
        run_state_machine_as_test(machine, settings=chosen)
