"""The rules: pure functions of a record and its context, each citing its clause."""

from inventory.validation.rules import (
    clearance,
    collections,
    counts,
    every_record,
    feedback,
    instruments,
    questions,
    ratings,
    reporting_period,
    score_changes,
    services,
)
from inventory.validation.rules.rule import EVERY_RECORD, RULES, Breach, Context, Find, Known, Rule, broken_rules, rule

__all__ = [
    "EVERY_RECORD",
    "RULES",
    "Breach",
    "Context",
    "Find",
    "Known",
    "Rule",
    "broken_rules",
    "clearance",
    "collections",
    "counts",
    "every_record",
    "feedback",
    "instruments",
    "questions",
    "ratings",
    "reporting_period",
    "rule",
    "score_changes",
    "services",
]
