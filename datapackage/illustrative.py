"""What of a release is an illustrative sample, by the tag of its services: the same words wherever it is shown."""

import sqlite3
from contextlib import closing
from pathlib import Path

TAG = "illustrative"
COUNTS = """
    SELECT (SELECT count(*) FROM services), (SELECT count(DISTINCT service_id) FROM service_tags WHERE tags = ?)"""
HAS_TAGS = "SELECT count(*) FROM sqlite_master WHERE name IN ('services', 'service_tags')"


def illustrative_note(database: Path) -> str | None:
    """That services of a release (its SQLite file) are a sample, and how many; None where none are."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        if connection.execute(HAS_TAGS).fetchone() != (2,):
            return None  # an inventory of other things
        services, tagged = connection.execute(COUNTS, (TAG,)).fetchone()
    if not tagged:
        return None
    are = "is" if tagged == 1 else "are"
    counts = f"{tagged:,} of its {services:,} services"
    return f"{counts} {are} an illustrative sample (tag {TAG}), not a statement of any agency."
