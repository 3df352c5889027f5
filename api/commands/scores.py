"""`psi scores`."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Annotated

import typer

from api.commands.session import AsJson, check_there, fail, out, print_json, progress, session
from inventory.calendar.fiscal import period as quarter_named
from inventory.codes import Basis, Measure, Scale
from inventory.records.documents import document
from inventory.reports.scores import By, ScoresAsked, public_quarters, scores, service_types
from inventory.scores.pools import Quarterly
from inventory.scores.statistics import rounded
from inventory.scores.tables import PooledScore

SHOWN = 100
WIDTH = 12
FILLED, UNSURE, EMPTY = "█", "▒", "·"
SCORES = "A score is a mean; of what people tick it is the share that did"
LEGEND = f"{FILLED} as far as the interval begins, {UNSURE} the interval; * shifted beyond both intervals"


def scores_command(
    by: Annotated[By, typer.Option(help="Each quarter on a service, or all that fits pooled.")] = By.QUARTER,
    provider: Annotated[str | None, typer.Option(help="Id of a provider.")] = None,
    service: Annotated[str | None, typer.Option(help="Id of a service.")] = None,
    period: Annotated[str | None, typer.Option(help="A quarter, such as 2026-Q1.")] = None,
    measure: Annotated[str | None, typer.Option(help="What was measured, such as trust.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what customers say, by the feedback that is published: means with their intervals, and what shifted.

    Example: psi scores --by provider --period 2026-Q1 --measure trust
    """
    if period is not None and not quarter_named(period):
        fail(f"{period} is no quarter; write a fiscal year and quarter, such as 2026-Q1")
    if measure is not None and measure not in list(Measure):
        fail(f"There is no measure {measure}; there are {', '.join(Measure)}")
    check_there("provider", provider)
    check_there("service", service)
    asked = ScoresAsked(by=by, provider=provider, service=service, period=period, measure=measure)
    with progress() as tell:
        store = session.store
        found = scores(_told(public_quarters(store, None, asked.prefix), tell), asked, service_types(store))
        shown = list(found) if as_json else list(islice(found, SHOWN + 1))
    if as_json:
        print_json([document(score) for score in shown])
    elif not shown:
        out.print("No published feedback has such scores")
    else:
        _print(shown, by)


def _told(quarters: Iterator[Quarterly], tell: Callable[[str, int], None]) -> Iterator[Quarterly]:
    for count, quarter in enumerate(quarters, start=1):
        if count % 100 == 0:
            tell("reading quarters", count)
        yield quarter


def _print(found: list[PooledScore], by: By) -> None:
    """One line a score, which fits eighty columns, below a line for what they are of."""
    last = ""
    out.print(_line("", ("Answers", "Score", "95 %", "", "Fav.", "Resp.", "Change")), style="bold", highlight=False)
    for score in found[:SHOWN]:
        group = _group(score, by)
        if group != last:
            out.print(group, style="bold", highlight=False, markup=False)
            last = group
        out.print(_line(f"  {score.measure}", _cells(score)), highlight=False, markup=False)
        for told in _mind(score):
            out.print(f"    {told}", style="dim", highlight=False, markup=False)
    for told in (SCORES, LEGEND):
        out.print(told, style="dim", highlight=False)
    if len(found) > SHOWN:
        out.print(f"… and more than these {SHOWN}; --json prints all of them")


def _line(label: str, cells: tuple[str, ...]) -> str:
    answers, mean, interval, bar, favorable, response, change = cells
    numbers = f"{label:<22} {answers:>8} {mean:>5} {interval:>9} {bar:<{WIDTH}}"
    return f"{numbers} {favorable:>5} {response:>5} {change:>6}".rstrip()


def _group(score: PooledScore, by: By) -> str:
    if by is By.QUARTER:
        return f"{score.provider_id} {score.service_id} {score.period}"
    return str(score.provider_id or score.service_id or score.service_type or "no service type")


def _cells(score: PooledScore) -> tuple[str, ...]:
    middle, low, high = (
        (score.ticked, score.ticked_low, score.ticked_high)
        if score.scale.is_tick
        else (score.mean, score.mean_low, score.mean_high)
    )
    share = score.scale.is_tick
    interval = f"{_number(low)}-{_number(high)}"
    if share:
        interval = f"{_percent(low).removesuffix(' %')}-{_percent(high)}"
    return (
        "" if score.n is None else f"{score.n:,}",
        _percent(middle) if share else _number(middle),
        interval if low is not None and high is not None else "",
        picture(score.scale, middle, low, high),
        _percent(score.favorable),
        _percent(score.response_rate),
        "" if score.change is None else f"{rounded(score.change, 2):+}{'*' if score.shifted else ''}",
    )


def _mind(score: PooledScore) -> Iterator[str]:
    """What a reader has to know: what it is not made of, and what it does not compare with."""
    left_out = {
        "withheld": score.withheld_left_out,
        "with a mean alone": score.means_left_out,
        "on other scales": score.other_scales_left_out,
    }
    if score.scale is not Scale.LIKERT_5:
        yield f"scale: {score.scale.label.lower()}" + (", the share that ticked" if score.scale.is_tick else "")
    if score.basis is Basis.REPORTED_MEAN:
        yield "the mean is as reported, without counts"
    if any(left_out.values()):
        yield "left out: " + ", ".join(f"{count} {why}" for why, count in left_out.items() if count)
    if score.differences:
        yield f"compare with care, other {', '.join(score.differences.split())}".replace("_", " ")


def picture(scale: Scale, middle: Decimal | None, low: Decimal | None, high: Decimal | None) -> str:
    """A bar over the scale: filled up to the interval, shaded over it. Empty for what lies off the scale."""
    first, last = (0, 1) if scale.is_tick else (scale.points[0], scale.points[-1])
    if middle is None or not first <= middle <= last:
        return ""

    def place(value: Decimal) -> int:
        return min(WIDTH, max(0, int(rounded((value - first) / (last - first) * WIDTH, 0))))

    begin, end = place(middle if low is None else low), place(middle if high is None else high)
    return FILLED * begin + UNSURE * (end - begin) + EMPTY * (WIDTH - end)


def _number(value: Decimal | None) -> str:
    return "" if value is None else str(rounded(value, 2))


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{rounded(100 * share, 0)} %"
