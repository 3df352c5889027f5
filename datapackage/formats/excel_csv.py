"""CSV for Excel: nothing in it is taken for a formula. What computers read is the exact CSV, which this is not."""

from datapackage.tables.cells import Cell, text

BEGINNING = "\ufeff"
"""What tells Excel that a file is UTF-8."""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: Cell) -> str:
    """A cell as canonical CSV spells it, with an apostrophe before what Excel would take for a formula.

    Numbers are no formulas, even below zero.
    """
    spelled = text(cell)
    return f"'{spelled}" if isinstance(cell, str) and spelled.startswith(_FORMULAS) else spelled
