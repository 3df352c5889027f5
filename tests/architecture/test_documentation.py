"""Documentation cannot lag: commands, routes, settings, tables, codes and rules are on their pages, and no others."""

import ast
import re
from collections.abc import Iterator

import pytest
from typer.main import get_command

from api.app import create_app
from api.commands.main import app
from api.middleware.parameter_problems import REQUEST_PROBLEMS
from api.server.settings import Settings
from api.server.store import open_store
from datapackage.contracts.problem_kinds import INPUT_PROBLEMS
from datapackage.packages.derived_tables import release_tables
from datapackage.tables.projection import record_tables, with_children
from inventory.codes import CODE_LISTS
from inventory.problems import ProblemKind
from inventory.records.registry import INVENTORY
from inventory.validation.rules import RULES
from inventory.validation.shape_problems import FAULT_KINDS
from tests.conftest import ROOT


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def commands() -> dict[str, list[str]]:
    """Every command by its words, with its options."""
    found = {}
    root = get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        for words, one in {f"{name} {i}": c for i, c in inner.items()}.items() if inner else [(name, command)]:
            found[words] = [option for given in one.params for option in given.opts if option.startswith("--")]
    return found


COMMANDS = commands()


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_is_documented(words: str) -> None:
    assert re.search(rf"^\| .*`psi {words}\b.*\| .+ \|$", page("commands.md"), re.M)


def test_no_other_command_is_documented() -> None:
    told = re.findall(r"^\| `psi ([a-z]+(?: (?!and)[a-z]+)?)", page("commands.md"), re.M)
    assert all(name in COMMANDS or name.split()[0] in COMMANDS for name in told)
    assert len(told) == len(COMMANDS)


def test_no_option_is_documented_that_is_none() -> None:
    known = {option for options in COMMANDS.values() for option in options} | {"--help"}
    assert set(re.findall(r"--[a-z][a-z-]+", page("commands.md"))) <= known


def test_every_setting_is_documented_and_no_other() -> None:
    told = re.findall(r"^\| `(PSI_[A-Z_]+)` \|", page("settings.md"), re.M)
    assert told == [f"PSI_{name.upper()}" for name in Settings.__struct_fields__]


def test_every_route_is_documented_and_no_other(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings.from_environment({"PSI_HOME": str(tmp_path_factory.mktemp("home"))})
    store = open_store(settings)
    paths = create_app(settings, store).openapi_schema.to_schema()["paths"]
    store.engine.dispose()
    operations = {f"`{method.upper()} {path}`" for path, found in paths.items() for method in found}
    assert operations == set(re.findall(r"`[A-Z]+ /[^`]*`", page("http.md")))


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_documented(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", page("reference/rules.md"), re.M)


DECLARED = {"inventory": FAULT_KINDS, "datapackage": {**FAULT_KINDS, **INPUT_PROBLEMS}, "api": REQUEST_PROBLEMS}


def emitted(package: str) -> Iterator[tuple[str, str]]:
    """Every code of a problem that the source of a package writes out, and where: what is handed to a `code`."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / package).rglob("*.py"))}
    nodes = [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]
    places = {"Problem": -1, "fault": 0}  # of `code` among the arguments
    for _, node in nodes:
        names = [argument.arg for argument in node.args.args] if isinstance(node, ast.FunctionDef) else []
        if "code" in names and isinstance(node, ast.FunctionDef) and "Problem" in ast.unparse(node.returns or node):
            places[node.name] = names.index("code")
    for path, node in nodes:
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func).rpartition(".")[2]) in places:
            given = [word.value for word in node.keywords if word.arg == "code"]
            given += node.args[places[name] :][:1] if places[name] >= 0 else []
            yield from ((str(path.relative_to(ROOT)), code) for code in map(_literal, given) if code)


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@pytest.mark.parametrize("package", DECLARED)
def test_every_code_of_a_problem_is_declared_and_every_declared_one_is_told(package: str) -> None:
    found = set(emitted(package))
    assert {(path, code) for path, code in found if code not in DECLARED[package]} == set()
    own = DECLARED[package].keys() - (FAULT_KINDS.keys() if package == "datapackage" else set())
    assert own <= {code for _, code in found}


@pytest.mark.parametrize(
    ("kinds", "where"),
    [
        (FAULT_KINDS, "reference/problems.md"),
        (INPUT_PROBLEMS, "reference/problems.md"),
        (REQUEST_PROBLEMS, "http.md"),
    ],
)
def test_every_problem_is_documented_with_what_to_do(kinds: dict[str, ProblemKind], where: str) -> None:
    for code, kind in kinds.items():
        assert f"\n| `{code}` | {kind.why} | {kind.remedy} |\n" in page(where), code


def test_codes_mean_one_thing() -> None:
    assert not (FAULT_KINDS.keys() | INPUT_PROBLEMS.keys()) & RULES.keys()


@pytest.mark.parametrize("name", CODE_LISTS)
def test_every_code_is_documented(name: str) -> None:
    section = page("reference/codes.md").partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([^`]+)` \|", section, re.M) == [str(code) for code in CODE_LISTS[name]]


def test_every_table_and_column_is_documented() -> None:
    text = page("reference/data-dictionary.md")
    kept = [table for kind in INVENTORY.values() for table in record_tables(kind, INVENTORY)]
    released = [table for main in release_tables(INVENTORY).values() for table in with_children(main)]
    for table in [*kept, *released]:
        section = text.partition(f"\n### `{table.name}`\n")[2].partition("\n### ")[0]
        told = re.findall(r"^\| `([^`]+)`", section, re.M)
        assert {column.name for column in table.columns} <= set(told), table.name
