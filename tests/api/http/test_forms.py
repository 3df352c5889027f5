"""What a parameter looks like is what the records are made of."""

import pytest

from api.http.parameters import A_QUARTER, A_SPAN, AN_ID
from inventory.calendar.fiscal import period
from inventory.reports.board import span
from inventory.schema.scalars import YEARS, QuarterName, Slug, pattern
from tests.support.sites import Client


def test_a_form_is_drawn_from_its_scalar() -> None:
    assert (AN_ID.pattern, A_QUARTER.pattern) == (pattern(Slug), pattern(QuarterName))
    assert A_SPAN.pattern.startswith(pattern(QuarterName))


@pytest.mark.parametrize("text", ["2026", "2026-Q1", "2000-Q4", "2099"])
def test_what_fits_a_form_names_something(text: str) -> None:
    assert span(text) is not None
    assert period(text) is not None or int(text) in YEARS


@pytest.mark.parametrize("asked", ["provider=a--b", "provider=-a", "period=1999", "period=2026-Q5", "period=2026x"])
def test_what_no_record_can_bear_is_refused(reader: Client, asked: str) -> None:
    assert reader.get(f"/api/v1/feedback?{asked}").status_code == 400


@pytest.mark.parametrize("name", ["feedback", "board", "scores"])
def test_a_quarter_that_no_year_has_is_told_by_its_number(reader: Client, name: str) -> None:
    told = reader.get(f"/api/v1/{name}?period=2026-Q5").json()["detail"]
    assert told.startswith("period must be a fiscal ") and told.endswith(": there is no quarter 5")
    assert "there is no quarter" not in reader.get(f"/api/v1/{name}?period=2026Q1").json()["detail"]
