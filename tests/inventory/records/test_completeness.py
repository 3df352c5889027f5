"""How much of the service model an entry answers."""

from typing import Any

import msgspec
import pytest

from inventory.records import Service
from inventory.records.service import completeness
from tests.support.builders import a_service


@pytest.mark.parametrize(("without", "percent"), [((), 100), (("roles",), 80), (("roles", "tools", "occasion"), 40)])
def test_completeness_counts_the_five_questions(without: tuple[str, ...], percent: int) -> None:
    changes: dict[str, Any] = dict.fromkeys(without)
    assert completeness(msgspec.convert(a_service(**changes), Service)) == percent
