"""Datasette's process: started beside the server's workers, watched, and started again when it dies."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from api.server.bundled import SITE
from api.server.settings import Settings

INHERITED = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ")
"""Variables that the process gets. It needs no others, and some hold secrets: the address of the database, keys."""
BACKLOG = 128
"""Requests that wait at the socket while the process starts."""
LONGEST_LINE = 500  # characters
PAUSE = 1.0
"""Seconds between two starts, so that a process that cannot start does not fill the log."""
ENDING = 5.0
"""Seconds that it may take to end."""

Start = Callable[..., "subprocess.Popen[str]"]

log = structlog.get_logger()


@contextmanager
def running_datasette(settings: Settings, start: Start = subprocess.Popen, pause: float = PAUSE) -> Iterator[str]:
    """Run Datasette meanwhile, for all workers of this machine. Yields the path of the socket where it answers.

    The socket is made here and lives as long: while the process is replaced, requests wait at it.
    start: how the process is started. pause: seconds between two starts.
    """
    with tempfile.TemporaryDirectory(prefix="psi-") as folder, socket.socket(socket.AF_UNIX) as listener:
        path = str(Path(folder) / "datasette.sock")
        listener.bind(path)
        listener.listen(BACKLOG)
        supervisor = _Supervisor(settings, listener, start, pause)
        supervisor.start()
        try:
            yield path
        finally:
            supervisor.stop()


class _Supervisor(threading.Thread):
    """A thread that starts the process, logs what it prints, and starts it again when it ends."""

    def __init__(self, settings: Settings, listener: socket.socket, start: Start, pause: float) -> None:
        super().__init__(name="datasette", daemon=True)
        self._settings, self._listener, self._start_process, self._pause = settings, listener, start, pause
        self._stopping = threading.Event()
        self._process: subprocess.Popen[str] | None = None

    def run(self) -> None:
        """Start it until it is to stop."""
        while not self._stopping.is_set():
            try:
                how = f"ended with status {self._run_process()}"
            except OSError as fault:  # too many processes or open files, or too little memory
                how = f"could not be started ({fault})"
            if not self._stopping.is_set():
                log.error("datasette", line=f"{how}; it is started again")
                self._stopping.wait(self._pause)

    def _run_process(self) -> int:
        """Start it and log what it prints. Returns its status once it has ended. Raises OSError."""
        with self._begin() as process:
            self._process = process
            assert process.stdout is not None
            for line in process.stdout:
                log.warning("datasette", line=line.rstrip()[:LONGEST_LINE])
        return process.returncode

    def stop(self) -> None:
        """End the process, and wait until it has ended."""
        self._stopping.set()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self.join(ENDING)
        if self._process is not None:
            self._process.kill()

    def _begin(self) -> "subprocess.Popen[str]":
        descriptor = self._listener.fileno()
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        return self._start_process(
            [
                *(sys.executable, "-P", "-m", "catalog.datasette_process"),
                *(str(descriptor), str(self._settings.releases), str(SITE), self._settings.public_url),
            ],
            env={**environment, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=[descriptor],
            process_group=0,  # Ctrl-C does not reach it; in a session of its own its niceness would not count
        )
