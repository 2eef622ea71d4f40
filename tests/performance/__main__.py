"""Runs every benchmark and prints its table: `python3 run.py bench`."""

from tests.performance import claims, lateness, start

for benchmark in (start, claims, lateness):
    print(benchmark.main())
    print(flush=True)
