"""kill -9 during writes."""

from collections.abc import Iterator

from tests.bench.figures import Figure, Settings
from tests.bench.subjects.stores import both_engines
from tests.stress.scenarios.kills import kill_often


def figures(settings: Settings) -> Iterator[Figure]:
    """What was lost, broken or half applied, over all kills of an engine."""
    with both_engines() as stores:
        for name, store in stores.items():
            toll = kill_often(store, int(settings.choose(200, 10)))
            detail = (
                f"{toll.in_a_load} of {toll.kills} kills in a load; {toll.acknowledged:,} acknowledged; "
                f"loads: {toll.loads_kept} whole, {toll.loads_gone} not at all"
            )
            what = f"kill -9 during writes, {toll.kills} times: lost, broken or half applied, {name}"
            shown = "; ".join([*toll.faults[:3], detail])
            yield Figure(what=what, measured=len(toll.faults), unit="", reach=0, at_most=True, detail=shown)
