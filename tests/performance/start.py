"""What starting and idling cost, measured on the real product in a folder of its own.

Numbers are printed, never asserted: they say something about one machine only.
"""

from __future__ import annotations

import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from tests.performance.table import table
from tests.support.product import Product, processes_of, running_product

ROUNDS = 5
MEGABYTE = 1_000_000


def main() -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as name:
        folder = Path(name)
        rows = [["first start: secrets, database, samples", f"{measure_start(folder):.2f} s", ""]]
        later = sorted(measure_start(folder) for _ in range(ROUNDS))
        rows.append(["later start, median", f"{later[ROUNDS // 2]:.2f} s", ""])
        with running_product(folder) as product:
            urllib.request.urlopen(product.url).close()
            rows += idle_memory(product)
            rows += idle_processor(product)
    return table("Starting and idling", ["what", "cost", "target"], rows)


def measure_start(folder: Path) -> float:
    """Return the seconds from the command to the line that says it is ready."""
    started = time.perf_counter()
    with running_product(folder):
        return time.perf_counter() - started


def idle_memory(product: Product) -> list[list[str]]:
    """Return the resident memory of the processes: what they share counted once (PSS), and counted for each (RSS)."""
    sizes = {process: process.memory_full_info() for process in processes_of(product)}
    rows = [
        [f"idle memory: {name_of(process)}", f"{size.pss / MEGABYTE:.0f} MB ({size.rss / MEGABYTE:.0f} MB)", ""]
        for process, size in sizes.items()
    ]
    together, apart = sum(size.pss for size in sizes.values()), sum(size.rss for size in sizes.values())
    words = "idle memory, all processes: resident (with what they share counted for each)"
    return [*rows, [words, f"{together / MEGABYTE:.0f} MB ({apart / MEGABYTE:.0f} MB)", "<= 200 MB"]]


def idle_processor(product: Product, seconds: float = 20.0) -> list[list[str]]:
    """Return the percentage of one processor that each process uses while nobody asks for anything."""
    before = {process: processor_seconds(process) for process in processes_of(product)}
    time.sleep(seconds)
    used = {process: 100 * (processor_seconds(process) - start) / seconds for process, start in before.items()}
    return [
        [f"idle processor: {name_of(process)}", f"{share:.2f} %", "<= 1 %" if name_of(process) == "worker" else ""]
        for process, share in used.items()
    ]


def name_of(process: psutil.Process) -> str:
    """Return the command: "run", "web" (a parent and the process that serves) or "worker"."""
    return process.cmdline()[-1]


def processor_seconds(process: psutil.Process) -> float:
    """Return the processor time used so far."""
    used = process.cpu_times()
    return float(used.user + used.system)
