"""Runs every benchmark and prints its table."""

from tests.performance import claims, lateness

for benchmark in (claims, lateness):
    print(benchmark.main())
    print()
