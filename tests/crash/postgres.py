"""`python -m tests.crash.postgres`: six workers on one PostgreSQL in a storm of 3,000 posts; prints what the judge saw.

Each storm has a seed of its own (`--seed`, counted up): the same seed means the same events in the same order, though
not at the same instants.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.performance.table import table
from tests.support.storm import Verdict, Weather, weather_the

WRONG = ("duplicates", "lost", "disordered", "overlaps", "lies")


def main() -> int:
    """Run the storms; return 1 when a promise was broken."""
    given = _arguments()
    verdicts = []
    for seed in range(given.seed, given.seed + given.storms):
        weather = Weather(given.posts, workers=given.workers, seconds=given.seconds, seed=seed, off=given.off)
        verdict, said = weather_the(weather, patience_seconds=given.patience)
        verdicts.append((seed, verdict))
        print(f"storm {seed}: {verdict.posts} posts in {verdict.seconds:.0f} s, {_words(verdict)}", flush=True)
        if not verdict.clean:
            print(said[-20_000:], file=sys.stderr)
    print(_table([verdict for _, verdict in verdicts]))
    return 0 if all(verdict.clean for _, verdict in verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=90.0, help="how long things go wrong")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--storms", type=int, default=1)
    parser.add_argument("--patience", type=float, default=300.0, help="seconds for what is left after the storm")
    parser.add_argument("--off", default="", help="safeguards to do without, to see the judge notice")
    return parser.parse_args()


def _words(verdict: Verdict) -> str:
    if verdict.clean:
        return "the promise was kept"
    return ", ".join(f"{len(getattr(verdict, name))} {name}" for name in WRONG)


def _table(verdicts: list[Verdict]) -> str:
    events: Counter[str] = sum((verdict.events for verdict in verdicts), Counter())
    rows = [
        ["posts", str(sum(verdict.posts for verdict in verdicts))],
        *([f"events: {name}", str(count)] for name, count in sorted(events.items())),
        ["answers lost on the way", str(sum(verdict.lost_answers for verdict in verdicts))],
        *([name, str(sum(len(getattr(verdict, name)) for verdict in verdicts))] for name in WRONG),
    ]
    return table("Six workers on one PostgreSQL in a storm", ["what", "how many"], rows)


if __name__ == "__main__":
    sys.exit(main())
