"""Every rule of feedback written again, over raw documents, and quarters with every kind of fault planted at once.

What is generated is synthetic: no such quarter was ever reported.
"""

import datetime
import json
import math
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from random import Random
from statistics import fmean
from typing import Any

import msgspec
import pytest

from inventory.records import Feedback
from inventory.records.registry import INVENTORY, Document
from inventory.schema.fields import Part
from inventory.scores.statistics import half_interval
from inventory.validation.check import check
from inventory.validation.rules import (
    RULES,
    Context,
    Known,
    Rule,
    collections,
    counts,
    feedback,
    reporting_period,
    score_changes,
)
from inventory.validation.shape_problems import SHAPE_FAULTS
from tests.inventory.validation.rules.test_feedback_rules import BREAKING, NEAR
from tests.inventory.validation.rules.test_rules_by_oracle import _meet, _path, at_or_above

SIZES = {"likert_5": 5, "stars_5": 5, "thumbs_2": 2, "tick": 2, "tick_positive": 2, "likert_4": 4, "nps_11": 11}
LOWEST = {"likert_5": 1, "stars_5": 1, "thumbs_2": 0, "tick": 0, "tick_positive": 0, "likert_4": 1, "nps_11": 0}
DRIVERS = ("effectiveness", "ease", "efficiency", "transparency", "employee")
ASKED_FOR = ("satisfaction", "trust", *DRIVERS)
ENDS = {1: "12-31", 2: "03-31", 3: "06-30", 4: "09-30"}
BEGINS = {1: "10-01", 2: "01-01", 3: "04-01", 4: "07-01"}
# The last business day of the month after the quarter, from a printed calendar; January 28, 2022 is the circular's own.
DUE = {
    (2021, 1): "2021-01-29",
    (2022, 1): "2022-01-28",
    (2025, 4): "2025-10-31",
    (2026, 1): "2026-01-30",
    (2026, 2): "2026-04-30",
}
MOMENTS = ("apply", "collect")
INSTRUMENTS = {
    "own": {"provider_id": "dos-ca", "service_id": "passports"},
    "sibling": {"provider_id": "dos-ca", "service_id": "visas"},
    "foreign": {"provider_id": "irs", "service_id": "passports"},
}

World = dict[str, Any]
Told = set[tuple[str, str, str]]


def a_world(chance: Random, quarter: Document) -> World:
    """What is known besides a quarter: drawn anew for each."""
    return {
        "today": chance.choice(["2022-02-01", "2025-12-31", "2026-01-01", "2026-01-30", "2026-01-31", "2026-05-01"]),
        "action": chance.choice(["", "submit", "publish"]),
        "designation": chance.choice(["current"] * 6 + ["proposed", "ended", None]),
        "paper": chance.choice([{}, {}, {}, {"first_quarter": 2}, {"ended_after": 1}, {"ended_after": 3}, None]),
        "override": chance.choice([None, None, None, "2026-01-15", "2026-06-30"]),
        "override_state": chance.choice(["current", "ended"]),
        "service": chance.choice([("published", "published")] * 3 + [("draft", None), ("withdrawn", None), None]),
        "moments": chance.choice([MOMENTS, (), None]),
        "public": chance.random() < 0.15,
        "submitted": chance.choice([None, None, "2026-01-20", "2026-02-20"]),
        "published": chance.choice([None, None, None, "2026-03-01"]),
        "earlier": chance.choice([None, quarter, a_quarter(chance), a_quarter(chance)]),
    }


def context_of(world: World, quarter: Document) -> Context:
    """The rules' view of a world."""

    def find(record_type: str, record_id: str) -> Known | None:
        assert record_type != "due_date" or record_id == _period(quarter)
        return _known(world, record_type)

    def read(record_type: str, record_id: str) -> Document | None:
        document: Document | None = {
            "designation": world["paper"],
            "due_date": {"due_on": world["override"]} if world["override"] else None,
            "service": None if world["moments"] is None else {"moments": [{"moment_id": m} for m in world["moments"]]},
            "instrument": INSTRUMENTS.get(record_id),
            "feedback": world["earlier"],
        }[record_type]
        assert record_type != "feedback" or record_id == f"dos-ca/passports/{_period(quarter, back=1)}"
        return document

    def first_act(record_type: str, record_id: str, action: str) -> datetime.date | None:
        assert record_id == f"dos-ca/passports/{_period(quarter)}"
        day = {"submit": world["submitted"], "publish": world["published"]}[action]
        return datetime.date.fromisoformat(day) if day else None

    today = datetime.date.fromisoformat(world["today"])
    return Context(today=today, find=find, read=read, first_act=first_act, action=world["action"])


def _known(world: World, record_type: str) -> Known | None:
    service = world["service"]
    return {
        "designation": Known(world["designation"], "dos-ca") if world["designation"] else None,
        "due_date": Known(world["override_state"]) if world["override"] else None,
        "service": Known(service[0], "dos-ca", None, service[1]) if service else None,
        "feedback": Known("draft", "dos-ca", None, "published") if world["public"] else None,
    }.get(record_type, Known("current", "dos-ca"))


def _period(quarter: Document, back: int = 0) -> str:
    """The name of a quarter, or of the one before it."""
    number = quarter["fiscal_year"] * 4 + quarter["quarter"] - 1 - back
    return f"{number // 4}-Q{number % 4 + 1}"


# Quarters that are sound, but for chance.


def some_counts(chance: Random, size: int, most: int) -> list[int]:
    weights = [chance.random() ** 3 for _ in range(size)]
    return [int(weight / sum(weights) * most) for weight in weights]


def a_question(chance: Random, measure: str, respondents: int) -> Document:
    scale = chance.choice(["likert_5"] * 4 + [*SIZES])
    if measure in ("satisfaction", "trust"):
        scale = chance.choice(["likert_5", "stars_5", "thumbs_2"])
    answers: list[int] = some_counts(chance, SIZES[scale], respondents)
    question: Document = {"measure": measure, "scale": scale, "question": 1, "counts": answers}
    if chance.random() < 0.2 and any(answers):
        exact = Fraction(sum((LOWEST[scale] + i) * n for i, n in enumerate(answers)), sum(answers))
        question["reported_mean"] = f"{float(exact):.{chance.randint(1, 3)}f}"
        if chance.random() < 0.3:
            del question["counts"]
    return question


def a_split(chance: Random, questions: list[Document]) -> None:
    """Tell one driver by a score of the same collection, as some of its answers."""
    whole = [q for q in questions if "counts" in q]
    scores = [q for q in whole if q["measure"] in ("satisfaction", "trust")]
    if not scores or not whole:
        return
    score, told = chance.choice(scores), chance.choice(whole)
    left, rows = list(told["counts"]), []
    for place, gave in enumerate(score["counts"]):
        part = some_counts(chance, len(left), min(gave, chance.randint(0, 12)))
        part = [min(one, other) for one, other in zip(part, left, strict=True)]
        left = [one - other for one, other in zip(left, part, strict=True)]
        point = LOWEST[score["scale"]] + place
        rows.append({"overall": score["measure"], "point": point, "counts": part})
    told["by_score"] = rows


def a_gathering(chance: Random, name: str, year: int, number: int) -> Document:
    respondents = chance.choice([29, 30, 200, 200, 5000])
    asked = [m for m in ASKED_FOR if chance.random() < 0.9]
    questions = [a_question(chance, measure, respondents) for measure in asked]
    if chance.random() < 0.4:
        a_split(chance, questions)
    day = year - (number == 1)
    gathering = {
        "collection_id": name,
        "measurement_point": chance.choice(["transaction", "journey", "relationship"]),
        "channel": chance.choice(["website", "phone"]),
        "collected_from": f"{day}-{BEGINS[number]}",
        "collected_to": f"{day}-{ENDS[number]}",
        "respondents": respondents,
        "offered": chance.choice([respondents, respondents * 3, None]),
        "offered_basis": chance.choice(["invited", "always_available", "unknown", None]),
        "customers_at_point": chance.choice([respondents * 3, respondents * 9, None]),
        "moment_id": chance.choice([None, None, "apply", "renew"]),
        "instrument_id": chance.choice([None, None, "own", "sibling", "foreign", "unread"]),
        "measures": questions,
    }
    return {name: value for name, value in gathering.items() if value is not None}


def a_quarter(chance: Random) -> Document:
    year, number = chance.choice([*DUE, (2026, 1), (2026, 1)])
    names = [f"c{place}" for place in range(chance.randint(1, 4))]
    quarter: Document = {
        "provider_id": "dos-ca",
        "service_id": "passports",
        "fiscal_year": year,
        "quarter": number,
        "customers": 12_000,
        "collections": [a_gathering(chance, name, year, number) for name in names],
        "indicators": [{"name": "Wait", "value": "932", "unit": "seconds"}],
    }
    if chance.random() < 0.2:
        quarter["origin"] = "historical"
    return quarter


# Faults, planted into a quarter: some of shape, most of sense.


def a_measure_of(quarter: Document, chance: Random) -> Document | None:
    found = [m for c in _collections(quarter) for m in _measures(c)]
    return chance.choice(found) if found else None


def in_measure(**changes: Any) -> Callable[[Document, Random], None]:
    def plant(quarter: Document, chance: Random) -> None:
        measure = a_measure_of(quarter, chance)
        if measure is not None:
            measure.update(changes)

    return plant


def in_collection(**changes: Any) -> Callable[[Document, Random], None]:
    def plant(quarter: Document, chance: Random) -> None:
        found = _collections(quarter)
        if found:
            chance.choice(found).update(changes)

    return plant


def at_top(**changes: Any) -> Callable[[Document, Random], None]:
    return lambda quarter, chance: quarter.update(changes)


def zeros(quarter: Document, chance: Random) -> None:
    measure = a_measure_of(quarter, chance)
    if measure is not None and isinstance(measure.get("counts"), list):
        measure["counts"] = [0] * len(measure["counts"])
        measure.update(chance.choice([{}, {"asked": True}, {"asked": False}]))


def dropped(quarter: Document, chance: Random) -> None:
    measure = a_measure_of(quarter, chance)
    if measure is not None:
        measure.pop(chance.choice(["counts", "reported_mean", "by_score"]), None)


def twice(quarter: Document, chance: Random) -> None:
    if _collections(quarter):
        again = json.loads(json.dumps(chance.choice(quarter["collections"])))
        quarter["collections"].append(again | {"collection_id": "again"})


def bent_rows(quarter: Document, chance: Random) -> None:
    rows = [r for c in _collections(quarter) for m in _measures(c) for r in m.get("by_score", ()) if r.get("counts")]
    if rows:
        row = chance.choice(rows)
        bent = {**row, "counts": [n + chance.choice([0, 30]) for n in row["counts"]]}
        row.update(
            chance.choice([bent, {"counts": row["counts"][1:]}, {"overall": "ease"}, {"point": 10}, {"counts": []}])
        )


def a_note(quarter: Document, chance: Random) -> None:
    measure = a_measure_of(quarter, chance)
    if measure is not None:
        measure["note"] = "A new form."


def asked_twice(quarter: Document, chance: Random) -> None:
    found = [c["measures"] for c in _collections(quarter) if _measures(c)]
    if found:
        questions = chance.choice(found)
        questions.append(json.loads(json.dumps(chance.choice(questions))))


def misread_row(quarter: Document, chance: Random) -> None:
    rows = [r for c in _collections(quarter) for m in _measures(c) for r in m.get("by_score", ())]
    if rows:
        chance.choice(rows).update(chance.choice([{"point": 99}, {"counts": ["few"]}, {"nonsense": 1}]))


PLANTS: list[Callable[[Document, Random], None]] = [
    zeros,
    zeros,
    dropped,
    twice,
    bent_rows,
    bent_rows,
    a_note,
    in_measure(asked=False),
    in_measure(asked=True),
    in_measure(withheld=True),
    in_measure(counts=[1, 2, 3]),
    in_measure(counts=[9000] * 5),
    in_measure(reported_mean="4.9"),
    in_measure(reported_mean="0.5"),
    in_measure(reported_mean="7"),
    in_measure(scale="nps_11"),
    in_measure(scale="tick"),
    in_measure(measure="humanity"),
    in_collection(respondents=3),
    in_collection(respondents=29),
    in_collection(offered=100_000),
    in_collection(offered=1, offered_basis="invited"),
    in_collection(customers_at_point=1),
    in_collection(withheld=True),
    in_collection(collected_from="2024-09-30"),
    in_collection(collected_to="2026-07-01"),
    in_collection(collected_from="2026-01-20", collected_to="2026-01-19"),
    in_collection(moment_id="nowhere"),
    in_collection(measures=[]),
    at_top(collections=[]),
    at_top(not_reported={"reason": "No staff."}),
    at_top(not_measured=[{"measure": "ease", "reason": "omb_agreed"}, {"measure": "trust", "reason": "omb_agreed"}]),
    at_top(not_measured=[{"measure": name, "reason": "source_silent"} for name in sorted(DRIVERS)]),
    at_top(gaps=[{"reason": "Broken.", "moment_id": "collect"}, {"reason": "Broken.", "moment_id": "nowhere"}]),
    at_top(indicators=[{"name": "a", "value": "101", "unit": "percent", "target": "-0.5"}]),
    at_top(indicators=[{"name": "a", "value": "-2", "unit": "dollars"}, {"name": "b", "value": "-2", "unit": "days"}]),
    at_top(customers=2),
]
MISSHAPEN: list[Callable[[Document, Random], None]] = [
    in_measure(counts=["many"]),
    in_measure(counts="many"),
    in_measure(scale="likert_6"),
    in_measure(measure="joy"),
    in_measure(asked="yes"),
    in_measure(reported_mean="high"),
    in_measure(withheld="perhaps"),
    in_measure(statement=7),
    asked_twice,
    misread_row,
    in_collection(collected_from="soon"),
    in_collection(channel="pigeon"),
    in_collection(withheld="perhaps"),
    in_collection(instrument_id="Not A Slug"),
    in_collection(offered="all"),
    in_collection(customers_at_point="all"),
    in_collection(respondents=-1),
    in_collection(offered_basis="guessed"),
    in_collection(moment_id="Not A Slug"),
    in_collection(measures="none"),
    at_top(quarter=5),
    at_top(fiscal_year="2026"),
    at_top(customers=1.5),
    at_top(origin="rumored"),
    at_top(not_measured=[{"measure": "joy", "reason": "omb_agreed"}]),
    at_top(not_measured=[{"measure": name, "reason": "omb_agreed"} for name in ("ease", "joy", "trust")]),
    at_top(gaps=[{"reason": "Broken.", "moment_id": "Not A Slug"}, {"reason": "Broken.", "moment_id": "nowhere"}]),
    at_top(indicators=[{"name": "a", "value": "long", "unit": "percent"}]),
    at_top(indicators=[{"name": "a", "value": "long", "unit": "days"}, {"name": "b", "value": "-2", "unit": "days"}]),
    at_top(collections="none"),
]


def _collections(quarter: Document) -> list[Document]:
    found = quarter.get("collections")
    return found if isinstance(found, list) else []


def _measures(collection: Document) -> list[Document]:
    found = collection.get("measures")
    return found if isinstance(found, list) else []


# The rules, again. Each yields a pointer and, where it is not the rule's own, a severity.

Found = Iterator[tuple[str, str | None]]


def _questions(q: Document) -> Iterator[tuple[str, Document, Document]]:
    for i, collection in enumerate(q.get("collections") or []):
        for j, measure in enumerate(collection.get("measures") or []):
            yield f"/collections/{i}/measures/{j}", collection, measure


def _given(m: Document) -> bool:
    return m.get("asked") in (None, True) and (m.get("counts") not in (None, []) or "reported_mean" in m)


def _no_collections(q: Document, w: World) -> Found:
    if not q.get("collections") and not q.get("not_reported"):
        yield "/collections", None


def _both_reported_and_not(q: Document, w: World) -> Found:
    if q.get("collections") and q.get("not_reported"):
        yield "/not_reported", None


def _lacking(q: Document, w: World) -> Found:
    have = {m["measure"] for _, _, m in _questions(q) if _given(m) or m.get("withheld")}
    have |= {item["measure"] for item in q.get("not_measured", [])}
    if q.get("collections") and not q.get("not_reported") and not set(ASKED_FOR) <= have:
        yield "/collections", None


def _measured_after_all(q: Document, w: World) -> Found:
    for i, item in enumerate(q.get("not_measured", [])):
        if any(m["measure"] == item["measure"] and _given(m) for _, _, m in _questions(q)):
            yield f"/not_measured/{i}/measure", None


def _withheld(q: Document, w: World) -> Found:
    for i, collection in enumerate(q.get("collections", [])):
        if collection.get("withheld"):
            yield f"/collections/{i}/withheld", None
    yield from ((f"{pointer}/withheld", None) for pointer, _, m in _questions(q) if m.get("withheld"))


def _service_hidden(q: Document, w: World) -> Found:
    if w["service"] in (("draft", None), ("withdrawn", None)):
        yield "/service_id", None if w["action"] == "publish" else "warning"


def _unknown_moments(q: Document, w: World) -> Found:
    if w["moments"] is not None:
        for name in ("collections", "gaps"):
            for i, item in enumerate(q.get(name, [])):
                if item.get("moment_id") not in (None, *w["moments"]):
                    yield f"/{name}/{i}/moment_id", None


def _surveys(q: Document, w: World) -> Found:
    for i, collection in enumerate(q.get("collections", [])):
        if collection.get("instrument_id") in ("sibling", "foreign"):
            yield f"/collections/{i}/instrument_id", "warning" if collection["instrument_id"] == "sibling" else None


def _few(q: Document, w: World) -> Found:
    for i, collection in enumerate(q.get("collections", [])):
        if collection.get("respondents", 30) < 30:
            yield f"/collections/{i}/respondents", None


def _alike(q: Document, w: World) -> Found:
    told = [
        (c.get("respondents", 0), [m.get("counts", []) for m in c.get("measures", [])])
        for c in q.get("collections", [])
    ]
    for i, (respondents, answers) in enumerate(told):
        if respondents >= 30 and any(answers) and (respondents, answers) in told[:i]:
            yield f"/collections/{i}", None


def _overlaps(q: Document, w: World) -> Found:
    given = q.get("collections", [])
    for i, mine in enumerate(given):
        for other in given[:i]:
            both = [{m["measure"] for m in c.get("measures", []) if m.get("asked") is not False} for c in (mine, other)]
            stated = [
                (mine.get(name), other.get(name)) for name in ("moment_id", "transaction_point", "channel", "unit")
            ]
            stated.append(tuple(c.get("instrument_id") or c.get("survey_title") for c in (mine, other)))
            if both[0] & both[1] and not any(a and b and a != b for a, b in stated):
                yield f"/collections/{i}", None
                break


def _odd_indicators(q: Document, w: World) -> Found:
    for i, indicator in enumerate(q.get("indicators", [])):
        for name in ("value", "target"):
            number, unit = float(indicator.get(name, 1)), indicator["unit"]
            if (unit == "percent" and (number < 0 or number > 100)) or (unit in ("days", "seconds") and number < 0):
                yield f"/indicators/{i}/{name}", None


def _misfit(q: Document, w: World) -> Found:
    for pointer, collection, m in _questions(q):
        answers = m.get("counts", [])
        if answers and len(answers) != SIZES[m["scale"]]:
            yield f"{pointer}/counts", None
        if not answers and "reported_mean" not in m and m.get("asked") is not False and not m.get("withheld"):
            yield f"{pointer}/counts", "warning" if q.get("origin") == "historical" else None
        yield from ((f"{pointer}/by_score{rest}", None) for rest in _misfit_rows(collection, m))


def _misfit_rows(collection: Document, m: Document) -> Iterator[str]:
    sound = []
    for i, row in enumerate(m.get("by_score", [])):
        scores = [s for s in collection["measures"] if s["measure"] == row["overall"] and s.get("counts")]
        points = {LOWEST[s["scale"]] + k for s in scores for k in range(SIZES[s["scale"]])}
        gave = sum(dict(enumerate(s["counts"], LOWEST[s["scale"]])).get(row["point"], 0) for s in scores)
        if row["overall"] not in ("satisfaction", "trust"):
            yield f"/{i}/overall"
        elif len(row.get("counts", [])) != SIZES[m["scale"]]:
            yield f"/{i}/counts"
        else:
            sound.append(row)
            if NO_MEASURE in collection["measures"]:
                continue  # it may have been the score
            if scores and row["point"] not in points:
                yield f"/{i}/point"
            elif scores and sum(row["counts"]) > gave:
                yield f"/{i}/counts"
    if len(m.get("counts", [])) == SIZES[m["scale"]]:
        for overall in {row["overall"] for row in sound}:
            mine = [row["counts"] for row in sound if row["overall"] == overall]
            if any(sum(row[k] for row in mine) > most for k, most in enumerate(m["counts"])):
                yield ""


def _unsaid_zeros(q: Document, w: World) -> Found:
    for pointer, _, m in _questions(q):
        if set(m.get("counts", [])) == {0} and "asked" not in m:
            yield f"{pointer}/counts", None


def _unasked_answers(q: Document, w: World) -> Found:
    for pointer, _, m in _questions(q):
        if m.get("asked") is False and (m.get("counts") or m.get("by_score") or "reported_mean" in m):
            yield f"{pointer}/asked", None


def _too_many_answers(q: Document, w: World) -> Found:
    for pointer, collection, m in _questions(q):
        if sum(m.get("counts", [])) > collection.get("respondents", math.inf):
            yield f"{pointer}/counts", None


def _too_many_respondents(q: Document, w: World) -> Found:
    for i, c in enumerate(q.get("collections", [])):
        if c.get("respondents", 0) > c.get("offered", math.inf):
            yield f"/collections/{i}/respondents", None if c.get("offered_basis") == "invited" else "warning"


def _too_many_offered(q: Document, w: World) -> Found:
    for i, c in enumerate(q.get("collections", [])):
        if c.get("offered", 0) > c.get("customers_at_point", q.get("customers", math.inf)):
            yield f"/collections/{i}/offered", None


def _wrong_means(q: Document, w: World) -> Found:
    for pointer, _, m in _questions(q):
        if "reported_mean" not in m:
            continue
        mean, low, answers = Fraction(m["reported_mean"]), LOWEST[m["scale"]], m.get("counts", [])
        places = len(m["reported_mean"].partition(".")[2]) or 1
        wrong = not low <= mean <= low + SIZES[m["scale"]] - 1
        if not wrong and len(answers) == SIZES[m["scale"]]:
            exact = Fraction(sum((low + k) * n for k, n in enumerate(answers)), sum(answers)) if any(answers) else 99
            wrong = abs(exact - mean) > Fraction(1, 2 * 10**places)
        if wrong:
            yield f"{pointer}/reported_mean", None


def _pools(q: Document) -> dict[tuple[str, str], list[int]]:
    """Every single answer by measure and scale."""
    pools: dict[tuple[str, str], list[int]] = {}
    for _, _, m in _questions(q):
        answers, scale = m.get("counts", []), m["scale"]
        fits = len(answers) == SIZES[scale] and "tick" not in scale
        for k, n in enumerate(answers if fits and m.get("asked") is not False else []):
            pools.setdefault((m["measure"], scale), []).extend([LOWEST[scale] + k] * n)
    return {key: answers for key, answers in pools.items() if answers}


def _half(answers: list[int], scale: str) -> float | None:
    points = range(LOWEST[scale], LOWEST[scale] + SIZES[scale])
    return half_interval([answers.count(point) for point in points], LOWEST[scale])


def _moves(q: Document, w: World) -> Found:
    now, then = _pools(q), _pools(w["earlier"] or {})
    for key in now.keys() & then.keys():
        counted = [
            (pointer, m)
            for pointer, _, m in _questions(q)
            if (m["measure"], m["scale"]) == key and _pools({"collections": [{"measures": [m]}]})
        ]
        halves = _half(now[key], key[1]), _half(then[key], key[1])
        change = abs(fmean(now[key]) - fmean(then[key]))
        if halves[0] is None or halves[1] is None or any("note" in m for _, m in counted):
            continue
        if change > math.sqrt(halves[0] ** 2 + halves[1] ** 2) and change > 0.1 * (SIZES[key[1]] - 1) + 1e-9:
            yield f"{counted[0][0]}/counts", None


def _undesignated(q: Document, w: World) -> Found:
    paper = w["paper"] or {}
    stands = w["designation"] == "current" or (w["designation"] == "ended" and "ended_after" in paper)
    covered = paper.get("first_quarter", 1) <= q["quarter"] <= paper.get("ended_after", 4)
    if q["fiscal_year"] >= 2022 and not (stands and covered):
        yield "/service_id", None


def _calendar_quarter(q: Document) -> tuple[str, str]:
    year = q["fiscal_year"] - (q["quarter"] == 1)
    return f"{year}-{BEGINS[q['quarter']]}", f"{year}-{ENDS[q['quarter']]}"


def _outside(q: Document, w: World) -> Found:
    first, last = _calendar_quarter(q)
    for i, c in enumerate(q.get("collections", [])):
        for name in ("collected_from", "collected_to"):
            if name in c and (c[name] < first or c[name] > last):
                yield f"/collections/{i}/{name}", None if c.get("measurement_point") == "transaction" else "warning"


def _reversed(q: Document, w: World) -> Found:
    for i, c in enumerate(q.get("collections", [])):
        if c.get("collected_from", "") > c.get("collected_to", "9"):
            yield f"/collections/{i}/collected_to", None


def _open(q: Document, w: World) -> Found:
    if w["today"] <= _calendar_quarter(q)[1]:
        yield "/quarter", None


def _late(q: Document, w: World) -> Found:
    due = DUE[q["fiscal_year"], q["quarter"]]
    if w["override"] and w["override_state"] == "current":
        due = w["override"]
    known = w["paper"] is not None and q.get("origin") != "historical" and q["fiscal_year"] >= 2022
    seen = w["public"] or w["published"]
    over = w["today"] > _calendar_quarter(q)[1] and w["today"] > due
    if known and not seen and over and (w["submitted"] or w["today"]) > due:
        yield "/quarter", None


ORACLE: dict[str, tuple[str, Callable[[Document, World], Found]]] = {
    "collections-missing": ("error", _no_collections),
    "not-reported-contradicted": ("error", _both_reported_and_not),
    "measure-missing": ("error", _lacking),
    "not-measured-contradicted": ("error", _measured_after_all),
    "withheld-not-given": ("error", _withheld),
    "service-not-public": ("error", _service_hidden),
    "moment-unknown": ("warning", _unknown_moments),
    "instrument-elsewhere": ("error", _surveys),
    "few-respondents": ("warning", _few),
    "collection-repeated": ("warning", _alike),
    "collections-overlap": ("error", _overlaps),
    "indicator-implausible": ("warning", _odd_indicators),
    "counts-shape": ("error", _misfit),
    "not-asked-as-zero": ("error", _unsaid_zeros),
    "not-asked-contradicted": ("error", _unasked_answers),
    "counts-exceed-respondents": ("error", _too_many_answers),
    "respondents-exceed-offered": ("error", _too_many_respondents),
    "offered-exceed-customers": ("warning", _too_many_offered),
    "mean-contradicts-counts": ("error", _wrong_means),
    "shifted": ("warning", _moves),
    "not-designated": ("error", _undesignated),
    "outside-quarter": ("error", _outside),
    "dates-reversed": ("error", _reversed),
    "quarter-open": ("error", _open),
    "late": ("warning", _late),
}
KEPT = ("counts-shape", "service-not-public")


# Where rules judge item by item, and what stands in the oracle for an item of which they cannot judge: no rule that
# judges so has anything to say of these.
MEASURE, COLLECTION = r"/collections/\d+/measures/\d+", r"/collections/\d+"
NOT_MEASURED, GAP, INDICATOR = r"/not_measured/\d+", r"/gaps/\d+", r"/indicators/\d+"
NO_MEASURE: Document = {"measure": "none", "scale": "likert_5", "asked": False}
NOTHING: dict[str, Document] = {
    MEASURE: NO_MEASURE,
    COLLECTION: {},
    NOT_MEASURED: {"measure": "no other"},
    GAP: {},
    INDICATOR: {"unit": "none"},
}
ITEMS: dict[str, tuple[str, ...]] = {
    "not-measured-contradicted": (MEASURE, COLLECTION, NOT_MEASURED),
    "withheld-not-given": (MEASURE, COLLECTION),
    "moment-unknown": (COLLECTION, GAP),
    "instrument-elsewhere": (COLLECTION,),
    "few-respondents": (COLLECTION,),
    "collection-repeated": (COLLECTION,),
    "collections-overlap": (MEASURE, COLLECTION),
    "indicator-implausible": (INDICATOR,),
    "counts-shape": (MEASURE, COLLECTION),
    "not-asked-as-zero": (MEASURE, COLLECTION),
    "not-asked-contradicted": (MEASURE, COLLECTION),
    "counts-exceed-respondents": (MEASURE, COLLECTION),
    "respondents-exceed-offered": (COLLECTION,),
    "offered-exceed-customers": (COLLECTION,),
    "mean-contradicts-counts": (MEASURE, COLLECTION),
    "outside-quarter": (COLLECTION,),
    "dates-reversed": (COLLECTION,),
}


def judged(quarter: Document, code: str, bearing: set[str]) -> Document | None:
    """The quarter with nothing where a rule cannot judge; None where it cannot judge at all."""
    left = json.loads(json.dumps(quarter)) if bearing else quarter
    for at in bearing:
        kind = next((kind for kind in ITEMS.get(code, ()) if re.match(kind, at)), None)
        if kind is None:
            return None
        *way, last = re.findall(kind, at)[0].split("/")[1:]
        around: Any = left
        for token in way:
            around = around[int(token)] if isinstance(around, list) else around.get(token, [])
        if around:  # else nothing stands there for all of it already
            around[int(last)] = NOTHING[kind]
    return left


def expected(quarter: Document, world: World, faulty: set[str]) -> Told:
    """What the rules should tell of a quarter of which these pointers are at fault."""
    found = set()
    historical = quarter.get("origin") == "historical"
    years = quarter.get("fiscal_year")
    since = isinstance(years, int) and years < 2022
    for code, (severity, broken) in ORACLE.items():
        reads = [tuple(name.split(".")) for name in RULES[code].reads]
        bearing = {pointer for pointer in faulty if any(_meet(_path(pointer), read) for read in reads)}
        left = judged(quarter, code, bearing)
        if left is None:
            continue
        if since and code in ("measure-missing", "not-designated", "late"):
            continue
        for pointer, milder in broken(left, world):
            if not any(at_or_above(at, pointer) for at in faulty):
                own = "warning" if historical and code not in KEPT else severity
                found.add((code, pointer, "warning" if "warning" in (own, milder) else "error"))
    return found


def in_order(quarter: Document) -> Document:
    """The quarter with its lists as they are kept; planted faults may have put them out of order."""
    for collection in _collections(quarter):
        if isinstance(collection.get("measures"), list):
            collection["measures"].sort(key=lambda m: (m["measure"], m["scale"], m["question"]))
            for measure in collection["measures"]:
                measure.get("by_score", []).sort(key=lambda row: (row["overall"], row["point"]))
    _collections(quarter).sort(key=lambda c: c["collection_id"])
    return quarter


def compare(count: int) -> dict[str, int]:
    """How often each code was told, over so many quarters with up to six faults in each."""
    chance, seen = Random(280), dict.fromkeys(ORACLE, 0)
    for _ in range(count):
        quarter = a_quarter(chance)
        plants = chance.sample(PLANTS, chance.randint(0, 6))
        if chance.random() < 0.3:
            plants += chance.sample(MISSHAPEN, chance.randint(1, 3))
        for plant in plants:
            plant(quarter, chance)
        quarter = in_order(quarter)
        world = a_world(chance, quarter)
        if world["earlier"] is not None and check(INVENTORY["feedback"], world["earlier"]).problems:
            world["earlier"] = None  # what is kept has its shape
        world["earlier"] = world["earlier"] and json.loads(json.dumps(world["earlier"]))
        problems = check(INVENTORY["feedback"], quarter, context_of(world, quarter)).problems
        faulty = {problem.pointer for problem in problems if problem.code in SHAPE_FAULTS}
        found = {(p.code, p.pointer, str(p.severity)) for p in problems if p.code in ORACLE}
        assert found == expected(quarter, world, faulty), (quarter, world)
        for code, _, _ in found:
            seen[code] += 1
    return seen


def test_the_rules_of_feedback_tell_what_their_predicates_written_again_tell() -> None:
    compare(400)


@pytest.mark.slow
def test_they_do_so_over_five_thousand_quarters() -> None:
    seen = compare(5_000)
    assert {code for code, times in seen.items() if times < 30} == set()


MINE = {
    name: rule
    for name, rule in RULES.items()
    if rule.of is Feedback
    and rule.predicate.__module__
    in {module.__name__ for module in (collections, counts, feedback, reporting_period, score_changes)}
}


def test_every_rule_of_these_modules_is_written_again() -> None:
    assert ORACLE.keys() == MINE.keys()


class Watched:
    """A record that remembers which of its fields were looked at, and which of its lists."""

    def __init__(self, record: Part, seen: set[str], listed: set[str], path: str = "") -> None:
        self._record, self._seen, self._listed, self._at = record, seen, listed, path

    def __getattr__(self, name: str) -> Any:
        value, path = getattr(self._record, name), f"{self._at}{name}"
        if isinstance(value, Part):
            return Watched(value, self._seen, self._listed, f"{path}.")
        if isinstance(value, tuple):
            self._listed.add(path)
            if value and isinstance(value[0], Part):
                return tuple(Watched(item, self._seen, self._listed, f"{path}.") for item in value)
        if value != ():
            self._seen.add(path)
        return value


def _lies_in(path: str, read: str) -> bool:
    return path == read or path.startswith(f"{read}.")


@pytest.mark.parametrize("rule", MINE.values(), ids=lambda rule: rule.id)
def test_a_rule_looks_at_the_fields_that_it_names_and_at_no_others(rule: Rule) -> None:
    seen: set[str] = set()
    listed: set[str] = set()
    kind = INVENTORY["feedback" if rule.of is Feedback else "provider"]
    for document, context in _examples(kind.name):
        list(rule.predicate(Watched(msgspec.convert(document, kind.struct), seen, listed), context))
    assert {path for path in seen if not any(_lies_in(path, read) for read in rule.reads)} == set()
    idle = {read for read in rule.reads if not any(_lies_in(path, read) for path in seen | listed)}
    assert idle <= {"collections.collection_id"}  # whether there are collections is no field of one


def _examples(record_type: str) -> Iterator[tuple[Document, Context]]:
    yield from ((document, context) for _, name, document, context in (*BREAKING, *NEAR) if name == record_type)
    chance = Random(15)
    for _ in range(200 if record_type == "feedback" else 0):
        quarter = a_quarter(chance)
        for plant in chance.sample(PLANTS, 3):
            plant(quarter, chance)
        yield quarter, context_of(a_world(chance, quarter), quarter)
