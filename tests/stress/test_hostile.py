"""A part of the hostile corpus that `make bench` sends: the server answers all of it, within its bounds of memory."""

from pathlib import Path

import pytest

from tests.bench.hostile.attack import attacked, prepared
from tests.bench.hostile.corpus import CORPUS
from tests.bench.hostile.watch import Watch
from tests.support.processes import UNLIMITED, running_server

MOST_MEGABYTES, MOST_GROWTH = 600, 200


@pytest.mark.slow
def test_the_server_answers_whatever_it_is_sent(tmp_path: Path) -> None:
    items, key = [item for item in CORPUS if item.quick], prepared(tmp_path)
    settings = {**UNLIMITED, "PSI_FAILED_KEYS": "0", "PSI_LOG_LEVEL": "error"}
    with running_server(tmp_path, **settings) as server, Watch(server) as watch:
        outcomes = list(attacked(items, server, watch, key, seconds=300))
    assert [one.item.name for one in outcomes if not one.held] == []
    assert len(outcomes) == len(items) > 20
    assert max(one.watched.peak for one in outcomes) < MOST_MEGABYTES
    assert max(one.watched.growth for one in outcomes) < MOST_GROWTH
