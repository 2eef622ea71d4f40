"""`python -m tests.crash --kills 200`: kill real workers at random and print what the platforms' book says."""

from __future__ import annotations

import argparse
import random
import sys

from tests.crash.random_kills import main

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--kills", type=int, default=200)
parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
given = parser.parse_args()
sys.exit(main(given.kills, given.seed))
