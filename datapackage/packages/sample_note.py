"""The note on sample data in a release: services by their tag, feedback by its source."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

TAG = "illustrative"
SYNTHETIC = "Synthetic sample; the provider reported nothing of this"
"""The source of synthetic feedback."""
SERVICES = """
    SELECT (SELECT count(*) FROM services), (SELECT count(DISTINCT service_id) FROM service_tags WHERE tags = ?)"""
FEEDBACK = "SELECT count(*), count(*) FILTER (WHERE source = ?) FROM feedback"
TABLES = "SELECT name FROM sqlite_master"


def illustrative_note(database: Path) -> str | None:
    """Return a note on the sample data in a release (its SQLite file) and its amount; None if there is none."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return " ".join(_sentences(connection)) or None


def _sentences(connection: sqlite3.Connection) -> Iterator[str]:
    tables = {name for (name,) in connection.execute(TABLES)}
    if {"services", "service_tags"} <= tables:  # inventories of other models have no such tables
        services, tagged = connection.execute(SERVICES, (TAG,)).fetchone()
        if tagged:
            are = "is" if tagged == 1 else "are"
            counts = f"{tagged:,} of its {services:,} services"
            yield f"{counts} {are} an illustrative sample (tag {TAG}), not a statement of any agency."
    if "feedback" in tables:
        quarters, synthetic = connection.execute(FEEDBACK, (SYNTHETIC,)).fetchone()
        if synthetic:
            others = "; of the others, source names where they come from" if synthetic < quarters else ""
            yield f"The figures of {synthetic:,} of its {quarters:,} quarters of feedback are synthetic{others}."
