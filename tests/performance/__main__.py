"""Runs every benchmark and prints its table: `python3 run.py bench`. Name some to run only those: `... growth busy`."""

import sys

from tests.performance import busy, claims, export, growth, imports, lateness, library, pages, restart, search, start

BENCHMARKS = {
    module.__name__.rpartition(".")[2]: module
    for module in (start, pages, library, imports, export, claims, lateness, busy, restart, growth, search)
}

for name in sys.argv[1:] or BENCHMARKS:
    print(BENCHMARKS[name].main())
    print(flush=True)
