"""Fixtures of the platform tests."""

from tests.support.practice_server import practice_clock, practice_server

__all__ = ["practice_clock", "practice_server"]
