"""SQL that strangers send may read a release, and do nothing else."""

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest

from catalog.sql_limits import ALLOWED_FUNCTIONS, LIMITS, MOST_BYTES, limit_connection
from tests.support.sites import Client

MANY = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT {}) SELECT {} FROM c"
REFUSED = {
    "an address in memory": "SELECT hex(fts3_tokenizer('simple'))",
    "a pointer of the sender's": "SELECT fts3_tokenizer('simple', x'4141414141414141')",
    "a tokenizer as a table": "SELECT * FROM fts3tokenize WHERE input = 'abc'",
    "a tokenizer counted": "SELECT count(*) FROM fts3tokenize('simple')",
    "a library": "SELECT load_extension('x')",
    "a file": "SELECT readfile('/etc/passwd')",
    "paths": "SELECT file FROM pragma_database_list",
    "statements of others": "SELECT sql FROM sqlite_stmt",
    "pages of the file": "SELECT count(*) FROM dbstat",
    "the library's version": "SELECT sqlite_source_id()",
    "a long zero": "SELECT hex(zeroblob(400000000))",
    "a long random": "SELECT randomblob(400000000)",
    "a long value": "SELECT replace(hex(printf('%.*c', 400000, 'x')), '7', printf('%.*c', 1000, 'y'))",
    "values joined": "SELECT group_concat(a.description) FROM services a, services b, services c",
    "an array": "SELECT json_group_array(a.description) FROM services a, services b, services c",
    "long rows": MANY.format(100, "printf('%.*c', 900000, 'x')"),
    "many columns": f"SELECT {', '.join('1' for _ in range(300))}",
    "a deep expression": f"SELECT {'(' * 200}1{' + 1)' * 200}",
    "many selects": " UNION ALL ".join(["SELECT 1"] * 100),
    "a long statement": f"SELECT '{'x' * 30_000}'",
}
USEFUL = {
    "json": "SELECT value FROM json_each('[1, 2]')",
    "columns": "SELECT name FROM pragma_table_info('services')",
    "tables": "SELECT name FROM sqlite_master",
    "words": "SELECT highlight(services_fts, 0, '<', '>'), bm25(services_fts) FROM services_fts('passport')",
    "recursion": MANY.format(5, "count(*)"),
    "windows": "SELECT name, rank() OVER (ORDER BY name) FROM services",
    "a view": "SELECT count(*) FROM service_overview",
    "dates": "SELECT strftime('%Y', reviewed_on), count(*) FROM services GROUP BY 1",
    "a plan": "EXPLAIN QUERY PLAN SELECT * FROM services",
    "all names": "SELECT group_concat(name), json_group_array(name) FROM services",
}


def asked(client: Client, sql: str, path: str = "inventory.json") -> Any:
    return client.get(f"/data/{path}", params={"sql": sql, "_shape": "objects"})


@pytest.mark.parametrize("what", REFUSED)
def test_refuses_sql_that_does_more_than_read(browsed: Client, what: str) -> None:
    answer = asked(browsed, REFUSED[what])
    assert answer.status_code == 400 and answer.json()["error"]
    assert not answer.json().get("rows")


@pytest.mark.parametrize("what", USEFUL)
def test_answers_sql_that_reads_a_release(browsed: Client, what: str) -> None:
    answer = asked(browsed, USEFUL[what])
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"]


@pytest.mark.parametrize("ending", ["_where=fts3_tokenizer('simple')", "_sort_by_desc=x&_where=load_extension('x')"])
def test_limits_conditions_of_a_table_too(browsed: Client, ending: str) -> None:
    assert browsed.get(f"/data/inventory/services.json?{ending}").status_code == 400


def test_says_how_much_a_query_may_return(browsed: Client) -> None:
    error = asked(browsed, REFUSED["long rows"]).json()["error"]
    assert (
        error == f"The rows take more than {MOST_BYTES:,} bytes. Ask for fewer columns or rows, or page through them."
    )
    assert asked(browsed, MANY.format(10, "printf('%.*c', 900000, 'x')")).status_code == 200


def test_csv_of_a_table_streams_whole(browsed: Client) -> None:
    lines = browsed.get("/data/inventory/services.csv?_stream=on").text.splitlines()
    count = asked(browsed, "SELECT count(*) AS n FROM services").json()["rows"][0]["n"]
    assert len(lines) > count > 50


@pytest.mark.parametrize(
    "setting", ["PRAGMA temp_store = FILE", "PRAGMA hard_heap_limit = 0", "ATTACH ':memory:' AS x"]
)
def test_a_limited_connection_changes_nothing(tmp_path: Path, setting: str) -> None:
    connection = sqlite3.connect(tmp_path / "some.db")
    connection.execute("CREATE TABLE t (x)")
    limit_connection(connection)
    for refused in (
        setting,
        "INSERT INTO t VALUES (1)",
        "DROP TABLE t",
        "CREATE TABLE u (x)",
        "PRAGMA schema_version=9",
    ):
        with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
            connection.execute(refused)
    assert connection.execute("SELECT count(*) FROM t").fetchone()[0] == 0
    connection.close()


def test_each_function_of_sqlite_is_judged(tmp_path: Path) -> None:
    connection = sqlite3.connect(":memory:")
    there = {row[0] for row in connection.execute("SELECT DISTINCT name FROM pragma_function_list")}
    connection.close()
    kept_out = there - ALLOWED_FUNCTIONS
    assert {"fts3_tokenizer", "load_extension", "randomblob", "zeroblob", "sqlite_log", "matchinfo", "fts5"} <= kept_out
    assert sqlite3.SQLITE_LIMIT_ATTACHED in LIMITS


OPERATORS_PAGES = ["databases", "databases.json", "threads", "plugins", "versions", "settings", "metadata", "actor"]
OPERATORS_PAGES += ["allow-debug", "permissions", "messages", "patterns", "config", "auth-token", "logout"]


@pytest.mark.parametrize("page", OPERATORS_PAGES)
def test_pages_for_operators_are_closed(browsed: Client, page: str) -> None:
    assert browsed.get(f"/data/-/{page}").status_code == 404


@pytest.mark.parametrize("path", ["", "inventory", "inventory/services", "inventory.json", "none", "-/databases.json"])
def test_no_page_shows_a_path_of_the_machine(browsed: Client, path: str) -> None:
    assert tempfile.gettempdir() not in browsed.get(f"/data/{path}").text


def test_links_are_made_from_the_public_address(browsed: Client) -> None:
    answer = browsed.get("/data/inventory/services.json?_size=1", headers={"Host": "evil.example"})
    assert answer.headers["link"].startswith("<http://127.0.0.1:8000/data/inventory/services.json?")
    assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "query", ["&".join(["_where=1"] * 200), "&".join(["_facet=name"] * 200), f"_sort={'x' * 20_000}", "_through=%7Bx"]
)
def test_parameters_that_cannot_be_used_are_400(browsed: Client, query: str) -> None:
    assert browsed.get(f"/data/inventory/services.json?{query}").status_code == 400
