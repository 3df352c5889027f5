"""Long work in a process of its own, measured: seconds, and the most memory the process ever had."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, convert

from datapackage.formats import parquet
from datapackage.releases.make import make_release
from datapackage.releases.verify import certify
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.publish import publish
from tests.conftest import OPERATOR, ROOT, now
from tests.support.generated import write_ndjson
from tests.support.loads import loaded


class Measured(Struct, frozen=True):
    """A step: seconds, the most memory its process had (MB, 10^6 bytes), records, how often it told of progress."""

    step: str
    seconds: float
    megabytes: float
    records: int
    told: int


def in_own_process(step: str, home: Path, services: int, timeout: float = 1800) -> Measured:
    """Do one step (`STEPS`) on a home folder in a child process. Raises CalledProcessError, TimeoutExpired."""
    command = [sys.executable, "-m", "tests.stress.scenarios.sizes", step, str(home), str(services)]
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
    return len(publish(store, OPERATOR, now).receipts)


def release(store: Store, home: Path, services: int, told: Callable[[str, int], None]) -> int:
    """Write a release, Parquet included, and leave out its certification."""
    return _released(store, home / "releases", told)


def release_without_parquet(store: Store, home: Path, services: int, told: Callable[[str, int], None]) -> int:
    """The same where pyarrow is not installed."""
    parquet.AVAILABLE = False
    return _released(store, home / "without-parquet", told)


def certification(store: Store, home: Path, services: int, told: Callable[[str, int], None]) -> int:
    """Certify the release that was written."""
    certify(home / "releases" / (home / "releases" / "latest").read_text("utf-8").strip(), store.model)
    return store.chain().public_seq


def _released(store: Store, folder: Path, told: Callable[[str, int], None]) -> int:
    make_release(store, folder, told, gate=lambda written, model: None)
    return store.chain().public_seq


STEPS = {
    "make": make,
    "load": load,
    "publish": publish_all,
    "release": release,
    "release-without-parquet": release_without_parquet,
    "certify": certification,
}


def _main(step: str, home: Path, services: int) -> None:
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    create_tables(engine)
    told: list[str] = []
    began = time.perf_counter()
    records = STEPS[step](Store(engine, INVENTORY), home, services, lambda what, count: told.append(what))
    seconds = time.perf_counter() - began
    line = {"step": step, "seconds": seconds, "megabytes": peak(), "records": records, "told": len(told)}
    sys.stdout.write(json.dumps(line) + "\n")


def peak() -> float:
    """Resident memory at its greatest, of this program alone: what getrusage tells counts its parent's before it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
