"""`psi` within this process, for what needs no process of its own: it is much quicker so."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.commands.main import app
from api.commands.session import err, out, session


class Psi:
    """Runs `psi` in a home of its own."""

    def __init__(self, home: Path, environ: pytest.MonkeyPatch) -> None:
        self.home, self.told = home, ""
        self._environ = environ
        for name in [name for name in os.environ if name.startswith("PSI_")]:
            environ.delenv(name)
        self.set(PSI_HOME=str(home), COLUMNS="80")

    def set(self, **environ: str) -> None:
        """Set environment variables for what follows."""
        for name, value in environ.items():
            self._environ.setenv(name, value)
        for console in (out, err):  # they looked at the width when they were made
            self._environ.setattr(console, "width", int(environ.get("COLUMNS", console.width)))

    def __call__(self, *words: str, code: int = 0) -> str:
        """Run it; all it told, on both streams."""
        try:
            done = CliRunner().invoke(app, list(words), catch_exceptions=False)
        finally:
            forget()
        assert done.exit_code == code, done.output
        self.told = done.stdout
        return done.output

    def json(self, *words: str, code: int = 0) -> Any:
        """Run it with --json; what it printed."""
        self(*words, "--json", code=code)
        return json.loads(self.told)


def forget() -> None:
    """Close what the command line opened, and forget its settings."""
    store = session.__dict__.pop("store", None)
    if store is not None:
        store.engine.dispose()
    session.__dict__.pop("settings", None)
