"""`python3 run.py bench`: what starting and idling cost, measured on the real product in a folder of its own.

Numbers are printed, never asserted: they say something about one machine only.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.support.product import Product, processes_of, running_product

ROUNDS = 5
MEGABYTE = 1_000_000


def main() -> None:
    """Print one line a measurement."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as name:
        folder = Path(name)
        show("first start (secrets, database, samples)", f"{measure_start(folder):.2f} s")
        later = sorted(measure_start(folder) for _ in range(ROUNDS))
        show("later start, median", f"{later[ROUNDS // 2]:.2f} s")
        with running_product(folder) as product:
            for label, size in idle_memory(product):
                show(f"idle memory: {label}", f"{size / MEGABYTE:.0f} MB")
            show("idle processor, both processes", f"{idle_processor(product):.2f} %")


def show(label: str, value: str) -> None:
    """Print one measurement."""
    print(f"{label:<44}{value:>12}", flush=True)


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


if __name__ == "__main__":
    main()
