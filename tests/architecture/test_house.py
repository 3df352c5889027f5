"""The walls of the house."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

WINGS = {
    "inventory": (
        *("problems", "errors", "codes", "schema", "disclosure", "records", "storage", "calendar", "scores", "ledger"),
        *("validation", "access", "reports", "writes"),
    ),
    "datapackage": (
        *("tables", "formats", "sheets", "crosswalks", "packages", "contracts", "exports", "external", "releases"),
        *("sample", "loading"),
    ),
    "catalog": (),
    "api": (
        *("contract", "client", "server", "middleware", "http", "resources", "writes", "openapi", "pages", "app"),
        "commands",
    ),
}
"""The packages, and the folders and modules at the top of each. Each imports from itself and from those before it."""
FLOORS = tuple(WINGS)
MOST_MODULES = 14
MODULES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
IDS = [path.relative_to(ROOT).as_posix() for path in MODULES]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_imports_run_one_way(path: Path) -> None:
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    above = {name for name in imported(path) if name.partition(".")[0] in FLOORS[floor + 1 :]}
    assert above == set()


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_wings_import_one_way(path: Path) -> None:
    floor, *below = path.relative_to(ROOT).with_suffix("").parts
    wings = WINGS[floor]
    if not wings or below == ["__init__"]:
        return
    later = {f"{floor}.{wing}" for wing in wings[wings.index(below[0]) + 1 :]}
    assert {name for name in imported(path) if ".".join(name.split(".")[:2]) in later} == set()


def test_no_folder_holds_too_many_modules() -> None:
    folders = Counter(path.parent for path in [*MODULES, *TESTS] if path.name != "__init__.py")
    assert {folder for folder, count in folders.items() if count > MOST_MODULES} == set()


@pytest.mark.parametrize("path", [path for path in MODULES if "api" not in path.parts], ids=str)
def test_only_the_api_knows_the_web_the_environment_and_the_clock(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imported(path)} & {"litestar", "typer", "httpx", "granian"}
    assert not re.search(r"os\.environ|\.now\(|\.today\(\)|\btime\.time\(", path.read_text("utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_a_module_is_one_room(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300
    assert path.stem not in {"utils", "helpers", "manager", "data", "misc", "common"}


def test_no_module_imports_itself_in_a_circle() -> None:
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES}
    graph = {name: {i for i in imported(path) if i in names and i != name} for name, path in names.items()}
    while free := [name for name, needs in graph.items() if not needs & graph.keys()]:
        for name in free:
            del graph[name]
    assert graph == {}


def test_the_site_holds_no_python() -> None:
    assert list((ROOT / "site").rglob("*.py")) == []


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_nothing_names_a_registry_or_a_path_of_a_machine() -> None:
    hosts = "|".join(("py" + "pi", "python" + "hosted", "npm" + "js"))
    forbidden = re.compile(rf"://[a-z.]*({hosts})\.|(^|[\s'\"(=])/(wor" + "k|ro" + "ot|ho" + r"me)/", re.M)
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "ignore")
        assert not forbidden.search(text), path


def test_every_requirement_is_pinned_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8")
        pins = re.findall(r"^[a-zA-Z0-9_.\[\]-]+==[^\n]*\n(?:\s+--hash=sha256:[0-9a-f]{64}[^\n]*\n)+", text, re.M)
        assert len(pins) == len(re.findall(r"^[a-zA-Z0-9]", text, re.M)) > 20
    assert not (ROOT / "uv.lock").exists()


WHERE = (ROOT / "docs" / "where.md").read_text("utf-8")
PLACES = {place for place in re.findall(r"`([\w./-]+)`", WHERE) if "/" in place}


def test_where_leads_to_what_is_there() -> None:
    assert len(PLACES) > 40
    assert [place for place in PLACES if not (ROOT / place).exists()] == []


def test_where_has_one_row_for_each_folder() -> None:
    rows = dict(re.findall(r"^\| `([a-z/_]+)/` \| (.*) \|$", WHERE, re.M))
    folders = {path.parent.relative_to(ROOT).as_posix(): path for path in MODULES if path.name == "__init__.py"}
    assert {name: ast.get_docstring(ast.parse(path.read_text("utf-8"))) for name, path in folders.items()} == {
        name: text for name, text in rows.items() if name in folders
    }
    assert {path.parent for path in MODULES} == {path.parent for path in folders.values()}


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_links_of_a_page_lead_to_what_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
