"""The rules: pure functions of a record and its context, each citing its clause."""

from inventory.rules import every_record, instruments, paperwork, questions, services, surveys
from inventory.rules.rule import RULES, Breach, Context, Find, Known, Rule, broken_rules, rule

__all__ = [
    "RULES",
    "Breach",
    "Context",
    "Find",
    "Known",
    "Rule",
    "broken_rules",
    "every_record",
    "instruments",
    "paperwork",
    "questions",
    "rule",
    "services",
    "surveys",
]
