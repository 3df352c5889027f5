"""A site with a department, a bureau below it and another agency, and keys of every role, for tests that write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import TestClient

from inventory.access.api_keys import Wanted, issue
from inventory.ledger.store import Store
from inventory.records.lifecycle import Role
from tests.conftest import OPERATOR, now
from tests.inventory.ledger.test_store import save
from tests.support.builders import an_organization
from tests.support.sites import serving

HOLDERS = {
    "editor": (Role.EDITOR, "dos-ca"),
    "certifier": (Role.CERTIFIER, "dos-ca"),
    "organization_admin": (Role.ORGANIZATION_ADMIN, "dos-ca"),
    "editor above": (Role.EDITOR, "dos"),
    "foreign editor": (Role.EDITOR, "usda"),
    "omb_reviewer": (Role.OMB_REVIEWER, None),
    "another omb_reviewer": (Role.OMB_REVIEWER, None),
    "omb_admin": (Role.OMB_ADMIN, None),
}


class Site:
    """The API, asked by holders of keys; by nobody where none is named."""

    def __init__(self, client: TestClient[Any], store: Store, keys: dict[str, str]) -> None:
        self.client, self.store, self.keys = client, store, keys

    def ask(
        self, method: str, path: str, holder: str | None = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """Ask below /api/v1."""
        key = {"Authorization": f"Bearer {self.keys[holder]}"} if holder else {}
        return self.client.request(method, f"/api/v1{path}", headers={**key, **(headers or {})}, **more)

    def tag(self, path: str, holder: str) -> str:
        """The tag of a record as the holder sees it."""
        return str(self.ask("GET", path, holder).headers["etag"])


@contextmanager
def writing_site(store: Store, home: Path, **environ: str) -> Iterator[Site]:
    """The site over a store, with settings besides its home."""
    for name, parent in (("dos", None), ("dos-ca", "dos"), ("usda", None)):
        save(store, "organization", an_organization(organization_id=name, parent_id=parent))
    with serving(store, home, **environ) as client:
        yield Site(client, store, keys_of_holders(store))


def keys_of_holders(store: Store) -> dict[str, str]:
    """A key for each of the holders, by their names."""
    return {
        name: issue(store, OPERATOR, now, Wanted(holder=name, role=role, organization_id=organization)).secret
        for name, (role, organization) in HOLDERS.items()
    }
