"""What holds for every test: shared fixtures, and that nothing is left out in silence."""

from __future__ import annotations

import gc
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

from tests.support.speed import be_quick

pytest_plugins = ["tests.support.postgres"]


def on_a_build_machine() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


# A busy machine must not fail a rule. And a build tries the same examples each time: what chance finds, a developer's
# own run finds.
settings.register_profile(
    "drumbeat", deadline=None, derandomize=on_a_build_machine(), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("drumbeat")


def pytest_configure() -> None:
    """Make houses cheap, and allow as many open files as the machine lets us: a thousand houses leave connections."""
    be_quick()
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def pytest_collection_finish() -> None:
    """Tell the garbage collector that what has been imported stays: going through it again and again takes a third of
    the time otherwise."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List everything that could not run, at the very end where it is seen."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("could not run", bold=True, yellow=True)
    for report in skipped:
        terminalreporter.line(f"{report.nodeid}: {reason(report)}")
    if on_a_build_machine():
        terminalreporter.line("On a build machine (CI is set) this counts as a failure.", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a build that left something out."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if on_a_build_machine() and reporter and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def reason(report: pytest.TestReport) -> str:
    """Return why a test did not run."""
    longrepr = report.longrepr
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
