"""`psi` as its users type it."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from litestar.testing import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.commands.main import app
from api.commands.releases import fetch
from api.server.settings import Settings
from api.server.store import open_store
from inventory.errors import Unreadable
from tests.conftest import ROOT, SAMPLE
from tests.support.api.psi import Psi
from tests.support.builders import a_service, an_organization


class Shell:
    """Runs `psi` in a process of its own, in an empty home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.told = ""
        self.environ: dict[str, str] = {}

    def __call__(self, *words: str, code: int = 0) -> str:
        command = [sys.executable, "-c", "from api.commands.main import main; main()", *words]
        others = {name: value for name, value in os.environ.items() if not name.startswith("PSI_")}
        environ = {**others, "PSI_HOME": str(self.home), "COLUMNS": "200", **self.environ}
        done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=120, cwd=ROOT)
        assert done.returncode == code, done.stdout + done.stderr
        self.told = done.stdout
        return done.stdout + done.stderr

    def json(self, *words: str, code: int = 0) -> Any:
        self(*words, "--json", code=code)
        return json.loads(self.told)


@pytest.fixture
def psi(psi: Psi) -> Psi:
    psi.set(COLUMNS="200")
    return psi


def write(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value), "utf-8")
    return str(path)


def test_the_main_job_end_to_end(tmp_path: Path) -> None:
    psi = Shell(tmp_path / "var")
    counts = psi.json("load", str(SAMPLE))["counts"]
    assert (counts["read"], counts["added"], counts["rejected"]) == (270, 270, 0)
    assert psi.json("load", str(SAMPLE))["counts"]["unchanged"] == 270
    assert len(psi.json("publish", "--all")["receipts"]) == 74
    release = psi.json("release")
    assert psi.json("verify", f"{release['path']}.zip")["faults"] == []
    assert "publish" in psi("ledger", "log", "dos-ca-passport-services")


def test_what_cannot_be_kept_comes_back_and_the_rest_is_kept(psi: Psi, tmp_path: Path) -> None:
    psi("load", str(SAMPLE))
    good = a_service(service_id="dos-ca-good", channels=[])
    path = write(tmp_path / "in.json", [good, a_service(service_id="Bad Id", service_type="fun")])
    report = psi.json("load", path, "--rejects", str(tmp_path / "rejects.ndjson"), code=1)
    assert (report["counts"]["added"], report["counts"]["rejected"]) == (1, 1)
    assert report["problem_counts"] == {"bad-format": 1, "channels-missing": 1, "unknown-code": 1}
    rejected = json.loads((tmp_path / "rejects.ndjson").read_text("utf-8"))
    assert rejected["raw"]["service_id"] == "Bad Id" and len(rejected["problems"]) == 2
    told = psi("publish", "dos-ca-good", code=1)
    assert "channels-missing" in told


def test_a_dry_run_writes_nothing(psi: Psi) -> None:
    assert psi.json("load", str(SAMPLE), "--dry-run")["counts"]["added"] == 270
    assert psi.json("load", str(SAMPLE), "--dry-run")["counts"]["added"] == 270


@pytest.mark.slow
def test_a_change_is_told_by_its_fields_and_an_absence_deletes_nothing(psi: Psi, tmp_path: Path) -> None:
    psi("load", str(SAMPLE))
    services = json.loads((SAMPLE / "services" / "state.json").read_text("utf-8"))
    services[0]["name"] = "Another name"
    report = psi.json("load", write(tmp_path / "in.json", services[:1]))
    assert report["changes"][0]["fields"] == ["name"]
    same_owner = [s for s in services[1:] if s["organization_id"] == services[0]["organization_id"]]
    assert report["counts"]["absent"] == len(same_owner) > 0
    told = psi("load", write(tmp_path / "in.json", [{**services[0], "name": "A third name"}]))
    assert f"changed  service/{services[0]['service_id']}  name\n" in told and "\nabsent  service/" in told
    assert psi.json("load", str(SAMPLE / "services" / "state.json"))["counts"]["added"] == 0


def test_check_needs_no_store(psi: Psi, tmp_path: Path) -> None:
    report = psi.json("check", write(tmp_path / "in.json", a_service(channels=[])), code=1)
    assert report["problem_counts"] == {"channels-missing": 1}
    assert not psi.home.exists()


def test_a_line_that_is_no_json_does_not_stop_the_others(psi: Psi, tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_text(json.dumps(a_service()) + "\nnonsense\n" + json.dumps(a_service(service_id="b")) + "\n", "utf-8")
    report = psi.json("check", str(path), code=1)
    assert (report["counts"]["read"], report["counts"]["rejected"]) == (3, 1)
    assert [(p["code"], p["row"]) for p in report["problems"]] == [("unreadable", 2)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["load", "nowhere.json"], "There is no file nowhere.json"),
        (["load", "README.md"], "README.md does not end in one of"),
        (["publish"], "name services, or say --all"),
        (["act", "publish", "nothing"], "There is no service/nothing"),
        (["act", "retire", "nothing", "--version", "1"], "--version and --part are for erase"),
        (["publish", "nothing"], "There is no service/nothing"),
        (["act", "dance", "nothing"], "There is no action dance for service; there are save, publish"),
        (["release"], "nothing public"),
        (["verify", "nowhere.zip"], "There is no file or directory nowhere.zip"),
        (["verify", "http://127.0.0.1:1/x.zip"], "http://127.0.0.1:1/x.zip cannot be read"),
        (["verify", "http://[/x.zip"], "cannot be read"),
        (["verify", "README.md", "--ledger"], "no ledger here to compare with"),
        (["backup", "/no/dir/x"], "There is no directory /no/dir"),
        (["export", "/no/dir/x.zip"], "There is no directory /no/dir"),
        (["template", "services", "/no/dir/x.xlsx"], "There is no directory /no/dir"),
        (["load", "README.md", "--rejects", "/no/dir/x"], "There is no directory /no/dir"),
        (["restore", "nowhere.psi"], "nowhere.psi is not a zip file"),
        (["serve", "--workers", "4"], "--workers 4 needs PostgreSQL"),
        (["ledger", "log", "nothing"], "There is no nothing"),
    ],
)
def test_misuse_is_told_in_a_line_and_exits_with_2(psi: Psi, words: list[str], said: str) -> None:
    told = psi(*words, code=2)
    assert said in told and "Traceback" not in told


@pytest.mark.slow
def test_the_ledger_is_verified_and_its_heads_made_anew(psi: Psi) -> None:
    psi("load", str(SAMPLE))
    assert psi.json("ledger", "verify")["faults"] == []
    with closing(sqlite3.connect(psi.home / "ledger.db")) as connection, connection:
        connection.execute("UPDATE entries SET note = 'forged' WHERE seq = 3")
        connection.execute("UPDATE heads SET name = 'Forged' WHERE record_id = 'usda'")
    faults = psi.json("ledger", "verify", code=1)["faults"]
    assert [(fault["table"], fault["row"]) for fault in faults] == [("entries", "3"), ("heads", "organization/usda")]
    assert "its link does not match" in psi("ledger", "verify", code=1)
    assert psi.json("ledger", "rebuild") == {"heads": 270}
    assert [fault["table"] for fault in psi.json("ledger", "verify", code=1)["faults"]] == ["entries"]


@pytest.mark.slow
def test_a_version_is_erased_and_the_ledger_holds(psi: Psi, tmp_path: Path) -> None:
    psi("load", str(SAMPLE))
    official = {"title": "Director", "email": "private@example.gov"}
    provider = {"provider_id": "p", "organization_id": "usda", "name": "P", "accountable_official": official}
    for name in ("P", "Q"):
        psi("load", write(tmp_path / "in.json", {**provider, "name": name}))
    psi("load", write(tmp_path / "in.json", [a_service(service_id="s"), a_service(service_id="t")]))
    psi("load", write(tmp_path / "in.json", [a_service(service_id="s", name="New")]))
    erase = ("act", "erase", "provider/p", "--reason", "asked for", "--part", "private", "--version", "all")
    assert [receipt["version"] for receipt in psi.json(*erase)] == [1, 2]
    assert "It keeps no private part" in psi(*erase, code=2)
    body = ("act", "erase", "s", "--reason", "secret", "--part", "body", "--version")
    assert "version 1 erased" in psi(*body, "1")
    assert "is the newest" in psi(*body, "2", code=2)
    assert "erased one by one" in psi(*body, "all", code=2)
    assert "asks for --version and --part" in psi("act", "erase", "s", "--reason", "secret", code=2)
    assert b"private@example.gov" not in (psi.home / "ledger.db").read_bytes()
    assert "erase" in psi("ledger", "log", "s")
    assert psi.json("ledger", "verify")["faults"] == []


@pytest.mark.slow
def test_a_service_is_transferred_and_not_taken_by_a_load(psi: Psi, tmp_path: Path) -> None:
    psi("load", str(SAMPLE))
    psi("load", write(tmp_path / "in.json", a_service(service_id="s")))
    report = psi.json("load", write(tmp_path / "in.json", a_service(service_id="s", organization_id="usda")), code=1)
    assert (report["counts"]["rejected"], report["problem_counts"]) == (1, {"id-taken": 1})
    assert "transfer, and nothing else, asks for --to" in psi("act", "transfer", "s", code=2)
    assert psi.json("act", "transfer", "s", "--to", "usda", "--reason", "moved")[0]["state"] == "draft"
    assert psi.json("ledger", "log", "s")[-1]["note"] == "from dos-ca to usda: moved"
    assert "organization/nowhere is not known" in psi("act", "transfer", "s", "--to", "nowhere", code=1)
    assert psi.json("load", str(tmp_path / "in.json"))["counts"]["unchanged"] == 1


def test_a_file_that_is_no_database_is_told_in_a_line(psi: Psi) -> None:
    psi.home.mkdir()
    (psi.home / "ledger.db").write_bytes(b"This is no database. " * 99)
    assert "cannot be opened: file is not a database" in psi("ledger", "verify", code=2)


PORT = "PSI_PORT must be a whole number from 1 to 65535"
DATABASE = "PSI_DATABASE_URL must be sqlite:///PATH or postgresql://"


@pytest.mark.parametrize(
    ("words", "setting", "value", "said", "code"),
    [
        (["doctor"], "PSI_PORT", "abc", PORT, 2),
        (["serve"], "PSI_PORT", "abc", PORT, 2),
        (["doctor"], "PSI_HOME", str(ROOT / "README.md"), "PSI_HOME must be a folder", 2),
        (["verify", "x.zip"], "PSI_DATABASE_URL", "postgres:secret@", DATABASE, 2),
        (["ledger", "verify"], "PSI_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x", "postgresql://u:***@", 2),
        (["verify", "x.zip"], "PSI_DATABASE_URL", "postgresql://127.0.0.1:1/x?password=secret", "cannot be opened", 2),
        (["doctor"], "PSI_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x", "cannot be opened", 1),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_a_line(
    psi: Psi, words: list[str], setting: str, value: str, said: str, code: int
) -> None:
    psi.set(**{setting: value})
    told = psi(*words, code=code)
    assert said in told and "Traceback" not in told and "secret" not in told


def test_a_home_that_cannot_be_made_is_told_in_a_line(psi: Psi) -> None:
    psi.set(PSI_HOME="/dev/null/var")
    told = psi("load", str(SAMPLE), code=2)
    assert "/dev/null" in told and "Traceback" not in told


def test_what_is_no_release_is_a_fault_of_the_data(psi: Psi) -> None:
    assert psi.json("verify", "README.md", code=1) == {
        "source": "README.md",
        "faults": ["README.md is not a zip file"],
        "ledger_compared": False,
        "not_compared": [],
    }


@pytest.mark.slow
def test_a_release_is_verified_by_whoever_has_it_and_compared_where_it_is_known(psi: Psi, tmp_path: Path) -> None:
    psi("demo", "--no-serve")
    release = next((psi.home / "releases").glob("*.zip"))
    assert "and its place in the ledger" in psi("verify", str(release))
    assert psi.json("verify", str(release), "--ledger") == {
        "source": str(release),
        "faults": [],
        "ledger_compared": True,
        "not_compared": [],
    }
    reader = Shell(tmp_path / "reader")
    assert "ledger position not compared: this inventory does not hold it" in reader("verify", str(release))
    assert not reader.home.exists()
    reader("load", str(SAMPLE))
    assert reader.json("verify", str(release))["ledger_compared"] is False
    faults = reader.json("verify", str(release), "--ledger", code=1)["faults"]
    assert faults[0].startswith("the ledger holds no entry")


@pytest.mark.slow
def test_a_release_is_verified_at_its_address(psi: Psi, tmp_path: Path) -> None:
    psi("demo", "--no-serve")
    release = next((psi.home / "releases").glob("*.zip"))
    settings = Settings.from_environment({"PSI_HOME": str(psi.home)})
    store = open_store(settings)
    with TestClient(create_app(settings, store)) as client:
        for name in (release.name, "latest.zip"):
            copy = fetch(client, f"/releases/{name}", tmp_path / "copy.zip")
            assert copy.read_bytes() == release.read_bytes()
        with pytest.raises(Unreadable, match="answers 404"):
            fetch(client, "/releases/nothing.zip", tmp_path / "copy.zip")
    store.engine.dispose()
    with serving(release.parent) as address:
        assert psi.json("verify", f"{address}/{release.name}") == {
            "source": f"{address}/{release.name}",
            "faults": [],
            "ledger_compared": True,
            "not_compared": [],
        }
        assert "answers 404" in psi("verify", f"{address}/nothing.zip", code=2)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server of a folder's files."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_a_load_tells_what_publishing_did(psi: Psi, tmp_path: Path) -> None:
    published = psi.json("load", str(SAMPLE), "--publish")["published"]
    assert published == {"receipts": 74, "kept_back": 0, "problems": []}
    lacking = write(tmp_path / "in.json", a_service(service_id="dos-ca-lacking", channels=[]))
    told = psi.json("load", lacking, "--publish", code=1)["published"]
    assert (told["receipts"], told["kept_back"]) == (0, 1)
    assert [(p["code"], p["record"]) for p in told["problems"]] == [("channels-missing", "service/dos-ca-lacking")]
    fine = write(tmp_path / "in.json", a_service(service_id="dos-ca-fine"))
    assert "1 made public, 0 kept back" in psi("load", fine, "--publish")
    assert "published" not in psi.json("load", fine)
    assert "published" not in psi.json("load", fine, "--publish", "--dry-run")


def test_the_doctor_counts_the_entries(psi: Psi, tmp_path: Path) -> None:
    psi(
        "load",
        write(
            tmp_path / "in.json",
            [an_organization(parent_id=None), an_organization(organization_id="b", parent_id="dos-ca")],
        ),
    )
    assert "entries, the links between them not looked at" in psi("doctor")
    with closing(sqlite3.connect(psi.home / "ledger.db")) as database:
        database.execute("DELETE FROM entries WHERE seq = 1")
        database.commit()
    assert "where the end of the chain says 2" in psi("doctor", code=1)


def test_the_doctor_makes_nothing(psi: Psi) -> None:
    assert "none yet" in psi("doctor")
    assert not psi.home.exists()


def commands() -> list[list[str]]:
    found = [[command.name or ""] for command in app.registered_commands]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found += [[group.name or "", command.name or ""] for command in group.typer_instance.registered_commands]
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_helps_with_an_example_and_is_documented(command: list[str]) -> None:
    told = CliRunner().invoke(app, [*command, "--help"])
    assert told.exit_code == 0 and "Example:" in told.output
    assert f"`psi {' '.join(command)}" in (ROOT / "docs" / "commands.md").read_text("utf-8")


@pytest.mark.slow
def test_a_backup_is_restored_elsewhere(psi: Psi, tmp_path: Path) -> None:
    psi("load", str(SAMPLE))
    told = psi.json("backup", str(tmp_path / "out.psi"))
    other = Shell(tmp_path / "other")
    assert other.json("restore", str(tmp_path / "out.psi"))["link"] == told["link"]
    assert other.json("load", str(SAMPLE))["counts"]["unchanged"] == 270
    assert "not empty" in other("restore", str(tmp_path / "out.psi"), code=2)


@pytest.mark.slow
def test_the_doctor_says_what_is_well_and_what_is_not(psi: Psi) -> None:
    psi("demo", "--no-serve")
    assert {finding["fine"] for finding in psi.json("doctor")} == {True}
    latest = (psi.home / "releases" / "latest").read_text("utf-8").strip()
    (psi.home / "releases" / latest / "codes.csv").unlink()
    with closing(sqlite3.connect(psi.home / "ledger.db")) as database:
        database.execute("UPDATE chain SET seq = seq + 1")
        database.commit()
    sick = {finding["what"]: finding["remedy"] for finding in psi.json("doctor", code=1) if not finding["fine"]}
    assert set(sick) == {"Ledger", "Releases"} and all(sick.values())


@pytest.mark.slow
def test_nothing_with_errors_becomes_public_by_any_way(psi: Psi, tmp_path: Path) -> None:
    psi("load", str(SAMPLE))
    psi("load", write(tmp_path / "in.json", [a_service(service_id="dos-ca-bad", channels=[])]), code=1)
    assert "channels-missing" in psi("act", "publish", "dos-ca-bad", code=1)
    designation = {"provider_id": "nobody", "service_id": "dos-ca-bad", "fiscal_year": 2026}
    psi("load", write(tmp_path / "designation.json", [designation]), code=1)
    assert "reference-unknown" in psi("act", "confirm", "designation/nobody/dos-ca-bad/2026", code=1)


@pytest.mark.slow
def test_loading_publishes_what_it_brought_and_nothing_else(psi: Psi, tmp_path: Path) -> None:
    psi("load", str(SAMPLE))
    path = write(tmp_path / "in.json", [a_service(service_id="dos-ca-new")])
    psi("load", path, "--publish", code=0)
    assert "published" in psi("ledger", "log", "dos-ca-new")
    assert "published" not in psi("ledger", "log", "dos-ca-passport-services")
    psi("load", path, "--publish", code=0)


@pytest.mark.slow
def test_a_second_demo_leaves_what_its_owners_changed(psi: Psi, tmp_path: Path) -> None:
    psi("demo", "--no-serve")
    services = json.loads((SAMPLE / "services" / "state.json").read_text("utf-8"))
    edited = {**services[0], "name": "As its owner wants it"}
    psi("load", write(tmp_path / "in.json", [edited]))
    before = psi("ledger", "log", edited["service_id"])
    told = psi("demo", "--no-serve")
    assert (
        psi("ledger", "log", edited["service_id"]) == before
        and "0 of its records and 0 quarters of feedback are new" in told
    )
