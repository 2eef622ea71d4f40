"""What starting and idling cost, measured on the real product in a folder of its own.

Numbers are printed, never asserted: they say something about one machine only.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.performance.table import table
from tests.support.product import Product, processes_of, running_product

ROUNDS = 5
MEGABYTE = 1_000_000


def main() -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as name:
        folder = Path(name)
        rows = [["first start: secrets, database, samples", f"{measure_start(folder):.2f} s"]]
        later = sorted(measure_start(folder) for _ in range(ROUNDS))
        rows.append(["later start, median", f"{later[ROUNDS // 2]:.2f} s"])
        with running_product(folder) as product:
            rows += [[f"idle memory: {label}", f"{size / MEGABYTE:.0f} MB"] for label, size in idle_memory(product)]
            rows.append(["idle processor, all processes", f"{idle_processor(product):.2f} %"])
    return table("Starting and idling", ["what", "cost"], rows)


def measure_start(folder: Path) -> float:
    """Return the seconds from the command to the line that says it is ready."""
    started = time.perf_counter()
    with running_product(folder):
        return time.perf_counter() - started


def idle_memory(product: Product) -> list[tuple[str, int]]:
    """Return each process with its own memory in bytes (unique set size: what ending it would give back)."""
    return [(" ".join(process.cmdline()[1:]), process.memory_full_info().uss) for process in processes_of(product)]


def idle_processor(product: Product, seconds: float = 10.0) -> float:
    """Return the percentage of one processor that all processes use while nobody asks for anything."""
    before = processor_seconds(product)
    time.sleep(seconds)
    return 100 * (processor_seconds(product) - before) / seconds


def processor_seconds(product: Product) -> float:
    """Return the processor time used so far by all processes."""
    times = [process.cpu_times() for process in processes_of(product)]
    return sum(used.user + used.system for used in times)
