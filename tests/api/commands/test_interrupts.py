"""A signal ends `psi serve` whenever it comes: while workers die, in the pause, or before the next server serves."""

from collections.abc import Callable
from typing import Any

import pytest

from api.commands import operate

Steps = dict[int, Callable[[list["FakeServer"]], None]]


class FakeServer:
    """A web server whose workers die, unless it is interrupted. Signals reach the newest one that began to serve."""

    def __init__(self, made: list["FakeServer"], steps: Steps) -> None:
        self.interrupt_signal, self._made, self._steps = False, made, steps
        self._hooks: list[Callable[[], None]] = []
        made.append(self)

    def on_startup(self, hook: Callable[[], None]) -> Callable[[], None]:
        self._hooks.append(hook)
        return hook

    def signal_handler_interrupt(self) -> None:
        self.interrupt_signal = True

    def serve(self) -> None:
        if step := self._steps.get(len(self._made)):
            step(self._made)
        for hook in self._hooks:
            hook()
        if not self.interrupt_signal or len(self._made) == 1:
            raise SystemExit(1)


def interrupt_first(made: list[FakeServer]) -> None:
    made[0].signal_handler_interrupt()


def interrupt_newest(made: list[FakeServer]) -> None:
    made[-1].signal_handler_interrupt()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeServer]:
    """The servers made; every crash counts as a later one."""
    monkeypatch.setattr(operate, "SETTLED", -1.0)
    return []


@pytest.mark.parametrize(
    ("steps", "in_pause", "count"),
    [
        ({1: interrupt_first}, None, 1),
        ({}, interrupt_first, 1),
        ({2: interrupt_first}, None, 2),
        ({3: interrupt_newest}, None, 3),
    ],
    ids=["while a worker dies", "in the pause", "before the next serves", "while the next serves"],
)
def test_a_signal_ends_the_server(
    monkeypatch: pytest.MonkeyPatch, made: list[FakeServer], steps: Steps, in_pause: Any, count: int
) -> None:
    def sleep(seconds: float) -> None:
        assert len(made) < 5, "it serves for good"
        if in_pause:
            in_pause(made)

    monkeypatch.setattr(operate, "_server", lambda workers: FakeServer(made, steps))
    monkeypatch.setattr("api.commands.operate.time.sleep", sleep)
    operate._serve_for_good(1)
    assert len(made) == count


def test_workers_that_die_from_the_start_end_it(monkeypatch: pytest.MonkeyPatch, made: list[FakeServer]) -> None:
    monkeypatch.setattr(operate, "SETTLED", 60.0)
    monkeypatch.setattr(operate, "_server", lambda workers: FakeServer(made, {}))
    with pytest.raises(SystemExit):
        operate._serve_for_good(1)
    assert len(made) == 1
