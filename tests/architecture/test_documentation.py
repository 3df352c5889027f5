"""Documentation cannot lag: commands, routes, settings, tables, codes and rules are on their pages, and no others."""

import re

import pytest
from typer.main import get_command

from api.app import create_app
from api.cli import app
from api.opening import open_store
from api.settings import Settings
from datapackage.release_tables import release_tables
from datapackage.tables import record_tables, with_children
from inventory.codes import CODE_LISTS
from inventory.faults import SHAPE_FAULTS
from inventory.record_types import INVENTORY
from inventory.rules import RULES
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
    assert operations == set(re.findall(r"`[A-Z]+ /[^`]*`", page("api.md")))


@pytest.mark.parametrize("name", [*RULES, *SHAPE_FAULTS])
def test_every_rule_is_documented(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", page("reference/rules.md"), re.M)


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
