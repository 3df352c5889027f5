"""The reference pages generated from the record types: data dictionary, codes, rules, problems and permissions."""

from collections.abc import Iterable, Iterator, Sequence

from datapackage.contracts.problem_kinds import INPUT_PROBLEMS
from datapackage.packages.derived_tables import beside, release_tables
from datapackage.tables.projection import Column, Table, record_tables, with_children
from inventory.codes import CODE_LISTS
from inventory.problems import ProblemKind
from inventory.records.lifecycle import GRANTS, KEY_ROLES, Action, Role
from inventory.records.registry import Model, RecordType
from inventory.schema.hints import explained
from inventory.validation.rules import RULES, Rule
from inventory.validation.shape_problems import FAULT_KINDS

GENERATED = "Generated from the record types by `make contracts`; a test holds it current."


def pages(model: Model) -> Iterator[tuple[str, str]]:
    """Yield every page: its name and its text in Markdown."""
    parts = {
        "data-dictionary": _dictionary(model),
        "codes": _codes(),
        "rules": _rules(),
        "problems": _problems(),
        "permissions": _permissions(model),
    }
    for name, lines in parts.items():
        yield f"{name}.md", "\n".join([*lines, GENERATED, ""])


def _dictionary(model: Model) -> Iterator[str]:
    yield from ("# Data dictionary", "")
    yield "One section a table, one row a column. A column that is private is kept, and is in no release."
    for kind in model.values():
        yield from ("", f"## {kind.name.capitalize()}", "", kind.shape.description)
        for table in record_tables(kind, model):
            yield from _table(table)
    yield from ("", "## Beside the records")
    mains = release_tables(model)
    for known in beside(model):
        for table in with_children(mains[known.name]):
            yield from _table(table)
    yield ""


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"### `{table.name}`", "", table.description, "")
    yield from _grid(("column", "title", "value", "needed", "description", "clause"), map(_column, table.columns))
    for key in table.foreign_keys:
        yield from ("", f"`{', '.join(key.columns)}` points to `{key.table}`.")


def _column(column: Column) -> Sequence[str]:
    field = column.field
    name = f"`{column.name}`" + (" (key)" if column.key else "") + (" (private)" if field.private else "")
    listed = field.codes.list_name if field.codes else None
    value = f"a code of [{listed}](codes.md#{listed})" if listed else explained(field)
    return name, field.title, value, column.needed, field.description, field.clause or ""


def _codes() -> Iterator[str]:
    yield from ("# Codes", "", "What each code of every list means, and where the list comes from.")
    for name, codes in CODE_LISTS.items():
        yield from ("", f"## {name}", "", " ".join((codes.__doc__ or "").split()), "", f"Source: {codes.source}.", "")
        yield from _grid(("code", "label", "definition"), ((f"`{c}`", c.label, c.definition) for c in codes))
    yield ""


def _rules() -> Iterator[str]:
    yield from ("# Rules", "")
    yield "An error keeps a record from being published or submitted, a warning does not. Faults of shape keep an input"
    yield "from becoming a record at all; it comes back with every problem. A rule with a quarter under since is told"
    yield "of that and later ones; under historical stands its severity for figures taken over from what was published"
    yield from ("before (`origin` is `historical`).", "")
    yield from _grid(RULE_FACTS, map(_rule_facts, RULES.values()))
    yield from ("", "What else may be wrong stands under [problems](problems.md).", "")


def _problems() -> Iterator[str]:
    yield from ("# Problems", "")
    yield "What may be wrong with an input and is no [rule](rules.md), by the `code` of the problem. What may be wrong"
    yield "with the parameters of a request stands with the [API](../http.md)."
    yield from ("", "## Faults of shape", "", "They keep an input from becoming a record; it comes back.", "")
    yield from _grid(PROBLEM_FACTS, map(_problem_facts, FAULT_KINDS, FAULT_KINDS.values()))
    yield from ("", "## Files and loads", "")
    yield from _grid(PROBLEM_FACTS, map(_problem_facts, INPUT_PROBLEMS, INPUT_PROBLEMS.values()))
    yield ""


PROBLEM_FACTS = ("code", "why", "what to do")


def _problem_facts(code: str, kind: ProblemKind) -> Sequence[str]:
    return f"`{code}`", kind.why, kind.remedy


RULE_FACTS = ("rule", "of", "severity", "historical", "since", "why", "clause")


def _rule_facts(rule: Rule) -> Sequence[str]:
    clause = f"§{rule.clause}" if rule.clause else ""
    since = "" if rule.first_quarter is None else str(rule.first_quarter)
    return f"`{rule.id}`", rule.applies_to, rule.severity, rule.of_history or "", since, rule.why, clause


def _permissions(model: Model) -> Iterator[str]:
    yield from ("# Permissions", "")
    yield "Which role may do what to a record, and from which of its states. A key of an organization reaches what that"
    yield "and the organizations below it own, one of OMB everything. Who runs the inventory may do all of it on the"
    yield from ("command line.", "")
    yield "To save or propose is to `PUT`: who may not save proposes. Every other action is a route of that name in the"
    yield "[API](../http.md)."
    for kind in model.values():
        yield from ("", f"## {kind.name.capitalize()}", "")
        yield from _grid(("action", "from", "to", "who", "asks for"), (_permission(kind, a) for a in kind.actions))
    yield from (
        "",
        "## Keys",
        "",
        "Who issues, rotates, revokes and lists keys, and of which roles in their reach.",
        "",
    )
    yield from _grid(("role", "keys of"), ((f"`{role}`", _named(GRANTS.get(role, ()))) for role in KEY_ROLES))
    yield ""


def _permission(kind: RecordType, action: Action) -> Sequence[str]:
    starts = ", ".join(["new"] * ("" in action.from_states) + [s for s in kind.states if s in action.from_states])
    needs = [*action.asks_for, *(["no errors"] if action.checked else [])]
    needs += [f"another holder than of {action.apart_from}"] if action.apart_from else []
    return f"`{action.name}`", starts, action.to_state or "as it was", _named(action.roles), ", ".join(needs)


def _named(roles: Iterable[Role]) -> str:
    return ", ".join(f"`{role}`" for role in KEY_ROLES if role in roles) or "none"


def _grid(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    yield from ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
