"""The rules: pure functions of a record and its context, each citing its clause."""

from inventory.rules import (
    collections,
    counts,
    due_dates,
    every_record,
    feedback,
    instruments,
    paperwork,
    quarters,
    questions,
    services,
    shifts,
    surveys,
)
from inventory.rules.rule import EVERY_RECORD, RULES, Breach, Context, Find, Known, Rule, broken_rules, rule

__all__ = [
    "EVERY_RECORD",
    "RULES",
    "Breach",
    "Context",
    "Find",
    "Known",
    "Rule",
    "broken_rules",
    "collections",
    "counts",
    "due_dates",
    "every_record",
    "feedback",
    "instruments",
    "paperwork",
    "quarters",
    "questions",
    "rule",
    "services",
    "shifts",
    "surveys",
]
