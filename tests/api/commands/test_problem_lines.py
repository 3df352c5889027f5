"""Problems as people read them: whole at any width, and no code behind another."""

import json
from pathlib import Path

from api.commands.problem_lines import lines, summary, varied
from inventory.problems import ERROR, WARNING, Problem
from tests.support.api.psi import Psi
from tests.support.builders import a_service


def problem(code: str, number: int, severity: str = "error") -> Problem:
    chosen = ERROR if severity == "error" else WARNING
    return Problem(code=code, severity=chosen, message=f"Message {number}", record=f"service/s-{number}")


def test_codes_take_turns_and_errors_come_first() -> None:
    given = [problem("late", 0, "warning"), *(problem("many", n) for n in range(3)), problem("few", 9)]
    told = [(found.code, found.record) for found in varied(given, 100)]
    assert told[:3] == [("many", "service/s-0"), ("few", "service/s-9"), ("many", "service/s-1")]
    assert told[-1] == ("late", "service/s-0") and len(told) == 5


def test_a_summary_counts_each_code_with_an_example() -> None:
    given = [problem("late", 0, "warning"), *(problem("many", n) for n in range(3)), problem("few", 9)]
    assert list(summary(given)) == [
        "       3 many (error), such as service/s-0: Message 0",
        "       1 few (error)",
        "       1 late (warning)",
    ]
    assert list(summary([problem("few", 1), problem("many", 2)])) == []


def test_a_code_may_be_an_error_here_and_a_warning_there() -> None:
    given = [problem("a", 0), problem("b", 1), problem("b", 2, "warning")]
    assert [line.split()[1] for line in summary(given)] == ["a", "b"]


def test_a_problem_says_what_where_and_what_should_be() -> None:
    found = Problem(
        code="unknown-code",
        severity=ERROR,
        message="No such code",
        sheet="services",
        row=3,
        field="channel",
        value="x\ny" + 300 * "z",
        expected="one of a, b",
        clause="280.4",
        record="service/s",
    )
    head, where, facts = lines(found)
    assert head == "error  unknown-code  service/s"
    assert where == "    services, row 3, channel: No such code (§280.4)"
    assert facts.startswith("    value: x yzz") and facts.endswith("z…; expected: one of a, b") and len(facts) < 250


def test_record_and_code_are_whole_on_a_narrow_terminal(psi: Psi, tmp_path: Path) -> None:
    psi.set(COLUMNS="40")
    name = "a-service-whose-name-is-longer-than-a-narrow-terminal-is-wide"
    services = [a_service(service_id=f"{name}-{n}", organization_id=f"unknown-{n}") for n in range(30)]
    services.append(a_service(service_id="lacking", channels=[]))
    (tmp_path / "in.json").write_text(json.dumps(services), "utf-8")
    told = psi("load", str(tmp_path / "in.json"), code=1)
    assert f"error  reference-unknown  service/{name}-0\n" in told
    assert "loaded: 31 read, 31 added, 0 changed, 0 unchanged, 0 absent, 0 rejected, 0 normalized\n" in told
    assert "error  channels-missing  service/lacking\n" in told
    assert "      31 reference-unknown (error), such as service/" in told
