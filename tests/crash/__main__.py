"""`python -m tests.crash --kills 200`: kill real workers at random and print what the platforms' book says.

`--everything` runs the tests of this room instead, with every named point on every kind of platform.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from pathlib import Path

from tests.crash.random_kills import main

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--kills", type=int, default=200)
parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
parser.add_argument("--everything", action="store_true")
given = parser.parse_args()
if given.everything:
    command = [sys.executable, "-m", "pytest", "-q", str(Path(__file__).parent)]
    sys.exit(subprocess.run(command, env={**os.environ, "CRASH_TESTS": "all"}, check=False).returncode)
sys.exit(main(given.kills, given.seed))
