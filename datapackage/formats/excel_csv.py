"""CSV for Excel, in which no cell is read as a formula. Programs should read the exact CSV instead."""

from datapackage.tables.cells import Cell, text

BEGINNING = "\ufeff"
"""The byte order mark by which Excel recognizes UTF-8."""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: Cell) -> str:
    """Return a cell as canonical CSV spells it, with an apostrophe before text that Excel would read as a formula.

    Numbers are not formulas, even below zero.
    """
    spelled = text(cell)
    return f"'{spelled}" if isinstance(cell, str) and spelled.startswith(_FORMULAS) else spelled
