"""Times as clocks show them, such as 15:32, where an indicator counts seconds."""

import re
from typing import Any

CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):([0-5]\d)")
FIGURES = ("value", "target")


def seconds(text: str) -> int | None:
    """The seconds that minutes:seconds or hours:minutes:seconds stand for; None for anything else."""
    found = CLOCK.fullmatch(text.strip())
    if found is None or (found[1] and int(found[2]) > 59):
        return None
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


def in_seconds(document: dict[str, Any]) -> dict[str, Any]:
    """A quarter's document with the clock times of its indicators in seconds: 15:32 is 932.

    Only where the unit is seconds, for elsewhere it would have to be guessed what the figure means.
    """
    indicators = document.get("indicators")
    if not isinstance(indicators, list):
        return document
    return {**document, "indicators": [_told(indicator) for indicator in indicators]}


def _told(indicator: Any) -> Any:
    if not isinstance(indicator, dict) or indicator.get("unit") != "seconds":
        return indicator
    figures = {name: indicator[name] for name in FIGURES if isinstance(indicator.get(name), str)}
    counted = {name: count for name, text in figures.items() if (count := seconds(text)) is not None}
    return {**indicator, **counted}
