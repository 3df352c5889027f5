"""Sources with fiscal years. The latest year gives the facts of a record, each year its own figures."""

from collections.abc import Sequence
from operator import attrgetter

from datapackage.crosswalks.map_row import Drawn
from inventory.schema.fields import Shape


def yearly(read: Shape) -> tuple[str, ...]:
    """Return the lists of a record whose items are stored by fiscal year."""
    return tuple(
        field.name
        for field in read.fields
        if field.many and field.part is not None and any(key.name == "fiscal_year" for key in field.part.key)
    )


def by_year(rows: Sequence[Drawn], names: Sequence[str]) -> tuple[Drawn, list[Drawn]]:
    """Return the rows of one record as one, and the surplus rows that repeat a year.

    The latest year gives the facts. Earlier years add to the lists of these names.
    """
    one: dict[int, Drawn] = {}
    twice = []
    for drawn in rows:
        if one.setdefault(drawn.year, drawn) is not drawn:
            twice.append(drawn)
    latest, *earlier = sorted(one.values(), key=attrgetter("year"), reverse=True)
    for drawn in earlier:
        for name in names:
            _add(latest, drawn, name)
        latest.problems += drawn.problems
        latest.normalized += drawn.normalized
    return latest, twice


def _add(latest: Drawn, drawn: Drawn, name: str) -> None:
    for index, item in enumerate(drawn.document.get(name, ())):
        items = latest.document.setdefault(name, [])
        items.append(item)
        if origin := drawn.origins.get(f"/{name}/{index}"):
            latest.origins[f"/{name}/{len(items) - 1}"] = origin
