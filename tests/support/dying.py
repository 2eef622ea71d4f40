"""Work in a child process that is killed with SIGKILL at its n-th call that changes the disk."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

CALLS = ("fsync", "replace", "rename", "link", "unlink", "mkdir", "rmdir")
"""Functions of `os` that a crash may come right before."""


def dies_at(number: int, work: Callable[[], object]) -> bool:
    """Run `work` in a forked child that kills itself right before its `number`-th change; return whether it did."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _arm(number)
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return False


def _arm(number: int) -> None:
    left = [number]

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **named)

        return counted

    for name in CALLS:
        setattr(os, name, watched(getattr(os, name)))
