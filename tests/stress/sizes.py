"""Long work in a process of its own, measured: seconds, and the most memory the process ever had."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, convert

from inventory.engines import create_tables, open_engine
from inventory.publishing import publish
from inventory.record_types import INVENTORY
from inventory.store import Store
from tests.conftest import OPERATOR, ROOT, TODAY, now
from tests.generated import write_ndjson
from tests.loads import loaded


class Measured(Struct, frozen=True):
    """Seconds a step took, the process's greatest memory so far in MB (10^6 bytes), and how many records it told of."""

    step: str
    seconds: float
    megabytes: float
    records: int
    told: int


def in_own_process(step: str, home: Path, services: int, timeout: float = 1800) -> Measured:
    """Do one step (`STEPS`) on a home folder in a child process. Raises CalledProcessError, TimeoutExpired."""
    command = [sys.executable, "-m", "tests.stress.sizes", step, str(home), str(services)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=timeout)
    return convert(json.loads(done.stdout.splitlines()[-1]), Measured)


def make(store: Store, home: Path, services: int, told: Callable[[str, int], None]) -> int:
    """Write the file of generated services."""
    write_ndjson(home / "services.ndjson", services)
    return services


def load(store: Store, home: Path, services: int, told: Callable[[str, int], None]) -> int:
    """Load the file."""
    return loaded(store, home / "services.ndjson", told).counts["added"]


def publish_all(store: Store, home: Path, services: int, told: Callable[[str, int], None]) -> int:
    """Publish what is complete."""
    return len(publish(store, OPERATOR, now, TODAY).receipts)


STEPS = {"make": make, "load": load, "publish": publish_all}


def _main(step: str, home: Path, services: int) -> None:
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    create_tables(engine)
    told: list[str] = []
    began = time.perf_counter()
    records = STEPS[step](Store(engine, INVENTORY), home, services, lambda what, count: told.append(what))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    line = {"step": step, "seconds": seconds, "megabytes": peak, "records": records, "told": len(told)}
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
