"""Clock times such as 15:32, accepted for indicators that count seconds."""

import re
from typing import Any

CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):([0-5]\d)")
FIGURES = ("value", "target")


def seconds(text: str) -> int | None:
    """Return the seconds of a minutes:seconds or hours:minutes:seconds text; None for anything else."""
    found = CLOCK.fullmatch(text.strip())
    if found is None or (found[1] and int(found[2]) > 59):
        return None
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


def in_seconds(document: dict[str, Any]) -> dict[str, Any]:
    """Return a quarter's document with clock times of its indicators in seconds: 15:32 is 932.

    Only indicators with the unit seconds are converted, because other units would make the meaning a guess.
    """
    indicators = document.get("indicators")
    if not isinstance(indicators, list):
        return document
    return {**document, "indicators": [_converted(indicator) for indicator in indicators]}


def _converted(indicator: Any) -> Any:
    if not isinstance(indicator, dict) or indicator.get("unit") != "seconds":
        return indicator
    figures = {name: indicator[name] for name in FIGURES if isinstance(indicator.get(name), str)}
    counted = {name: count for name, text in figures.items() if (count := seconds(text)) is not None}
    return {**indicator, **counted}
