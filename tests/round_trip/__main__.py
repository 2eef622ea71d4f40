"""The long version of tests/unit/test_round_trip.py: see the package."""

from __future__ import annotations

import argparse
import sys

from tests.round_trip.codec import faults, running_codec
from tests.round_trip.documents import documents


def main() -> int:
    """Run the texts that were asked for; print every one that does not survive."""
    parser = argparse.ArgumentParser(prog="python -m tests.round_trip")
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="how many failures to print")
    wanted = parser.parse_args()
    failed = refused = 0
    with running_codec() as codec:
        texts = list(documents(wanted.documents, wanted.seed))
        for text, answer in codec.answers(texts, thorough=lambda index: True):
            refused += bool(answer.get("refused"))
            if found := faults(text, answer):
                failed += 1
                if failed <= wanted.show:
                    print(f"==== {text!r}\n" + "\n".join(found))
    print(f"{failed} of {wanted.documents} change; {refused} are opened raw")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
