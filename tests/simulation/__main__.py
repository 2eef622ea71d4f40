"""Plays many worlds: `python -m tests.simulation --seeds 1000000 --jobs 2`. Ctrl-C stops it; it says how to go on."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator

from scheduler.domain.delivery import TRANSITIONS
from tests.simulation.options import draw, shown
from tests.simulation.world import Result, play

BLOCK = 20


def main() -> int:
    """Play the worlds that the command line asks for; return 1 when one of them broke the promise."""
    arguments = _arguments()
    if arguments.story:
        return _tell(arguments.first)
    table, begun = Table(), time.monotonic()
    try:
        for results in _played(arguments.first, arguments.seeds, arguments.jobs):
            for result in results:
                table.add(result)
                if result.violations:
                    print(failure(result), flush=True)
            seconds = time.monotonic() - begun
            if sys.stderr.isatty():
                said = f"\r{table.seeds} of {arguments.seeds} worlds, {table.seeds / seconds:.0f}/s"
                print(said, end="", file=sys.stderr, flush=True)
            if table.broken and not arguments.keep_going:
                break
    except KeyboardInterrupt:
        print(f"\nStopped. Go on with: python -m tests.simulation --first {arguments.first + table.seeds}")
    print(table.shown(time.monotonic() - begun))
    return 1 if table.broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Made-up disasters for the engine.")
    parser.add_argument("--seeds", type=int, default=1000, help="how many worlds to play (1000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes share the work (1)")
    parser.add_argument("--keep-going", action="store_true", help="do not stop at the first broken promise")
    parser.add_argument("--story", action="store_true", help="play only --first and tell its whole story")
    return parser.parse_args()


def _tell(seed: int) -> int:
    result = play(seed, keep=1_000_000)
    print("\n".join(result.story), f"\n{shown(draw(seed))}")
    print("\n".join(result.violations) or "The promise was kept.")
    return 1 if result.violations else 0


def _played(first: int, seeds: int, jobs: int) -> Iterator[list[Result]]:
    """Yield the results of blocks of worlds, in order, so that a stopped run can go on where it was."""
    blocks = ((start, min(BLOCK, first + seeds - start)) for start in range(first, first + seeds, BLOCK))
    if jobs == 1:
        yield from map(_block, blocks)
        return
    with multiprocessing.Pool(jobs) as pool:
        yield from pool.imap(_block, blocks)


def _block(block: tuple[int, int]) -> list[Result]:
    return [play(seed) for seed in range(block[0], sum(block))]


def failure(result: Result) -> str:
    """Return what a person needs to understand a broken promise and see it again."""
    story = "\n".join(f"  {line}" for line in result.story)
    return (
        f"\nSeed {result.seed} broke the promise:\n{chr(10).join(result.violations)}\n"
        f"Options:\n{shown(draw(result.seed))}\nThe last steps:\n{story}\n"
        f"Replay: python -m tests.simulation --first {result.seed} --story"
    )


class Table:
    """What many worlds come to."""

    def __init__(self) -> None:
        self.seeds = self.broken = self.turns = self.commits = self.crashes = self.posts = 0
        self.hits: Counter[str] = Counter()
        self.steps: Counter[tuple[str, str]] = Counter()

    def add(self, result: Result) -> None:
        """Count one world."""
        self.seeds += 1
        self.broken += bool(result.violations)
        self.turns += result.turns
        self.commits += result.commits
        self.crashes += result.crashes
        self.posts += result.posts
        self.hits += result.hits
        self.steps += result.steps

    def shown(self, seconds: float) -> str:
        """Return the table as text."""
        known = {(str(state), str(target)) for state, targets in TRANSITIONS.items() for target in targets}
        missing = sorted(known - set(self.steps) - {step for step in known if step[0] in ("draft", "needs_approval")})
        lines = [
            "",
            f"| worlds | {self.seeds} |",
            "|---|---|",
            f"| worlds that broke the promise | {self.broken} |",
            f"| turns | {self.turns} |",
            f"| durable steps judged | {self.commits} |",
            f"| crashes | {self.crashes} |",
            f"| posts on the platforms | {self.posts} |",
            f"| seconds | {seconds:.0f} |",
            "",
            "| disaster | times |",
            "|---|---|",
            *(f"| {name} | {count} |" for name, count in sorted(self.hits.items())),
            "",
            "| step of a delivery | times |",
            "|---|---|",
            *(f"| {before} -> {after} | {count} |" for (before, after), count in sorted(self.steps.items())),
        ]
        lines += [f"| {before} -> {after} | never |" for before, after in missing]
        return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
