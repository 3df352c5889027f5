"""The threat model names tests that are there, and one at least for every line."""

import ast
import re
from functools import cache

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
SECTIONS = {title: text for title, text in re.findall(r"^## (API\d+ [^\n]*)\n(.*?)(?=^## )", PAGE, re.M | re.S)}
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@cache
def named_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_is_there(path: str, name: str) -> None:
    assert name in named_in(path)


def test_every_line_of_every_heading_is_held_by_a_test() -> None:
    assert [title.split()[0] for title in SECTIONS] == [f"API{number}" for number in range(1, 11)]
    for title, text in SECTIONS.items():
        rows = [line for line in text.splitlines() if line.startswith("|")][2:]
        assert rows, title
        assert all(re.fullmatch(r"\| .+ \| .+ \| `tests/.+` \|", row) for row in rows), title
