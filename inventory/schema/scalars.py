"""The texts and numbers of records, each with its limits and a description of its form."""

from typing import Annotated, Any

from msgspec import Meta

from inventory.schema.fields import LARGEST

# Any text: not blank, and no control characters but LF (nor the two non-characters that XML, so XLSX, cannot hold).
PLAIN_TEXT = r"^(?=[\s\S]*\S)[^\x00-\x09\x0b-\x1f\x7f-\x9f\ufffe\uffff]*$"
YEARS = range(2000, 2100)
"""The valid fiscal years."""
YEAR = "20[0-9]{2}"
"""A pattern of a fiscal year."""
# One line of it.
PLAIN_LINE = r"^(?=.*\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]*$"


def pattern(scalar: Any) -> str:
    """Return the pattern of a text declared here."""
    return str(scalar.__metadata__[0].pattern)


def text(longest: int, pattern: str, form: str, *, shortest: int = 1) -> Meta:
    """State the limits of a text: its lengths in characters, its pattern and, in words, what the pattern asks for."""
    return Meta(min_length=shortest, max_length=longest, pattern=pattern, extra={"form": form})


def lines(longest: int) -> Meta:
    """State that a text may have several lines, and its greatest length in characters."""
    return text(longest, PLAIN_TEXT, "text, without control characters")


def line(longest: int) -> Meta:
    """State that a text has one line, and its greatest length in characters."""
    return text(longest, PLAIN_LINE, "one line of text, without control characters")


def digits(count: int, name: str) -> Meta:
    """State that a text is a code of so many digits, leading zeros among them."""
    return text(count, rf"^[0-9]{{{count}}}$", f"{name} digits", shortest=count)


Slug = Annotated[
    str, text(80, r"^[a-z0-9]+(-[a-z0-9]+)*$", "lowercase letters and digits, with single hyphens between them")
]
Word = Annotated[str, line(80)]
Line = Annotated[str, line(300)]
# Titles of real inventories contain line breaks.
Title = Annotated[str, lines(300)]
Prose = Annotated[str, lines(2000)]
Report = Annotated[str, lines(10_000)]
Url = Annotated[
    str, text(2000, r"^https?://[^\s\x00-\x1f\x7f-\x9f]+$", "a web address that starts with https:// or http://")
]
Language = Annotated[
    str,
    text(35, r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "a language code (BCP 47), such as en or es-MX", shortest=2),
]
Email = Annotated[
    str, text(254, r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$", "an email address, such as name@agency.gov", shortest=3)
]
Digest = Annotated[str, text(64, r"^[0-9a-f]+$", "lowercase hexadecimal digits", shortest=16)]
TwoDigits = Annotated[str, digits(2, "two")]
ThreeDigits = Annotated[str, digits(3, "three")]
QuarterName = Annotated[str, text(7, rf"^{YEAR}-Q[1-4]$", "a fiscal year and quarter, such as 2026-Q1", shortest=7)]
FiscalYear = Annotated[int, Meta(ge=YEARS[0], le=YEARS[-1])]
Quarter = Annotated[int, Meta(ge=1, le=4)]
Count = Annotated[int, Meta(ge=0, le=LARGEST)]
Point = Annotated[int, Meta(ge=0, le=10)]
Place = Annotated[int, Meta(ge=1, le=10_000)]
