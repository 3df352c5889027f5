"""Which of many cases the fast tests take; `make check` takes all."""

from collections.abc import Iterable
from typing import Any

import pytest


def first(fast: int, cases: Iterable[Any]) -> list[Any]:
    """The cases, of which the fast tests take so many."""
    return [case if at < fast else pytest.param(case, marks=pytest.mark.slow) for at, case in enumerate(cases)]
