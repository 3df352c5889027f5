"""Every rule of a quarter of feedback, and of when a provider starts to report: what breaks it, what just does not."""

import datetime
from typing import Any

import pytest

from inventory.problems import Problem
from inventory.records.registry import INVENTORY, Document
from inventory.validation.check import check
from inventory.validation.rules import Context, Known
from tests.conftest import TODAY
from tests.support.builders import (
    STATEMENTS,
    a_collection,
    a_context,
    a_designation,
    a_due_date,
    a_feedback,
    a_measure,
    a_provider,
    a_service,
    an_instrument,
    codes,
)

DESIGNATION = "designation/dos-ca/dos-ca-passports/2026"
EARLIER = "feedback/dos-ca/dos-ca-passports/2025-Q4"
BEFORE, DUE, AFTER = (datetime.date(2026, 1, day) for day in (29, 30, 31))
FEW = {name: [0, 0, 0, 9, 20] for name in STATEMENTS}
HIGH, LOW = [0, 0, 10, 40, 80], [80, 40, 10, 0, 0]


def answered(measure: Document, **more: Any) -> Document:
    """A quarter with that measure and the valid ones of all others."""
    others = [a_measure(name) for name in STATEMENTS if name != measure["measure"]]
    return with_collection(measures=[measure, *others], **more)


def with_collection(**changes: Any) -> Document:
    return a_feedback(collections=[a_collection(**changes)])


def ease(counts: list[int] | None = None, **more: Any) -> Document:
    return a_measure("ease", counts, **more)


def by_trust(point: int, *counts: int, overall: str = "trust", of: list[int] | None = None) -> Document:
    """A quarter in which ease is told by one point of an overall score."""
    return answered(ease(of, by_score=[{"overall": overall, "point": point, "counts": list(counts)}]))


def without(measure: str) -> Document:
    return with_collection(measures=[a_measure(name) for name in STATEMENTS if name != measure])


def designated(state: str = "current", **changes: Any) -> Context:
    documents = {DESIGNATION: a_designation(**changes)}
    known: dict[str, Any] = {"designation__dos_ca/dos_ca_passports/2026": Known(state, "dos-ca")}
    return a_context(documents=documents, **known)


def after(*counts: int, **more: Any) -> Context:
    """A context that has read the quarter before, in which ease was answered so."""
    return a_context(documents={EARLIER: answered(ease(list(counts), **more))})


def of_service(state: str, public_state: str | None, action: str = "publish") -> Context:
    return a_context(action=action, service__dos_ca_passports=Known(state, "dos-ca", None, public_state))


def knowing_moments(*moments: str) -> Context:
    service = a_service(moments=[{"moment_id": moment, "name": moment.title()} for moment in moments])
    return a_context(documents={"service/dos-ca-passports": service})


def knowing_survey(**changes: Any) -> Context:
    documents = {"instrument/dos-ca-passports-web": an_instrument(**changes)}
    return a_context(documents=documents, instrument__dos_ca_passports_web=Known("current", "dos-ca"))


def submitted(on: datetime.date | None, today: datetime.date = AFTER, was_public: bool = False, **more: Any) -> Context:
    if was_public:
        more["feedback__dos_ca/dos_ca_passports/2026_Q1"] = Known("draft", "dos-ca", None, "published")
    return a_context(today, acts={"submit": on} if on else {}, **more)


def due_on(day: str, state: str = "current") -> Context:
    documents = {"due_date/2026-Q1": a_due_date(due_on=day)}
    return submitted(None, DUE, documents=documents, due_date__2026_Q1=Known(state))


def percent(value: str, **more: Any) -> Document:
    return a_feedback(indicators=[{"name": "Answered", "value": value, "unit": "percent", **more}])


def unasked(counts: list[int] | None = None) -> Document:
    """A collection that says it did not ask what it has answers to."""
    return one_more(ease(counts, asked=False, **({} if counts is None else {"reported_mean": "4.2"})))


def one_more(measure: Document) -> Document:
    return a_collection(collection_id="phone", channel="phone", measures=[measure])


def split_in_two(measure: str) -> Document:
    """A quarter of which one measure is asked in a collection of its own."""
    return a_feedback(collections=[*without(measure)["collections"], one_more(a_measure(measure))])


def starting(quarter: str, first_designated: int | None) -> Document:
    return a_provider(reporting_starts=quarter, first_designated_fy=first_designated)


def of_two(**changes: Any) -> Document:
    """A quarter of two collections that differ in these fields alone, and in how many answered."""
    return a_feedback(collections=[a_collection(), a_collection(collection_id="paper", respondents=131, **changes)])


SURVEYED = with_collection(instrument_id="dos-ca-passports-web", survey_title=None, omb_control_number=None)
TWICE = [a_collection(), a_collection(collection_id="again", channel="kiosk")]
FEW_ANSWERS = [a_measure(name, counts) for name, counts in FEW.items()]
TICKS = {"scale": "tick_positive", "statement": None}
SILENT = a_collection(collection_id="phone", channel="phone", measures=[ease([])])
AUTUMN_2024 = [a_collection(collected_from="2024-10-01", collected_to="2024-12-31")]
WINTER = [a_collection(collected_from="2026-01-01", collected_to="2026-03-31")]
A_GAP = [{"reason": "The kiosk broke.", "moment_id": "apply"}]

BREAKING: list[tuple[str, str, Document, Context]] = [
    ("collections-missing", "feedback", a_feedback(collections=None), a_context()),
    ("not-reported-contradicted", "feedback", a_feedback(not_reported={"reason": "No staff."}), a_context()),
    *(("measure-missing", "feedback", without(name), a_context()) for name in STATEMENTS),
    ("measure-missing", "feedback", answered(ease([], asked=False)), a_context()),
    ("measure-missing", "feedback", with_collection(measures=None), a_context()),
    (
        "not-measured-contradicted",
        "feedback",
        a_feedback(not_measured=[{"measure": "ease", "reason": "omb_agreed"}]),
        a_context(),
    ),
    ("withheld-not-given", "feedback", with_collection(withheld=True), a_context()),
    ("withheld-not-given", "feedback", answered(ease([], withheld=True)), a_context()),
    ("service-not-public", "feedback", a_feedback(), of_service("draft", None)),
    ("service-not-public", "feedback", a_feedback(), of_service("withdrawn", None)),
    ("service-not-public", "feedback", a_feedback(), of_service("draft", None, "submit")),
    ("moment-unknown", "feedback", with_collection(moment_id="apply"), knowing_moments("renew")),
    ("moment-unknown", "feedback", a_feedback(gaps=A_GAP), knowing_moments()),
    ("instrument-elsewhere", "feedback", SURVEYED, knowing_survey(provider_id="another")),
    ("instrument-elsewhere", "feedback", SURVEYED, knowing_survey(service_id="another")),
    ("few-respondents", "feedback", with_collection(respondents=29, measures=FEW_ANSWERS), a_context()),
    ("collection-repeated", "feedback", a_feedback(collections=TWICE), a_context()),
    ("collections-overlap", "feedback", of_two(), a_context()),
    ("collections-overlap", "feedback", of_two(unit="A1"), a_context()),
    ("collections-overlap", "feedback", of_two(moment_id="apply"), knowing_moments("apply")),
    ("collections-overlap", "feedback", of_two(transaction_point=None), a_context()),
    ("collections-overlap", "feedback", of_two(survey_title=None), a_context()),
    ("collections-overlap", "feedback", of_two(measures=[a_measure("ease")]), a_context()),
    ("indicator-implausible", "feedback", percent("100.1"), a_context()),
    ("indicator-implausible", "feedback", percent("50", target="-1"), a_context()),
    (
        "indicator-implausible",
        "feedback",
        a_feedback(indicators=[{"name": "Wait", "value": "-1", "unit": "seconds"}]),
        a_context(),
    ),
    ("counts-shape", "feedback", answered(ease([1, 2, 3, 4])), a_context()),
    ("counts-shape", "feedback", answered(ease([1, 2, 3], **TICKS)), a_context()),
    ("counts-shape", "feedback", a_feedback(collections=[a_collection(), SILENT]), a_context()),
    ("counts-shape", "feedback", by_trust(5, 1, 1, 1, 1), a_context()),
    ("counts-shape", "feedback", by_trust(5, 0, 0, 0, 0, 1, overall="ease"), a_context()),
    ("counts-shape", "feedback", by_trust(0, 0, 0, 0, 0, 1), a_context()),
    ("counts-shape", "feedback", by_trust(5, 0, 0, 0, 0, 61), a_context()),
    ("counts-shape", "feedback", by_trust(1, 0, 0, 0, 2, 4), a_context()),
    ("not-asked-as-zero", "feedback", answered(ease([0] * 5)), a_context()),
    ("not-asked-contradicted", "feedback", a_feedback(collections=[a_collection(), unasked()]), a_context()),
    ("not-asked-contradicted", "feedback", a_feedback(collections=[a_collection(), unasked([])]), a_context()),
    ("counts-exceed-respondents", "feedback", with_collection(respondents=119), a_context()),
    ("respondents-exceed-offered", "feedback", with_collection(offered=129), a_context()),
    ("respondents-exceed-offered", "feedback", with_collection(offered=129, offered_basis="unknown"), a_context()),
    ("respondents-exceed-offered", "feedback", with_collection(offered=129, offered_basis=None), a_context()),
    ("offered-exceed-customers", "feedback", with_collection(offered=4001), a_context()),
    ("offered-exceed-customers", "feedback", with_collection(offered=5001, customers_at_point=None), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease([], reported_mean="5.1")), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease([], reported_mean="0.9")), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease(reported_mean="4.1")), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease(reported_mean="4")), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease([0] * 5, asked=True, reported_mean="4")), a_context()),
    ("shifted", "feedback", answered(ease(HIGH)), after(*LOW)),
    ("not-designated", "feedback", a_feedback(fiscal_year=2025, collections=AUTUMN_2024), a_context()),
    ("not-designated", "feedback", a_feedback(), designated("proposed")),
    ("not-designated", "feedback", a_feedback(), designated("proposed", ended_after=1)),
    ("not-designated", "feedback", a_feedback(), designated("ended")),
    ("not-designated", "feedback", a_feedback(), designated(first_quarter=2)),
    ("not-designated", "feedback", a_feedback(quarter=2, collections=WINTER), designated(ended_after=1)),
    ("not-designated", "feedback", a_feedback(quarter=2, collections=WINTER), designated("ended", ended_after=1)),
    ("outside-quarter", "feedback", with_collection(collected_from="2025-09-30"), a_context()),
    ("outside-quarter", "feedback", with_collection(collected_to="2026-01-01"), a_context()),
    (
        "outside-quarter",
        "feedback",
        with_collection(collected_from="2025-01-01", measurement_point="journey"),
        a_context(),
    ),
    (
        "dates-reversed",
        "feedback",
        with_collection(collected_from="2025-12-01", collected_to="2025-11-30"),
        a_context(),
    ),
    ("quarter-open", "feedback", a_feedback(), a_context(datetime.date(2025, 12, 31))),
    ("late", "feedback", a_feedback(), submitted(None)),
    ("late", "feedback", a_feedback(), submitted(AFTER)),
    ("late", "feedback", a_feedback(), due_on("2026-01-29")),
    ("target-date-missing", "provider", a_provider(reporting_starts=None), a_context(has_feedback=False)),
    ("target-date-missing", "provider", starting("2023-Q2", 2022), a_context()),
]
"""Rule, record type, what breaks that rule and no other, and what is known meanwhile."""

NEAR: list[tuple[str, str, Document, Context]] = [
    (
        "collections-missing",
        "feedback",
        a_feedback(collections=None, not_reported={"reason": "No staff."}),
        a_context(),
    ),
    ("measure-missing", "feedback", a_feedback(collections=None, not_reported={"reason": "No staff."}), a_context()),
    *(
        (
            "measure-missing",
            "feedback",
            {**without(name), "not_measured": [{"measure": name, "reason": "no_capacity_yet"}]},
            a_context(),
        )
        for name in STATEMENTS
    ),
    ("measure-missing", "feedback", answered(ease([], reported_mean="4.2")), a_context()),
    ("measure-missing", "feedback", answered(ease([0] * 5, asked=True)), a_context()),
    ("measure-missing", "feedback", split_in_two("ease"), a_context()),
    (
        "not-measured-contradicted",
        "feedback",
        {**answered(ease([], asked=False)), "not_measured": [{"measure": "ease", "reason": "omb_agreed"}]},
        a_context(),
    ),
    ("service-not-public", "feedback", a_feedback(), of_service("retired", "retired")),
    ("service-not-public", "feedback", a_feedback(), of_service("draft", "published")),
    ("service-not-public", "feedback", a_feedback(), of_service("current", None)),  # all that is known without a store
    ("moment-unknown", "feedback", with_collection(moment_id="apply"), knowing_moments("renew", "apply")),
    ("moment-unknown", "feedback", with_collection(moment_id="apply"), a_context()),
    ("instrument-elsewhere", "feedback", SURVEYED, knowing_survey()),
    ("few-respondents", "feedback", with_collection(respondents=30, measures=FEW_ANSWERS), a_context()),
    (
        "collection-repeated",
        "feedback",
        a_feedback(collections=[TWICE[0], {**TWICE[1], "respondents": 131}]),
        a_context(),
    ),
    ("collections-overlap", "feedback", of_two(channel="phone"), a_context()),
    ("collections-overlap", "feedback", of_two(transaction_point="After the visit"), a_context()),
    ("collections-overlap", "feedback", of_two(survey_title="Another survey"), a_context()),
    ("collections-overlap", "feedback", of_two(measures=[a_measure("other", statement="It was quick.")]), a_context()),
    (
        "collections-overlap",
        "feedback",
        a_feedback(
            collections=[a_collection(collection_id=f"c{at}", unit=f"A{at}", respondents=130 + at) for at in (1, 2)]
        ),
        a_context(),
    ),
    ("indicator-implausible", "feedback", percent("100", target="0"), a_context()),
    (
        "indicator-implausible",
        "feedback",
        a_feedback(indicators=[{"name": "Saved", "value": "-1", "unit": "dollars"}]),
        a_context(),
    ),
    ("counts-shape", "feedback", answered(ease([30, 100], **TICKS)), a_context()),
    ("counts-shape", "feedback", by_trust(5, 5, 5, 10, 20, 20), a_context()),
    ("counts-shape", "feedback", by_trust(1, 0, 0, 0, 2, 3, overall="satisfaction"), a_context()),
    ("not-asked-as-zero", "feedback", answered(ease([0] * 5, asked=True)), a_context()),
    ("not-asked-contradicted", "feedback", answered(ease(asked=True)), a_context()),
    ("counts-exceed-respondents", "feedback", with_collection(respondents=120), a_context()),
    ("respondents-exceed-offered", "feedback", with_collection(offered=130), a_context()),
    ("offered-exceed-customers", "feedback", with_collection(offered=4000), a_context()),
    ("offered-exceed-customers", "feedback", with_collection(offered=5000, customers_at_point=None), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease([], reported_mean="5")), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease([], reported_mean="1")), a_context()),
    # 505 of 120 answers is 4.2083…
    ("mean-contradicts-counts", "feedback", answered(ease(reported_mean="4.2")), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease(reported_mean="4.21")), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease(reported_mean="4.208")), a_context()),
    # 4.25 is as near to either.
    ("mean-contradicts-counts", "feedback", answered(ease([0, 0, 0, 30, 10], reported_mean="4.2")), a_context()),
    ("mean-contradicts-counts", "feedback", answered(ease([0, 0, 0, 30, 10], reported_mean="4.3")), a_context()),
    ("shifted", "feedback", answered(ease(HIGH)), a_context()),
    ("shifted", "feedback", answered(ease(HIGH, note="A new form.")), after(*LOW)),
    ("shifted", "feedback", answered(ease(HIGH)), after(*LOW[:4], scale="likert_4")),
    # From 4 to 4.4 is a tenth of the range; surely no chance, but no more than that.
    ("shifted", "feedback", answered(ease([0, 0, 0, 72, 48])), after(0, 0, 0, 120, 0)),
    # From 3 to 5, but of two answers: more than a tenth, and no more than chance.
    ("shifted", "feedback", answered(ease([0, 0, 0, 0, 2])), after(1, 0, 0, 0, 1)),
    ("shifted", "feedback", answered(ease([100, 20], **TICKS)), after(20, 100, **TICKS)),
    ("not-designated", "feedback", a_feedback(), designated(first_quarter=1, ended_after=1)),
    ("not-designated", "feedback", a_feedback(), designated("ended", ended_after=2)),
    ("not-designated", "feedback", a_feedback(), a_context(documents={DESIGNATION: None})),
    ("outside-quarter", "feedback", with_collection(collected_from="2025-10-01"), a_context()),
    ("dates-reversed", "feedback", with_collection(collected_from="2025-12-31"), a_context()),
    ("quarter-open", "feedback", a_feedback(), a_context(datetime.date(2026, 1, 1))),
    ("late", "feedback", a_feedback(), submitted(None, DUE)),
    ("late", "feedback", a_feedback(), submitted(DUE, TODAY)),
    ("late", "feedback", a_feedback(), due_on("2026-01-30")),
    ("late", "feedback", a_feedback(), due_on("2026-01-29", "ended")),
    ("late", "feedback", a_feedback(), submitted(None, documents={DESIGNATION: None})),
    ("late", "feedback", a_feedback(), submitted(AFTER, was_public=True)),
    ("late", "feedback", a_feedback(), a_context(acts={"submit": AFTER, "publish": AFTER})),
    ("late", "feedback", a_feedback(origin="historical"), submitted(None)),
    ("target-date-missing", "provider", a_provider(reporting_starts=None), a_context(has_feedback=True)),
    ("target-date-missing", "provider", a_provider(reporting_starts=None), a_context()),
    (
        "target-date-missing",
        "provider",
        a_provider(reporting_starts=None, active=False),
        a_context(has_feedback=False),
    ),
    ("target-date-missing", "provider", starting("2023-Q1", 2022), a_context()),
    ("target-date-missing", "provider", starting("2026-Q2", 2023), a_context()),
    ("target-date-missing", "provider", starting("2026-Q2", None), a_context()),
]
"""Rule, record type, what just does not break it nor any other, and what is known meanwhile."""


@pytest.mark.parametrize(("rule", "record_type", "document", "context"), NEAR)
def test_what_just_does_not_break_a_rule_breaks_none(
    rule: str, record_type: str, document: Document, context: Context
) -> None:
    assert codes(record_type, document, context) == set()


def test_every_rule_of_feedback_has_something_that_just_does_not_break_it() -> None:
    # Of the two named apart, a_feedback itself is the example.
    assert {rule for rule, *_ in NEAR} == {rule for rule, *_ in BREAKING} - {
        "not-reported-contradicted",
        "withheld-not-given",
    }


@pytest.mark.parametrize(("rule", "record_type", "document", "context"), BREAKING)
def test_what_was_published_before_is_taken_over_with_warnings(
    rule: str, record_type: str, document: Document, context: Context
) -> None:
    historical = document | ({"origin": "historical"} if record_type == "feedback" else {})
    found = problems(historical, context, record_type)
    stays = rule == "counts-shape" and document["collections"][-1]["collection_id"] != "phone"
    stays |= rule == "service-not-public" and context.action == "publish"
    assert {problem.code for problem in found if problem.severity == "error"} == ({rule} if stays else set())


@pytest.mark.parametrize(
    ("document", "context", "severity"),
    [
        (with_collection(offered=129), a_context(), "error"),
        (with_collection(offered=129, offered_basis="always_available"), a_context(), "warning"),
        (with_collection(offered=129, offered_basis=None), a_context(), "warning"),
        (with_collection(collected_to="2026-01-01"), a_context(), "error"),
        (with_collection(collected_to="2026-01-01", measurement_point="journey"), a_context(), "warning"),
        (with_collection(collected_to="2026-01-01", measurement_point="relationship"), a_context(), "warning"),
        (a_feedback(), of_service("draft", None), "error"),
        (a_feedback(), of_service("draft", None, "submit"), "warning"),
        (a_feedback(), of_service("draft", None, ""), "warning"),
        (SURVEYED, knowing_survey(provider_id="another"), "error"),
        (SURVEYED, knowing_survey(service_id="another"), "warning"),
    ],
)
def test_a_rule_is_milder_where_the_circular_leaves_room(document: Document, context: Context, severity: str) -> None:
    assert [str(problem.severity) for problem in problems(document, context)] == [severity]


@pytest.mark.parametrize(
    ("year", "told"),
    [(2021, set()), (2022, {"not-designated", "measure-missing", "late"}), (2026, {"measure-missing"})],
)
def test_duties_are_told_from_the_year_of_this_edition_on(year: int, told: set[str]) -> None:
    # Of a service that has a designation on paper; late is told only of what was designated.
    days = {"collected_from": f"{year - 1}-10-01", "collected_to": f"{year - 1}-12-31"}
    document = {**without("ease"), "fiscal_year": year}
    document["collections"] = [{**document["collections"][0], **days}]
    named = f"designation/dos-ca/dos-ca-passports/{year}"
    context = submitted(BEFORE if year == 2026 else AFTER, TODAY, documents={named: a_designation(fiscal_year=year)})
    assert codes("feedback", document, context) == told


def test_each_measure_that_is_missing_is_told_by_itself() -> None:
    document = with_collection(measures=[a_measure("trust"), ease([], asked=False)])
    found = problems(document, a_context())
    assert [problem.value for problem in found] == [name for name in STATEMENTS if name != "trust"]
    messages = {problem.value: problem.message for problem in found}
    assert messages["ease"] == "Ease has no answers in any collection, and not_measured does not say why"
    assert messages["employee"] == "Employee interaction is in no collection, and not_measured does not say why"
    assert "no_capacity_yet" in str(found[0].expected)


def test_zeros_are_told_with_what_to_write_instead() -> None:
    (told,) = problems(answered(ease([0] * 5)), a_context())
    assert told.expected == "asked: false and no counts where it was not asked; asked: true where nobody answered"
    assert (told.pointer, told.value) == ("/collections/0/measures/0/counts", [0] * 5)


def test_lateness_is_counted_from_the_due_date_and_says_whose_it_is() -> None:
    (told,) = problems(a_feedback(), submitted(None, datetime.date(2026, 2, 10)))
    assert told.message == "Feedback on 2026-Q1 was due on 2026-01-30 (rule); this is 11 days late"
    (told,) = problems(a_feedback(), due_on("2026-01-29"))
    assert told.message == "Feedback on 2026-Q1 was due on 2026-01-29 (omb); this is 1 day late"


def test_collections_are_pooled_before_a_shift_is_judged() -> None:
    half = [0, 0, 5, 20, 40]
    now = a_feedback(collections=[*answered(ease(half))["collections"], one_more(ease(half))])
    found = problems(now, after(*LOW))
    assert [(problem.code, problem.pointer) for problem in found] == [("shifted", "/collections/0/measures/0/counts")]
    assert found[0].message == ("Ease went from 1.46 in 2025-Q4 to 4.54, more than chance alone would do: explain")


@pytest.mark.parametrize("known", [{"due_on": "soon"}, {"due_on": 7}, {}])
def test_a_faulty_due_date_of_the_same_input_sets_nothing(known: Document) -> None:
    context = submitted(None, DUE, documents={"due_date/2026-Q1": known}, due_date__2026_Q1=Known("current"))
    assert codes("feedback", a_feedback(), context) == set()


def test_without_a_store_nothing_is_made_up() -> None:
    """Every id is taken for known then, and nothing can be read."""
    context = Context(today=TODAY, find=lambda record_type, record_id: Known("current"))
    named = a_collection(moment_id="apply", instrument_id="dos-ca-passports-web")
    assert codes("feedback", a_feedback(collections=[named]), context) == set()
    assert codes("provider", a_provider(reporting_starts=None), context) == set()


def problems(document: Document, context: Context, record_type: str = "feedback") -> list[Problem]:
    return list(check(INVENTORY[record_type], document, context).problems)


def test_an_overlap_names_both_collections() -> None:
    [problem] = problems(of_two(unit="A1"), a_context())
    assert (problem.pointer, problem.value) == ("/collections/1", "paper")
    assert "online and paper" in problem.message and "unit" in str(problem.expected)


def test_compares_many_collections_quickly() -> None:
    """Eight hundred offices, of which each but the first overlaps the collection that states no unit."""
    offices = [a_collection(collection_id=f"c{at}", unit=f"A{at}" if at else None) for at in range(800)]
    found = [
        problem
        for problem in problems(a_feedback(collections=offices), a_context())
        if problem.code == "collections-overlap"
    ]
    assert {problem.pointer for problem in found} == {f"/collections/{at}" for at in range(1, 800)}
