"""Rule 4 of disclosure control: which places of a quarter are linked to a suppressed figure of any public version.

A place is a moment or transaction point, channel and unit. Two places are linked where they overlap. Where a suppressed
figure is smaller in one of two versions, or not listed there, its place is linked to every place that has more answers
there, because answers may have moved. All of it is read from public parts, so an erasure changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain, combinations, permutations, repeat, zip_longest
from operator import gt
from typing import Any

from msgspec import Struct, field

from inventory.disclosure.coverage import Coverage, coverage_of, overlapping

Item = dict[str, Any]
Figure = tuple[Any, ...]
"""The name of a figure: a number of people, a measure and its scale, one point of it, a table by score or its cell."""
Counts = tuple[int, ...]
RESPONDENTS: Figure = ("respondents",)
VOLUMES = ("offered", "customers_at_point")


class Site(Struct):
    """The figures of one place in one version, those of several surveys together.

    shown: published numbers of answers by figure, without those that are zero. means: reported means. hidden:
    suppressed figures. surveys: that of each collection. names: the id of each with its survey. parts: the
    published numbers by survey.
    """

    shown: dict[Figure, Counts] = field(default_factory=dict)
    means: set[Figure] = field(default_factory=set)
    hidden: set[Figure] = field(default_factory=set)
    surveys: list[str] = field(default_factory=list)
    names: set[tuple[str, str]] = field(default_factory=set)
    parts: dict[str, dict[Figure, Counts]] = field(default_factory=dict)


Sites = dict[Coverage, Site]


def linked_places(versions: Sequence[Item], by_score: bool) -> set[Coverage]:
    """Return the places of the last of these public parts that are linked to a suppressed figure of any of them.

    by_score: whether a table by overall score that is not published counts as suppressed, too.
    """
    named = set(chain.from_iterable(map(_volumes, versions)))
    tables = set(chain.from_iterable(map(_tables, versions))) if by_score else set()
    sites = [_sites(version, tables, named) for version in versions]
    if not any(site.hidden for found in sites for site in found.values()):
        return set()
    links = _Links(versions, sites)
    *before, new = sites
    compared = [pair for one in before for pair in ((new, one), (one, new))]
    linked = _taken_back(before, by_score) | links.closed(compared)
    unpublished = {place for place in new if not before or not _shows(before[-1].get(place), by_score)}
    if before and unpublished:
        linked |= unpublished & links.closed(permutations(sites, 2))
    return linked


class _Links:
    """The links between places that hold whichever versions are compared, and those that follow from a comparison."""

    def __init__(self, versions: Sequence[Item], sites: Sequence[Sites]) -> None:
        self._groups = _overlaps(versions)
        self._gains: dict[tuple[int, int], set[Coverage]] = {}
        self._always: set[Coverage] = set()
        for found in sites:
            hidden = ((place, site.surveys) for place, site in found.items() if site.hidden)
            self._always.update(place for place, surveys in hidden if place in self._groups or _is_doubled(surveys))
        for one, other in combinations(sites, 2):
            self._always.update(place for place in one.keys() & other.keys() if _is_mixed(one[place], other[place]))

    def closed(self, compared: Iterable[tuple[Sites, Sites]]) -> set[Coverage]:
        """Return the places linked directly or through others, by what these versions suppress against the others."""
        ways = [(here, there, self._gain(here, there), self._gain(there, here)) for here, there in compared]
        linked: set[Coverage] = set()
        more = self._always
        while True:
            linked = linked.union(more, *(self._groups[place] for place in more if place in self._groups))
            more = set(chain.from_iterable(_moved(*way, linked) for way in ways))
            if more <= linked:
                return linked

    def _gain(self, before: Sites, after: Sites) -> set[Coverage]:
        """Return the places that gained answers, found once for each two versions."""
        key = id(before), id(after)
        if key not in self._gains:
            self._gains[key] = set(_gained(before, after))
        return self._gains[key]


def _moved(
    here: Sites, there: Sites, gained: Set[Coverage], lost: Set[Coverage], linked: Set[Coverage]
) -> set[Coverage]:
    """Return places between which answers may have moved from one version to another, suppressed figures among them.

    gained, lost: the places that have more answers there, and here.
    """
    smaller: set[Coverage] = set()
    larger: set[Coverage] = set()
    for place, site in here.items():
        if not (site.hidden or place in linked):
            continue
        found = there.get(place) or Site()
        if not site.names <= found.names:
            smaller.add(place)
        for figure in site.hidden - found.hidden:
            (larger if figure in found.shown else smaller).add(place)
    moved: set[Coverage] = set()
    for places, others in ((smaller, gained), (larger, lost)):
        if places and others and len(places | others) > 1:
            moved |= places | others
    return moved


def _taken_back(before: Sequence[Sites], by_score: bool) -> set[Coverage]:
    """Return the places that one version published and a later one suppressed altogether."""
    published: set[Coverage] = set()
    taken_back: set[Coverage] = set()
    for sites in before:
        for place, site in sites.items():
            if _shows(site, by_score):
                published.add(place)
            elif site.hidden and place in published:
                taken_back.add(place)
    return taken_back


def _shows(site: Site | None, by_score: bool) -> bool:
    """Whether respondents or answers are published of a place, or any table by score."""
    return site is not None and any(len(name) > 2 if by_score else name[0] not in VOLUMES for name in site.shown)


def _overlaps(versions: Sequence[Item]) -> dict[Coverage, set[Coverage]]:
    """Return the places that overlap others, each with all that it overlaps directly or through others."""
    asked: dict[Coverage, set[str]] = {}
    for version in versions:
        for collection in version.get("collections", ()):
            names = {measure["measure"] for measure in collection.get("measures", ())}
            asked.setdefault(coverage_of(collection), set()).update(names or RESPONDENTS)
    covered = list(asked)
    groups: dict[Coverage, set[Coverage]] = {}
    for first, second in overlapping(covered, list(asked.values())):
        places = covered[first].place, covered[second].place
        if places[0] != places[1]:
            one, other = (groups.get(place, {place}) for place in places)
            if one is not other:
                large, small = (one, other) if len(one) > len(other) else (other, one)
                large |= small
                groups.update(dict.fromkeys((*small, *places), large))
    return groups


def place_of(collection: Item) -> Coverage:
    """Return the place of a collection."""
    return coverage_of(collection).place


def _is_doubled(surveys: Sequence[str]) -> bool:
    """Whether two collections at one place may count the same customers."""
    return len(set(surveys)) < len(surveys) or (len(surveys) > 1 and "" in surveys)


def _is_mixed(one: Site, other: Site) -> bool:
    """Whether answers at a place with a suppressed figure may have moved from one survey to another."""
    if not (one.hidden or other.hidden):
        return False
    surveys = sorted(one.surveys), sorted(other.surveys)
    return surveys[0] != surveys[1] or (len(one.surveys) > 1 and one.shown != other.shown)


def _gained(before: Sites, after: Sites) -> list[Coverage]:
    """Return the places that have more answers of any kind after than before, or another reported mean."""
    found = []
    for place, site in after.items():
        old = before.get(place) or Site()
        pairs = [(old.shown, site.shown)]
        if len(site.surveys) > 1 or len(old.surveys) > 1:  # what one survey lost, another at the place may outweigh
            pairs += [(old.parts[survey], site.parts[survey]) for survey in old.parts.keys() & site.parts.keys()]
        if site.means - old.means or any(_has_more(*pair) for pair in pairs):
            found.append(place)
    return found


def _has_more(before: dict[Figure, Counts], after: dict[Figure, Counts]) -> bool:
    return any(_is_more(before.get(name), counts) for name, counts in after.items())


def _is_more(before: Counts | None, after: Counts) -> bool:
    return before != after and any(map(gt, after, before or repeat(0)))


def _sites(document: Item, tables: Set[Figure], named: Set[tuple[Coverage, str]]) -> Sites:
    """Return the places of a public part that have answers. named: the volumes of places that any version publishes."""
    sites: Sites = {}
    for collection in document.get("collections", ()):
        coverage = coverage_of(collection)
        found = _site(collection, coverage.survey, tables)
        for name in VOLUMES:
            if collection.get(name):
                found.shown[name,] = (collection[name],)
            elif collection.get("withheld") and name not in collection and (coverage.place, name) in named:
                found.hidden.add((name,))
        if found.hidden or found.means or found.shown:
            found.parts[coverage.survey or ""] = found.shown.copy()
            site = sites.setdefault(coverage.place, found)
            if site is not found:
                _join(site, found)
    return sites


def _site(collection: Item, survey: str | None, tables: Set[Figure]) -> Site:
    """Return the figures of one collection. tables: those that any version publishes."""
    site = Site(surveys=[survey or ""], names={(collection["collection_id"], survey or "")})
    if collection.get("respondents"):
        site.shown[RESPONDENTS] = (collection["respondents"],)
    elif collection.get("withheld"):
        site.hidden.add(RESPONDENTS)
    for measure in collection.get("measures", ()):
        kind = (measure["measure"], measure["scale"])
        rows = measure.get("by_score", ()) if tables else ()
        if measure.get("withheld"):
            site.hidden.add(kind)
        elif "reported_mean" in measure and not any(measure.get("counts", ())):
            site.means.add((*kind, measure["question"], survey, measure["reported_mean"]))
            site.shown[kind] = ()
        _add(site.shown, kind, measure.get("counts", ()))
        for row in rows:
            site.shown[*kind, row["overall"]] = ()
            _add(site.shown, (*kind, row["overall"], row["point"]), row.get("counts", ()))
        if tables and (kind in site.shown or kind in site.hidden):
            published = _tables_of(measure)
            site.hidden |= {table for table in tables if table[:2] == kind and table not in published}
    return site


def _join(site: Site, other: Site) -> None:
    """Add the figures of another collection at the same place."""
    site.surveys += other.surveys
    site.names |= other.names
    site.parts |= other.parts
    site.means |= other.means
    site.hidden |= other.hidden
    for name, counts in other.shown.items():
        _add(site.shown, name, counts)


def _add(shown: dict[Figure, Counts], name: Figure, counts: Sequence[int]) -> None:
    """Add numbers of answers to a figure; none at all are no figure."""
    if name in shown:
        shown[name] = tuple(map(sum, zip_longest(shown[name], counts, fillvalue=0)))
    elif any(counts):
        shown[name] = tuple(counts)


def _volumes(document: Item) -> Iterator[tuple[Coverage, str]]:
    for collection in document.get("collections", ()):
        yield from ((place_of(collection), name) for name in VOLUMES if collection.get(name))


def _tables(document: Item) -> Iterator[Figure]:
    for collection in document.get("collections", ()):
        for measure in collection.get("measures", ()):
            yield from _tables_of(measure)


def _tables_of(measure: Item) -> set[Figure]:
    return {(measure["measure"], measure["scale"], row["overall"]) for row in measure.get("by_score", ())}
