"""The settings, read from `PSI_*` environment variables once, at the start."""

from collections.abc import Callable, Mapping
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from api.contract.errors import BadSetting
from api.server.client_address import networks
from api.server.logs import LEVELS
from catalog.dcat import Publisher
from inventory.disclosure.suppression import FEWEST


class Settings(Struct, frozen=True, kw_only=True):
    """Everything an operator can set. Each field is read from PSI_ and its name in capitals (docs/settings.md)."""

    home: str = "./var"
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    datasette_socket: str = ""
    withhold_below: int = FEWEST
    key: str = ""
    most_import_bytes: int = 100_000_000
    import_seconds: int = 300
    most_body_bytes: int = 1_000_000
    body_seconds: int = 30
    wait_seconds: int = 30
    trusted_proxies: str = ""
    requests_per_address: int = 3_000
    requests_per_key: int = 6_000
    failed_keys: int = 60
    log_level: str = "info"
    publisher: str = ""
    contact: str = ""
    bureau_code: str = ""
    program_code: str = ""

    @property
    def releases(self) -> Path:
        """The folder in which releases lie."""
        return Path(self.home) / "releases"

    @property
    def database(self) -> str:
        """The database as it may be shown: without its password, and without options, which may hold one."""
        return make_url(self.database_url).set(query={}).render_as_string(hide_password=True)

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite database; None for one on a server."""
        url = make_url(self.database_url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @property
    def published_by(self) -> Publisher | None:
        """Who publishes the inventory; None where not all of it is set."""
        if not (self.publisher and self.contact and self.bureau_code and self.program_code):
            return None
        contact, email = parseaddr(self.contact)
        return Publisher(
            name=self.publisher,
            contact=contact,
            email=email,
            bureau_code=self.bureau_code,
            program_code=self.program_code,
        )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings of an environment. Raises BadSetting, naming each bad variable and what it must be."""
        variables = {name: f"PSI_{name.upper()}" for name in cls.__struct_fields__}
        given = {name: environ[variable] for name, variable in variables.items() if environ.get(variable)}
        bad = [
            f"{variables[name]} must be {EXPECTED[name][0]}" + _told(name, value)
            for name, value in given.items()
            if not EXPECTED[name][1](value)
        ]
        if bad:
            raise BadSetting("; ".join(bad))
        settings = msgspec.convert(given, cls, strict=False)
        home = str(Path(settings.home).absolute())
        database_url = settings.database_url or f"sqlite:///{home}/ledger.db"
        public_url = settings.public_url.rstrip("/") or f"http://{_in_url(settings.host)}:{settings.port}"
        return msgspec.structs.replace(settings, home=home, database_url=database_url, public_url=public_url)


def _told(name: str, value: str) -> str:
    """A value as it may be shown. None of what may hold a secret, an address with a password among it."""
    return "" if name in SECRET or "@" in value else f", not {value[:LONGEST_TOLD]!r}"


def _is_folder(value: str) -> bool:
    return not Path(value).exists() or Path(value).is_dir()


def _is_database(value: str) -> bool:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        return False
    return url.drivername in ("postgresql", "postgresql+psycopg") or (url.drivername == "sqlite" and bool(url.database))


def _is_host(value: str) -> bool:
    return not set(value) & set(" /?#@")


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 6 and 0 < int(value) < 65536


def _is_bound(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 5 and 0 < int(value) <= 1000


def _is_rate(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 7


def _are_networks(value: str) -> bool:
    try:
        return bool(networks(value))
    except ValueError:
        return False


def _is_size(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 10 and int(value) > 0


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment


def _is_of(field: str, value: str) -> bool:
    """Whether a value is what a publisher's field may be."""
    try:
        msgspec.convert(value, PUBLISHER[field])
    except msgspec.ValidationError:
        return False
    return True


def _is_contact(value: str) -> bool:
    name, email = parseaddr(value)
    return _is_of("contact", name) and _is_of("email", email)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


PUBLISHER = get_type_hints(Publisher, include_extras=True)
SECRET = {"database_url", "key"}
LONGEST_TOLD = 60  # characters
SECONDS = "a whole number of seconds from 1 to 1000"
A_RATE = "a whole number a minute, 0 for no limit"
EXPECTED: dict[str, tuple[str, Callable[[str], Any]]] = {
    "home": ("a folder, or a path where one can be made", _is_folder),
    "database_url": ("sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME", _is_database),
    "host": ("a host name or an IP address", _is_host),
    "port": ("a whole number from 1 to 65535", _is_port),
    "public_url": ("an address such as https://services.example.gov", _is_address),
    "datasette_socket": ("the path of a Unix socket, of at most 100 characters", lambda value: len(value) <= 100),
    "key": ("a key as `psi key issue` shows it", str.isprintable),
    "most_import_bytes": ("a whole number of bytes from 1 to 9999999999", _is_size),
    "withhold_below": ("a whole number from 1 to 1000", _is_bound),
    "most_body_bytes": ("a whole number of bytes from 1 to 9999999999", _is_size),
    "body_seconds": (SECONDS, _is_bound),
    "wait_seconds": (SECONDS, _is_bound),
    "import_seconds": (SECONDS, _is_bound),
    "trusted_proxies": ("IP addresses or networks such as 10.0.0.0/8, with commas between them", _are_networks),
    "requests_per_address": (A_RATE, _is_rate),
    "requests_per_key": (A_RATE, _is_rate),
    "failed_keys": (A_RATE, _is_rate),
    "publisher": ("the name of the organization that publishes the inventory", partial(_is_of, "name")),
    "contact": ("a name and an email address, such as Service Desk <desk@agency.gov>", _is_contact),
    "bureau_code": ("OMB's codes of an agency and its bureau, such as 100:55", partial(_is_of, "bureau_code")),
    "program_code": ("a code of the Federal Program Inventory, such as 100:001", partial(_is_of, "program_code")),
    "log_level": (f"one of {', '.join(LEVELS)}", LEVELS.__contains__),
}
"""By setting: what it must be, in words and as a test of its text."""
