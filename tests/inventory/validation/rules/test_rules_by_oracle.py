"""Every rule's predicate written again, over raw documents, and services with every kind of fault planted at once."""

import datetime
import json
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import msgspec
import pytest

from inventory.records import Organization, Service
from inventory.records.registry import INVENTORY, Document
from inventory.validation.check import check
from inventory.validation.rules import RULES, Context, Known
from inventory.validation.rules.rule import broken_rules
from inventory.validation.shape_problems import SHAPE_FAULTS
from tests.conftest import SAMPLE, TODAY
from tests.inventory.validation.test_check import SAMPLES, oracle_pointers
from tests.support.generated import documents

Told = set[tuple[str, str]]
DIGITAL = {"website", "mobile_app", "kiosk", "live_chat", "chatbot", "sms", "social_media", "other_digital"}
ORGANIZATIONS = {
    document["organization_id"]: document for document in json.loads((SAMPLE / "organizations.json").read_text("utf-8"))
} | {document["organization_id"]: document for document in documents(2_000) if "service_id" not in document}
STATES = {"a-proposed-one": "proposed"}
TAKEN = {"long-retired": ("retired", "treasury"), "another-s": ("draft", "another-organization")}


def find(record_type: str, record_id: str) -> Known | None:
    if record_type == "service" and record_id in TAKEN:
        return Known(*TAKEN[record_id])
    if record_type != "organization":
        return None
    if record_id in ORGANIZATIONS:
        return Known("current", record_id, ORGANIZATIONS[record_id].get("parent_id"))
    return Known(STATES[record_id], record_id) if record_id in STATES else None


CONTEXT = Context(today=TODAY, find=find)


def told(service: Document) -> Told:
    return {(problem.code, problem.pointer) for problem in check(INVENTORY["service"], service, CONTEXT).problems}


# The rules, again: what breaks each, and the raw fields whose faults leave it undecided.


def _needed(s: Document) -> Iterator[str]:
    yield from (f"/{name}" for name in ("responsible_unit", "description") if s.get(name) is None)


def _no_channel(s: Document) -> Iterator[str]:
    if not s.get("channels"):
        yield "/channels"


def _kinds(s: Document) -> list[Any]:
    return [channel["channel"] for channel in s.get("channels") or ()]


def _unexplained(s: Document) -> Iterator[str]:
    if _kinds(s) and not DIGITAL & set(_kinds(s)):
        given = s.get("not_digital") or {}
        yield from (f"/not_digital/{name}" for name in ("reason", "potential_ways") if given.get(name) is None)


def _contradicted(s: Document) -> Iterator[str]:
    if DIGITAL & set(_kinds(s)) and any(value is not None for value in (s.get("not_digital") or {}).values()):
        yield "/not_digital"


def _only_informs(s: Document) -> Iterator[str]:
    supports = [c.get("supports") for c in s.get("channels") or () if c["channel"] in DIGITAL]
    if supports and all(given == ["information"] for given in supports):
        yield "/channels"


def _only_digital(s: Document) -> Iterator[str]:
    if _kinds(s) and set(_kinds(s)) <= DIGITAL:
        yield "/channels"


def _overdue(s: Document) -> Iterator[str]:
    day = s.get("reviewed_on")
    if day is None or datetime.date.fromisoformat(day) < datetime.date(TODAY.year - 1, TODAY.month, TODAY.day):
        yield "/reviewed_on"


def _lacking(name: str) -> Callable[[Document], Iterator[str]]:
    def broken(s: Document) -> Iterator[str]:
        value = s.get(name)
        if not value or (isinstance(value, dict) and all(inner in (None, []) for inner in value.values())):
            yield f"/{name}"

    return broken


def _references(s: Document) -> Iterator[tuple[str, Any]]:
    yield "/organization_id", s.get("organization_id")
    for name in ("roles", "partners"):
        listed = s.get(name)
        for index, part in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(part, dict):
                yield f"/{name}/{index}/organization_id", part.get("organization_id")


def _nowhere(s: Document) -> Iterator[str]:
    for pointer, value in _references(s):
        if isinstance(value, str) and value not in ORGANIZATIONS:
            yield pointer


def _taken(s: Document) -> Iterator[str]:
    state, owner = TAKEN.get(str(s.get("service_id")), ("", s.get("organization_id")))
    if isinstance(s.get("organization_id"), str) and (state == "retired" or owner != s.get("organization_id")):
        yield "/service_id"


KINDS = ("channels", "channel")
BY_ITSELF: tuple[tuple[str, ...], ...] = ()
ORACLE: dict[str, tuple[Callable[[Document], Iterator[str]], tuple[tuple[str, ...], ...]]] = {
    "needed-to-publish": (_needed, BY_ITSELF),
    "channels-missing": (_no_channel, (("channels",),)),
    "not-digital-unexplained": (_unexplained, (KINDS, ("not_digital", "reason"), ("not_digital", "potential_ways"))),
    "not-digital-contradicted": (_contradicted, (KINDS, ("not_digital",))),
    "digital-information-only": (_only_informs, (KINDS, ("channels", "supports"))),
    "no-traditional-channel": (_only_digital, (KINDS,)),
    "review-overdue": (_overdue, (("reviewed_on",),)),
    "type-missing": (_lacking("service_type"), (("service_type",),)),
    "occasion-missing": (_lacking("occasion"), (("occasion",),)),
    "offering-missing": (_lacking("offering"), (("offering",),)),
    "roles-missing": (_lacking("roles"), (("roles",),)),
    "tools-missing": (_lacking("tools"), (("tools",),)),
    "reference-unknown": (_nowhere, BY_ITSELF),
    "id-taken": (_taken, (("service_id",), ("organization_id",))),
}


# The one rule for which it is enough that any channel is digital, and what stands for a channel that cannot be read.
IN_PART, NO_CHANNEL = "not-digital-contradicted", {"channel": "none"}


def expected(service: Document, faulty: set[str]) -> Told:
    """What the rules should tell of a service of which these pointers are at fault."""
    found: Told = set()
    for code, (broken, reads) in ORACLE.items():
        left, bearing = service, {at for at in faulty if any(_meet(_path(at), read) for read in reads)}
        of_channels = {int(at.split("/")[2]) for at in bearing if at.startswith("/channels/")}
        if code == IN_PART and of_channels:
            bearing = {at for at in bearing if not at.startswith("/channels/")}
            kept = [NO_CHANNEL if i in of_channels else one for i, one in enumerate(service["channels"])]
            left = {**service, "channels": kept}
        if not bearing:
            found |= {(code, pointer) for pointer in broken(left) if not any(at_or_above(at, pointer) for at in faulty)}
    return found


def at_or_above(one: str, other: str) -> bool:
    """Whether the first of two pointers leads to the second, or to what is around it."""
    return other == one or other.startswith(f"{one}/")


def _path(pointer: str) -> tuple[str, ...]:
    return tuple(token for token in pointer.split("/")[1:] if not token.isdecimal())


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


# Faults to plant: those of shape stand in test_checking too; here they meet the rules.

Plant = Callable[[Document, Random], object]


def _put(*path: str, value: Any) -> Plant:
    def plant(s: Document, chance: Random) -> None:
        at: Any = s
        for name in path[:-1]:
            at = at[int(name)] if name.isdigit() else at.setdefault(name, {})
        at[int(path[-1]) if path[-1].isdigit() else path[-1]] = value

    return plant


def _drop(name: str) -> Plant:
    return lambda s, chance: s.pop(name, None)


def _channels(*kinds: str, **more: Any) -> Plant:
    return lambda s, chance: s.update(channels=[{"channel": kind, **more} for kind in kinds])


TO_FIELDS: Mapping[str, list[Plant]] = {
    "service_id": [_put("service_id", value="long-retired"), _put("service_id", value="another-s")],
    "organization_id": [
        _put("organization_id", value="nowhere"),
        _put("organization_id", value="a-proposed-one"),
        _drop("organization_id"),
        _put("organization_id", value=7),
    ],
    "name": [_drop("name"), _put("name", value="x" * 301)],
    "description": [_drop("description"), _put("description", value="x" * 2001), _put("description", value=["a"])],
    "responsible_unit": [_drop("responsible_unit"), _put("responsible_unit", value="")],
    "channels": [
        _drop("channels"),
        _put("channels", value=[]),
        _put("channels", value="website"),
        _channels("phone", "fax"),
        _channels("website", "kiosk", supports=["information"]),
        _channels("website", url="nowhere"),
        _channels("postal_mail", note=""),
        _channels("carrier_pigeon", "website"),
        _channels("website", "phone", supports="all"),
        _put("channels", "0", value="website"),
    ],
    "not_digital": [
        _put("not_digital", value={"reason": "Ink."}),
        _put("not_digital", value={"potential_ways": "A form."}),
        _put("not_digital", value={"reason": "", "potential_ways": "A form."}),
        _put("not_digital", value="no"),
        _put("not_digital", "nonsense", value=1),
    ],
    "reviewed_on": [_drop("reviewed_on"), _put("reviewed_on", value="2025-11-22"), _put("reviewed_on", value="soon")],
    "service_type": [_drop("service_type"), _put("service_type", value="fun")],
    "occasion": [_drop("occasion"), _put("occasion", value={}), _put("occasion", "story", value="")],
    "offering": [_drop("offering"), _put("offering", value={"name": 1}), _put("offering", value=[])],
    "roles": [
        _drop("roles"),
        _put("roles", value=[{"role": "auditor", "organization_id": "nowhere"}, {"role": "wizard"}]),
        _put("roles", value=["auditor", {"role": "inspector", "organization_id": "a-proposed-one"}]),
    ],
    "tools": [_drop("tools"), _put("tools", value=[]), _put("tools", value=[{"tool": "hammer"}])],
    "partners": [_put("partners", value=[{"organization_id": "nowhere", "part": ""}, {"organization_id": "gone"}])],
    "nonsense": [_put("nonsense", value=1)],
}


def compare(count: int) -> dict[str, int]:
    """How often each code was told, over so many services with faults planted in up to eight fields."""
    chance, seen = Random(280), dict.fromkeys([*ORACLE, *SHAPE_FAULTS], 0)
    generated = [document for document in documents(2_000) if "service_id" in document]
    for _ in range(count):
        service = json.loads(json.dumps(chance.choice(generated if chance.random() < 0.5 else SAMPLES)))
        if len(service.get("channels", ())) < 2:
            service["channels"] = [{"channel": "phone"}, {"channel": "website"}]
        for field in chance.sample(list(TO_FIELDS), chance.randint(0, 8)):
            chance.choice(TO_FIELDS[field])(service, chance)
        found = told(service)
        faulty = oracle_pointers(service)
        assert {pointer for code, pointer in found if code in SHAPE_FAULTS} == faulty
        assert {pair for pair in found if pair[0] in ORACLE} == expected(service, faulty)
        for code, _pointer in found:
            seen[code] += 1
    return seen


def test_the_rules_tell_what_their_predicates_written_again_tell() -> None:
    compare(500)


@pytest.mark.slow
def test_they_do_so_over_ten_thousand_services() -> None:
    seen = compare(10_000)
    rare = {code for code, times in seen.items() if times < 50} - {"duplicate", "out-of-range"}
    assert rare == set()


def test_every_rule_of_a_service_is_written_again() -> None:
    # No code of a service has ended yet.
    of_services = {name for name, rule in RULES.items() if issubclass(Service, rule.of)}
    assert ORACLE.keys() == of_services - {"code-not-valid-then"}


def test_cycles_of_organizations_are_found_wherever_they_close() -> None:
    chance = Random(1)
    for _ in range(300):
        names = [f"o{number}" for number in range(6)]
        parents = {name: chance.choice([*names, None]) for name in names}
        known = {name: Known("current", name, parent) for name, parent in parents.items()}
        context = Context(today=TODAY, find=lambda record_type, record_id, known=known: known.get(record_id))
        for name in names:
            above, steps = parents[name], 0
            while above not in (None, name) and steps < len(names):
                above, steps = parents[str(above)], steps + 1
            document = {"organization_id": name, "name": name, "parent_id": parents[name]}
            found = {p.code for p in check(INVENTORY["organization"], document, context).problems}
            assert found == ({"reference-cycle"} if above == name else set())


OF_THESE = [rule for rule in RULES.values() if rule.reads and rule.of in (Service, Organization)]


@pytest.mark.parametrize("rule", OF_THESE, ids=lambda rule: rule.id)
def test_a_rule_looks_at_no_field_but_those_it_names(rule: Any) -> None:
    kind = next(kind for kind in INVENTORY.values() if issubclass(kind.struct, rule.of))
    given = SAMPLES + [document for document in documents(60) if "service_id" in document]
    given += [{"channels": [{"channel": "website", "supports": ["information"]}], "not_digital": {"reason": "Ink."}}]
    if kind.name == "organization":
        given = list(ORGANIZATIONS.values())[:200]
    keys = ("service_id", "organization_id", "name") if kind.name == "service" else ("organization_id", "name")
    paths = [tuple(path.split(".")) for path in rule.reads]
    for document in given:
        whole = {**dict.fromkeys(keys, "dos"), **document}
        rest = {**_kept(whole, paths), **{key: whole[key] for key in keys}}
        records = [msgspec.convert(part, kind.struct) for part in (whole, rest)]
        found = [[p for p in broken_rules(kind, record, CONTEXT) if p.code == rule.id] for record in records]
        assert found[0] == found[1]


def _kept(given: Any, paths: list[tuple[str, ...]]) -> Any:
    if () in paths or not isinstance(given, dict | list):
        return given
    if isinstance(given, list):
        return [_kept(item, paths) for item in given]
    inner = {name: [path[1:] for path in paths if path[0] == name] for name in {path[0] for path in paths}}
    return {name: _kept(given[name], inner[name]) for name in inner if name in given}
