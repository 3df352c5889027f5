"""Cells, bytes and names as nobody means them."""

from collections.abc import Callable

from hypothesis import strategies as st

NASTY = (
    *(
        "",
        " ",
        "\0",
        "\ufeff",
        "\x1c",
        "\x85",
        "\u2028",
        "\u202e",
        "\u00a0",
        "\x1b[31m",
        "\ue000",
        "\ufffe",
        "\U0010ffff",
    ),
    *(
        "e\u0301",
        "\u00e9",
        "\ufb01",
        "\u212b",
        "\u0130",
        "\u1e9e",
        "\u0345" * 40,
        "\U0001f468\u200d\U0001f469",
        "\u0664\u0662",
    ),
    *("=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "-1", "\t=1", "'", '"', '""', ",", ";", "a\nb", "a\rb", "a\r\nb"),
    *(
        "1e308",
        "1e309",
        "-1e-400",
        "9" * 19,
        "9" * 400,
        "9" * 5000,
        "NaN",
        "Infinity",
        "-inf",
        "-0",
        "0x10",
        "1_000",
        "1,000",
    ),
    *("00", "1.", ".5", "1.0000000000000000000001", "T15:32", "15:32", "1" + "0" * 30 + ".5"),
    *("2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "-2026-01-01", "20260101", "2026-W01-1"),
    *("2026-01-01T00:00:00Z", "2026-Q1", "2026-Q5", "9999", "0", "45000", "2958466", "-1"),
    *(
        "true",
        "TRUE",
        "false",
        "null",
        "None",
        "undefined",
        "[]",
        "{}",
        "[[",
        '{"a":',
        "%s%n",
        "{0}",
        "{}{}",
        "$ref",
        "__class__",
    ),
    *(
        "../..",
        "/etc/passwd",
        "a" * 33,
        "a" * 300,
        "x" * 70_000,
        "dos-ca",
        "passports",
        "service_id",
        "s/1",
        "~0~1",
        "#",
        "con",
    ),
    *(
        "http://[::1",
        "http://a:99999999",
        "https://user:pw@a.gov",
        "javascript:alert(1)",
        "a@b",
        "<script>",
        "&amp;",
        "]]>",
    ),
)
nasty = st.integers(0, len(NASTY) - 1).map(lambda at: NASTY[at])
any_text = st.text(max_size=20)
cells = nasty | any_text
NASTY_BYTES = (
    *(
        b"\0",
        b"\xff",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc0\x80",
    ),
    *(
        b'"',
        b'""',
        b",",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\r",
        b"\x1a",
        b"\x85",
        b"\\",
        b"\\u",
        b"\\ud800",
        b"{",
        b"[",
        b"}",
        b"]",
    ),
    *(
        b"[" * 5000,
        b'{"a":' * 5000,
        b"9" * 5000,
        b"x" * 200_000,
        b"," * 50_000,
        b"\n" * 50_000,
        b'"' * 50_001,
        b" " * 100_000,
    ),
    *(b"-", b"1e400", b"NaN", b"null", b"&lt;", b"<", b">", b"/>", b"]]>", b"<!--", b"&#0;", b"&x;"),
)
nasty_bytes = st.integers(0, len(NASTY_BYTES) - 1).map(lambda at: NASTY_BYTES[at])


@st.composite
def damaged(draw: st.DrawFn, body: bytes, most: int = 2) -> bytes:
    """The bytes with something put in, taken out or changed in a few places."""
    for _ in range(draw(st.integers(0, most))):
        body = draw(st.sampled_from(DAMAGES))(draw, body)
    return body


def _put_in(draw: st.DrawFn, body: bytes) -> bytes:
    at = draw(st.integers(0, len(body)))
    return body[:at] + draw(nasty_bytes | st.binary(max_size=4)) + body[at + draw(st.integers(0, 3)) :]


def _take_out(draw: st.DrawFn, body: bytes) -> bytes:
    at = draw(st.integers(0, len(body)))
    return body[:at] + body[at + draw(st.integers(1, 40)) :]


def _break_off(draw: st.DrawFn, body: bytes) -> bytes:
    return body[: draw(st.integers(0, len(body)))]


def _flip(draw: st.DrawFn, body: bytes) -> bytes:
    at = draw(st.integers(0, max(0, len(body) - 1)))
    return body[:at] + bytes([draw(st.integers(0, 255))]) + body[at + 1 :]


def _again(draw: st.DrawFn, body: bytes) -> bytes:
    at, length = draw(st.integers(0, len(body))), draw(st.integers(1, 200))
    return body[:at] + body[at : at + length] * draw(st.integers(2, 50)) + body[at + length :]


DAMAGES: tuple[Callable[[st.DrawFn, bytes], bytes], ...] = (_put_in, _put_in, _take_out, _break_off, _flip, _again)
