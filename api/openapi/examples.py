"""Examples in the description: what a synthetic inventory answered, kept in `examples.json`.

`python -m tests.api.made_examples` writes them anew; a test holds that each fits its schema.
"""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FILE = Path(__file__).parent / "examples.json"


def by_schema() -> dict[str, Any]:
    """An example of every schema that is sent or answered as a whole; of one without a name, by operation id."""
    return dict(_kept()["schemas"])


def csv_lines() -> dict[str, str]:
    """The beginning of every list as CSV, by its schema."""
    return dict(_kept()["csv"])


def refusal_example(status: int, title: str, detail: str) -> dict[str, Any]:
    """Problem details as they look with a status."""
    example = {"status": status, "title": title, "detail": detail, "type": "about:blank"}
    return {**example, "problems": _kept()["problems"]} if status == 422 else example


def with_example(content: dict[str, Any], example: Any) -> dict[str, Any]:
    """The content of a body or an answer, with its example if there is one."""
    if example is not None:
        content["example"] = example
    return content


@cache
def _kept() -> dict[str, Any]:
    return dict(msgspec.json.decode(FILE.read_bytes()))
