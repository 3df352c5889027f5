"""The settings, read from `PSI_*` environment variables once, at the start."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from inventory.errors import InventoryError


class BadSetting(InventoryError):
    """A setting that cannot be used."""


class Settings(Struct, frozen=True, kw_only=True):
    """Everything an operator can set. Each field is read from PSI_ and its name in capitals (docs/settings.md)."""

    home: str = "./var"
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""

    @property
    def releases(self) -> Path:
        """The folder in which releases lie."""
        return Path(self.home) / "releases"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings of an environment. Raises BadSetting, naming the variable."""
        variables = {name: f"PSI_{name.upper()}" for name in cls.__struct_fields__}
        given = {name: environ[variable] for name, variable in variables.items() if environ.get(variable)}
        try:
            settings = msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as fault:
            raise BadSetting(f"A PSI_ setting cannot be used: {fault}") from fault
        if not 0 < settings.port < 65536:
            raise BadSetting("PSI_PORT is not a port")
        home = str(Path(settings.home).absolute())
        database_url = settings.database_url or f"sqlite:///{home}/ledger.db"
        public_url = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
        return msgspec.structs.replace(settings, home=home, database_url=database_url, public_url=public_url)
