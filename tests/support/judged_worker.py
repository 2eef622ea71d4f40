"""`python -m tests.support.judged_worker`: the real worker, which also knows the judge.

`JUDGED_LEASE_MS` shortens the lease (and with it how long a call may take): the judge answers within a second.
`JUDGED_OFF` switches safeguards off, by name, to show that the tests would notice.
"""

from __future__ import annotations

import os
import sys

from scheduler import cli
from scheduler.platforms import registry
from scheduler.services.delivery import dispatch
from scheduler.storage import lateness
from tests.support.judge import Judged
from tests.support.safeguards import without


def main() -> None:
    """Run the worker."""
    registry._PLATFORMS = (*registry._PLATFORMS, Judged())
    if lease := os.environ.get("JUDGED_LEASE_MS"):
        dispatch.LEASE_MS = int(lease)
        dispatch.CALL_MARGIN_MS = int(lease) // 2
    # A catch-up lets what is on time go before what is late; here the plain order is judged.
    vars(lateness)["LATE_MS"] = 10**9
    sys.argv = ["scheduler", "-v", "worker"]
    with without(*os.environ.get("JUDGED_OFF", "").split()):
        cli.main()


if __name__ == "__main__":
    main()
