"""Requests that nobody means well: what each sends, how, and what must hold of its answer.

All of it is bounded: no body is larger than 8 MB, no item opens more than 40 connections.
"""

import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from urllib.parse import quote

from msgspec import Struct

from tests.bench.hostile.bodies import DOCUMENTS, LINES, MB, PACKAGES, WORKBOOKS

MOST_ANSWER = 5 * MB
PATH = "inventory.db"
"""How a path of the machine would end."""
NDJSON, JSON, ZIP = "application/x-ndjson", "application/json", "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Manner(StrEnum):
    """How a request is sent, and its answer read."""

    PLAIN = "plain"
    UNREAD = "unread"  # the answer is not read
    TRICKLED = "trickled"  # the body comes a few bytes at a time
    BROKEN_OFF = "broken off"  # the sender leaves in the middle of the body
    HALF_OPEN = "half open"  # the head never ends


class Item(Struct, frozen=True, kw_only=True):
    """One attack. keyed: sent with an editor's key. together: how many are sent side by side.

    body: makes the body when it is needed. most_answer: the most bytes of an answer. refused: it has to be, with 4xx.
    absent: what no answer may hold. quick: part of the short run.
    """

    name: str
    kind: str
    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: Callable[[], bytes] = bytes
    keyed: bool = False
    together: int = 1
    manner: Manner = Manner.PLAIN
    most_answer: int = MOST_ANSWER
    refused: bool = False
    absent: str = ""
    quick: bool = False

    def holds(self, status: int | None, size: int) -> bool:
        """Whether an answer is as it must be: no error of the server, and not too long. None: there was none."""
        if size > self.most_answer:
            return False
        if status is None:
            return self.manner is not Manner.PLAIN
        return 400 <= status < 500 if self.refused else status < 500 or status == 503


RECURSIVE = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"
SQL = {
    "leak an address": "select hex(fts3_tokenizer('simple'))",
    "set a pointer": "select fts3_tokenizer('simple', x'4141414141414141')",
    "use a pointer": "select * from fts3tokenize where input = 'abc'",
    "a large blob in hex": "select hex(zeroblob(400000000))",
    "a large blob": "select zeroblob(1000000000)",
    "a random blob": "select length(hex(randomblob(300000000)))",
    "replace": "select replace(hex(zeroblob(20000)), '0', hex(zeroblob(20000)))",
    "printf": "select printf('%.*c', 500000000, 'x')",
    "format": "select format('%500000000s', 'x')",
    "group_concat": "select group_concat(hex(zeroblob(100000))) from codes, codes",
    "json_group_array": "select json_group_array(hex(zeroblob(100000))) from codes, codes",
    "quote": "select quote(zeroblob(200000000))",
    "doubling": "with recursive d(x) as (select 'xxxxxxxx' union all select x || x from d limit 40) "
    "select max(length(x)) from d",
    "rows of a megabyte": "with recursive c(x) as (select 1 union all select x + 1 from c limit 5000) "
    "select hex(zeroblob(500000)) from c",
    "many columns": f"select {', '.join(f'{n}' for n in range(1900))} from codes, codes",
    "recursion without end": RECURSIVE,
    "cartesian": "select count(*) from codes a, codes b, codes c, codes d, codes e, codes f",
    "sorted cartesian": "select a.*, b.* from codes a, codes b, codes c order by random() limit 5000",
    "distinct cartesian": "select count(distinct a.code || b.code || c.code || d.code) "
    "from codes a, codes b, codes c, codes d",
    "window": "select sum(length(a.code)) over (order by random()) from codes a, codes b, codes c",
    "deep": f"select {'(' * 900}1{')' * 900}",
    "very deep": f"select {'-(' * 8000}1{')' * 8000}",
    "compound": " union all ".join(["select 1"] * 500),
    "many compound": " union all ".join(["select 1"] * 6000),
    "a long list": f"select count(*) from codes where code in ({', '.join(str(n) for n in range(8000))})",
    "like": f"select '{'a' * 20000}' like '{'%a' * 5000}b'",
    "glob": f"select '{'a' * 20000}' glob '{'*a' * 5000}b'",
    "json_each": f"select count(*) from json_each('[{'1,' * 15000}1]') a, json_each('[{'1,' * 5000}1]') b",
    "json_tree": f"select count(*) from json_tree('{'[' * 900}{']' * 900}'), codes a, codes b, codes c",
    "load_extension": "select load_extension('/lib/x86_64-linux-gnu/libm.so.6')",
    "readfile": "select readfile('/etc/passwd')",
    "writefile": "select writefile('/tmp/psi-hostile', 'x')",
    "edit": "select edit('x', 'sh')",
    "attach": "attach database '/etc/passwd' as x",
    "attach in memory": "attach ':memory:' as x",
    "vacuum into": "vacuum into '/tmp/psi-hostile.db'",
    "pragma": "pragma writable_schema = 1",
    "pragma cache": "select * from pragma_cache_size",
    "pragma list": "select * from pragma_database_list",
    "pragma functions": "select * from pragma_function_list",
    "pragma options": "select * from pragma_compile_options",
    "dbstat": "select * from dbstat",
    "bytecode": "select * from bytecode('select 1')",
    "schema": "select * from sqlite_master",
    "hidden": "select * from codes_fts_data",
    "match": f"select * from services_fts where services_fts match '{' OR '.join(['a*'] * 2000)}'",
    "near": f"select * from services_fts where services_fts match 'NEAR({' '.join(['a'] * 900)}, 1000000)'",
    "nul": "select 'a\0b'",
    "many statements": ";".join(["select 1"] * 1000),
    "parameters": f"select {', '.join(f':p{n}' for n in range(900))}",
    "numbered": "select ?999999999",
    "insert": "insert into codes select * from codes",
    "with delete": "with x as (select 1) delete from codes",
    "temp": "create temp table x as select * from codes a, codes b, codes c",
    "date": "select count(strftime('%s', a.code)) from codes a, codes b, codes c, codes d",
}
REFUSED_SQL = {
    *("leak an address", "set a pointer", "use a pointer", "load_extension", "readfile", "writefile", "edit", "attach"),
    *("attach in memory", "vacuum into", "pragma", "insert", "with delete", "temp"),
}
QUICK_SQL = {
    "a large blob in hex",
    "group_concat",
    "rows of a megabyte",
    "recursion without end",
    "cartesian",
    "deep",
    "load_extension",
}
BROWSING = {
    "a condition": "codes?_where=" + quote(f"1 in ({RECURSIVE})"),
    "conditions": "codes?" + "&".join(["_where=1"] * 2000),
    "facets": "services?"
    + "&".join(["_facet=name", "_facet=description", "_facet_array=name", "_facet_date=name"] * 100),
    "a facet of sizes": "services?_facet=name&_facet_size=max",
    "a search": "services?_search=" + quote(" OR ".join(["a*"] * 1000)),
    "a raw search": "services?_searchmode=raw&_search=" + quote("(" * 3000),
    "a search of a column": "services?_search_name=" + quote('"' * 3000),
    "filters": "codes?" + "&".join(f"code__contains={n}" for n in range(900)),
    "a size": "codes.json?_size=99999999999999999999",
    "a sort": "codes?_sort=" + "x" * 20000,
    "a token": "codes?_next=" + quote("~2C" * 10000),
    "a time limit": "codes.json?_timelimit=99999999&_where=" + quote(f"1 in ({RECURSIVE})"),
    "columns": "codes.json?" + "&".join(["_col=code", "_nocol=label"] * 2000),
    "json columns": "codes.json?" + "&".join(["_json=code"] * 3000),
    "through": "services.json?_through=" + quote(json.dumps({"table": "codes", "column": "code", "value": "[" * 9000})),
    "labels": "services.json?_labels=on&_size=max&_shape=objects&_nl=on",
    "debug": "-/threads.json",
    "databases": "-/databases.json",
    "messages": "-/messages",
    "a long path": "x" * 30000,
    "escapes": "%2e%2e/" * 3000,
}


FLOOD = {
    "very many": tuple((f"X-{number}", "x") for number in range(5000)),
    "very long": (("X-Long", "x" * 300_000),),
    "one again and again": (("X-Same", "x"),) * 3000,
    "invalid UTF-8": (("X-\xff", "\xff" * 1000), ("Accept", "\xc3"), ("Cookie", "\xff")),
    "a long Accept": (("Accept", ",".join(f"a/b{number};q=0.{number}" for number in range(10_000))),),
    "a wild Accept": (("Accept", "*/*;q=" + "9" * 5000 + ',text/"' + "\\" * 5000),),
    "Accept-Language": (("Accept-Language", ",".join(["en;q=0.5"] * 10_000)),),
    "Accept-Encoding": (("Accept-Encoding", ",".join(["gzip;q=0.5"] * 10_000)),),
    "100,000 tags": (("If-None-Match", ",".join(['"x"'] * 100_000)),),
    "If-Match": (("If-Match", ",".join(['W/"x"'] * 20_000)),),
    "If-Modified-Since": (("If-Modified-Since", "Sun, 99 Foo 99999 99:99:99 GMT" * 500),),
    "ranges": (("Range", "bytes=" + ",".join(f"{number}-" for number in range(20_000))),),
    "a range of nothing": (("Range", "bytes=99999999999999999999999-0"),),
    "cookies": (("Cookie", "; ".join(f"c{number}={'x' * 20}" for number in range(6000))),),
    "another host": (("Host", "evil.example"),),
    "a host with a path": (("Host", "evil.example/<script>"),),
    "two hosts": (("Host", "a"), ("Host", "b")),
    "forwarded for": (("X-Forwarded-For", ",".join(["1.2.3.4"] * 20_000)), ("Forwarded", "for=x;" * 20_000)),
    "forwarded host": (("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "javascript")),
    "a long key": (("Authorization", "Bearer " + "x" * 200_000),),
    "a basic key": (("Authorization", "Basic " + "=" * 5000),),
    "a bad length": (("Content-Length", "99999999999999999999"),),
    "two lengths": (("Content-Length", "0"), ("Content-Length", "5")),
    "an upgrade": (("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "x")),
    "expect": (("Expect", "100-continue"), ("Expect", "x" * 5000)),
    "an origin": (("Origin", "null"), ("Access-Control-Request-Method", "x" * 20_000)),
}
QUICK = {
    "300 KB of empty objects",
    "100,000 empty channels",
    "nested",
    "a bomb",
    "a wide row",
    "strings",
    "very many",
    "ranges",
}


def _sql(sql: str, form: str = ".json") -> str:
    return f"/data/inventory{form}?sql={quote(sql)}"


def _of_data() -> Iterator[Item]:
    for name, sql in SQL.items():
        yield Item(name=name, kind="sql", path=_sql(sql), refused=name in REFUSED_SQL, quick=name in QUICK_SQL)
    for name, path in BROWSING.items():
        inside = path if path.startswith(("-/", "%", "x")) else f"inventory/{path}"
        yield Item(name=name, kind="browsing", path=f"/data/{inside}", absent=PATH)
    cross = "select a.*, b.* from codes a, codes b"
    yield Item(name="eight slow queries", kind="slow", path=_sql(RECURSIVE), together=8, quick=True)
    yield Item(name="forty slow queries", kind="slow", path=_sql(RECURSIVE), together=40)
    yield Item(name="eight large answers", kind="slow", path=_sql(SQL["rows of a megabyte"]), together=8)
    yield Item(
        name="CSV left unread", kind="unread", path=_sql(cross, ".csv"), manner=Manner.UNREAD, together=10, quick=True
    )
    stream = "/data/inventory/codes.csv?_stream=on&_size=max"
    yield Item(name="a stream left unread", kind="unread", path=stream, manner=Manner.UNREAD, together=20)
    rows = "/data/inventory/codes.json?_size=max"
    yield Item(name="JSON left unread", kind="unread", path=rows, manner=Manner.UNREAD, together=20)


def _of_bodies() -> Iterator[Item]:
    imports, checks = "/api/v1/imports?dry_run=true", "/api/v1/checks/service"

    def sent(kind: str, path: str, media: str, bodies: dict[str, Callable[[], bytes]]) -> Iterator[Item]:
        for name, body in bodies.items():
            headers, quick = (("Content-Type", media),), name in QUICK
            yield Item(
                name=name, kind=kind, path=path, method="POST", headers=headers, body=body, keyed=True, quick=quick
            )

    yield from sent("check", checks, JSON, DOCUMENTS)
    yield from sent("import of JSON", imports, JSON, DOCUMENTS)
    yield from sent("import of NDJSON", imports, NDJSON, LINES)
    yield from sent("import of a package", imports, ZIP, PACKAGES)
    yield from sent("import of a workbook", imports, XLSX, WORKBOOKS)


def _of_connections() -> Iterator[Item]:
    for name, body, manner, together in (
        ("bodies a few bytes at a time", LINES["6 MB of empty objects"], Manner.TRICKLED, 20),
        ("senders that leave", LINES["6 MB of empty objects"], Manner.BROKEN_OFF, 10),
        ("answers left unread", LINES["300 KB of empty objects"], Manner.UNREAD, 4),
    ):
        yield Item(
            name=name,
            kind="slow",
            path="/api/v1/imports?dry_run=true",
            method="POST",
            headers=(("Content-Type", NDJSON),),
            body=body,
            keyed=True,
            manner=manner,
            together=together,
            quick=manner is not Manner.UNREAD,
        )
    yield Item(name="heads without an end", kind="slow", path="/", manner=Manner.HALF_OPEN, together=40, quick=True)
    listed = "/api/v1/services?limit=1000"
    yield Item(name="lists left unread", kind="unread", path=listed, manner=Manner.UNREAD, together=40)
    for name, headers in FLOOD.items():
        for path in ("/api/v1/services", "/data/inventory/codes", "/releases/latest"):
            yield Item(
                name=f"{name} ({path})",
                kind="headers",
                path=path,
                headers=headers,
                absent="evil.example",
                quick=name in QUICK,
            )


CORPUS: tuple[Item, ...] = (*_of_data(), *_of_bodies(), *_of_connections())
