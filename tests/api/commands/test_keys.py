"""`psi key`: the first key of an inventory is made on the command line."""

import datetime

import msgspec

from api.server.settings import Settings
from api.server.store import open_store
from inventory.access.api_keys import Key, key_of
from tests.support.api.psi import Psi


def test_a_key_is_issued_listed_rotated_and_revoked(psi: Psi) -> None:
    issued = psi.json("key", "issue", "--to", "An OMB admin", "--role", "omb_admin")
    key_id = issued["key"]["key_id"]
    assert opens(psi, issued["secret"])
    assert issued["secret"] not in psi("key", "list") and key_id in psi.told and "An OMB admin" in psi.told
    rotated = psi.json("key", "rotate", key_id)
    assert opens(psi, rotated["secret"]) and not opens(psi, issued["secret"])
    assert "opens nothing any more" in psi("key", "revoke", rotated["key"]["key_id"])
    assert not opens(psi, rotated["secret"])
    assert [key["key_id"] for key in psi.json("key", "list")] == [key_id, rotated["key"]["key_id"]]


def test_a_rotated_key_opens_for_as_long_as_the_old_one_unless_days_are_said(psi: Psi) -> None:
    key = psi.json("key", "issue", "--to", "An OMB admin", "--role", "omb_admin", "--days", "30")["key"]
    for said, days in (((), 30), (("--days", "7"), 7)):
        key = psi.json("key", "rotate", key["key_id"], *said)["key"]
        assert msgspec.convert(key, Key).days == days


def test_the_key_is_told_once_with_how_to_send_it(psi: Psi) -> None:
    told = psi("key", "issue", "--to", "An OMB admin", "--role", "omb_admin", "--days", "10")
    assert "Authorization: Bearer" in told and "\npsi_" in told and "in all organizations" in told


def test_what_cannot_be_issued_is_told_in_a_line(psi: Psi) -> None:
    assert "editor" in psi("key", "issue", "--to", "A", "--role", "admin", code=2)
    assert "needs an organization" in psi("key", "issue", "--to", "A", "--role", "editor", code=2)
    assert "no organization nowhere" in psi(
        "key", "issue", "--to", "A", "--role", "editor", "--organization", "nowhere", code=2
    )
    assert "There is no key 00" in psi("key", "revoke", "00", code=2)


def opens(psi: Psi, secret: str) -> bool:
    store = open_store(Settings.from_environment({"PSI_HOME": str(psi.home)}))
    try:
        return key_of(store, secret, datetime.datetime.now(datetime.UTC)) is not None
    finally:
        store.engine.dispose()
