"""Problems told to people, in lines that say record and code whole however narrow the terminal."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from inventory.problems import Problem

LONGEST_VALUE = 200  # characters; the file holds the whole


def summary(problems: Collection[Problem]) -> Iterator[str]:
    """A line a code: how many there are, and of several an example. Nothing where no code occurs twice.

    What there is one of is told below: the first of every code comes before the second of any.
    """
    counts = Counter(problem.code for problem in problems)
    if len(counts) == len(problems):
        return
    examples: dict[str, Problem] = {}
    for problem in varied(problems, 1):
        examples.setdefault(problem.code, problem)
    for problem in examples.values():
        example = ": ".join(part for part in (problem.record, problem.message) if part)
        count = counts[problem.code]
        yield f"{count:>8,} {problem.code} ({problem.severity})" + (f", such as {example}" if count > 1 else "")


def varied(problems: Iterable[Problem], most: int) -> list[Problem]:
    """The first of every code, then the second of every code, at most so many of each; errors before warnings."""
    before: Counter[tuple[str, str]] = Counter()
    turns = []
    for problem in problems:
        kind = (problem.severity, problem.code)
        if before[kind] < most:
            turns.append((problem.severity, before[kind], problem))
        before[kind] += 1
    return [problem for *_, problem in sorted(turns, key=lambda turn: turn[:2])]


def lines(problem: Problem) -> Iterator[str]:
    """One problem: what it is of which record, where and why, what is there and what should be."""
    yield "  ".join(part for part in (problem.severity, problem.code, problem.record) if part)
    clause = f" (§{problem.clause})" if problem.clause else ""
    yield "    " + ": ".join(part for part in (place(problem), problem.message + clause) if part)
    told = {"value": problem.value, "expected": problem.expected}
    if facts := "; ".join(f"{what}: {_short(value)}" for what, value in told.items() if value is not None):
        yield f"    {facts}"


def place(problem: Problem) -> str:
    """Where a problem is, in words."""
    row = f"row {problem.row}" if problem.row else None
    parts = [problem.file, problem.sheet, row, problem.field or problem.pointer]
    return ", ".join(part for part in parts if part)


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
