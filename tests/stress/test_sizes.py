"""Large inventories in little memory."""

from pathlib import Path

import pytest

from tests.stress.scenarios.sizes import in_own_process


@pytest.mark.slow
def test_a_hundred_thousand_services_load_within_a_gigabyte(tmp_path: Path) -> None:
    in_own_process("make", tmp_path, 100_000)
    measured = in_own_process("load", tmp_path, 100_000)
    assert measured.records == 102_200  # with 2,000 bureaus and 200 departments
    assert measured.megabytes < 1_000
    assert measured.told > 100


@pytest.mark.slow
def test_a_release_takes_little_more_memory_for_four_times_the_services(tmp_path: Path) -> None:
    peaks = []
    for services in (500, 2_000):
        home = tmp_path / str(services)
        home.mkdir()
        for step in ("make", "load", "publish"):
            in_own_process(step, home, services)
        peaks.append(in_own_process("release-without-parquet", home, services).megabytes)
    assert peaks[1] < peaks[0] + 25
