"""Why text is no JSON, and where: the reader counts bytes, and calls half of a character the end of the text."""

import re

# Escapes in the order in which they are read, so that none begins within another; the group holds half of a character.
_HEX = rb"[0-9a-fA-F]{2}"
_ESCAPES = re.compile(rb"\\u[dD][89aAbB]%b\\u[dD][c-fC-F]%b|(\\u[dD][89a-fA-F]%b)|\\." % (_HEX, _HEX, _HEX), re.DOTALL)
_HALVED = ("truncated", "surrogate")  # what the reader says of half of a character
_TOO_LARGE = ("Number out of range", "Integer value out of range")
_BYTE = re.compile(r"^(?:JSON is malformed: )?(.*?) \(byte ([0-9]+)\)$")


def why_not_json(body: bytes, fault: Exception) -> str:
    """What is wrong with a body that the reader does not take. fault: what it says."""
    if not body.strip():
        return "is empty"
    try:
        body.decode()
    except UnicodeDecodeError as broken:
        return f"is not in UTF-8: {_place(body, broken.start)}, {broken.reason}"
    said = str(fault)
    if any(word in said for word in _HALVED) and (half := _half(body)) is not None:
        return f"has half of a character, {half[1].decode()}, in {_place(body, half.start(1))}"
    if said.startswith(_TOO_LARGE):
        return "holds a number that is larger than any number here may be"
    if found := _BYTE.match(said):
        return f"is not JSON: {found[1]} in {_place(body, int(found[2]))}"
    return "is not JSON: it ends before it is whole" if "truncated" in said else f"is not JSON: {said}"


def _half(body: bytes) -> re.Match[bytes] | None:
    """The first escape that is half of a character."""
    return next((found for found in _ESCAPES.finditer(body) if found[1]), None)


def _place(body: bytes, offset: int) -> str:
    """A place as people count; of a single line the column alone."""
    before = body[:offset]
    line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode(errors="replace")) + 1
    return f"line {line:,}, column {column:,}" if b"\n" in body else f"column {column:,}"
