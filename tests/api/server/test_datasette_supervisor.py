"""Datasette's process is started again even where the system could not start it."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from api.server.datasette_supervisor import running_datasette
from api.server.settings import Settings


class _Starter:
    """A system that lacks processes or memory for the first attempts."""

    def __init__(self, failures: int) -> None:
        self.failures, self.started = failures, threading.Event()

    def __call__(self, _command: list[str], **options: Any) -> "subprocess.Popen[str]":
        self.failures -= 1
        if self.failures >= 0:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        self.started.set()
        return subprocess.Popen([sys.executable, "-c", "input()"], **options)


def test_a_failed_start_is_tried_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    starter = _Starter(failures=2)
    with running_datasette(Settings.from_environment({"PSI_HOME": str(tmp_path)}), start=starter, pause=0.01):
        assert starter.started.wait(20)
    printed = capfd.readouterr()
    assert (printed.out + printed.err).count("Resource temporarily unavailable") == 2
