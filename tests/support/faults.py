"""What a server may do to a call instead of answering it well. Each takes a line (`tests.support.book`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tests.support.book import Line, Said

Fault = Callable[[Line], None]


def close_unread(_line: Line) -> None:
    """Close before anything is read."""


def close_before(line: Line) -> None:
    """Read, do nothing, close."""
    line.read()


def close_after(line: Line) -> None:
    """Make the post, close without an answer."""
    line.read()
    line.carry_out()


def hang_before(line: Line) -> None:
    """Read, do nothing, say nothing."""
    line.read()
    line.book.over.wait(30)


def hang_after(line: Line) -> None:
    """Make the post, say nothing."""
    close_after(line)
    line.book.over.wait(30)


def error_before(line: Line) -> None:
    """Answer 500 without making the post."""
    line.read()
    line.say(Said(500, {"error": "InternalServerError"}))


def error_after(line: Line) -> None:
    """Make the post, answer 500."""
    close_after(line)
    line.say(Said(500, {"error": "InternalServerError"}))


def truncated(line: Line) -> None:
    """Make the post and break off in the middle of the answer."""
    line.read()
    line.say(line.carry_out(), missing=50)


def drip(line: Line) -> None:
    """Make the post and answer one byte at a time, for ever."""
    close_after(line)
    line.begin(200, 1_000_000)
    line.drip(0.02)


def wrong_json(line: Line) -> None:
    """Make the post and answer with something else."""
    close_after(line)
    line.say(Said(200, ["surprise"]))


def no_json(line: Line) -> None:
    """Make the post and answer with a page."""
    close_after(line)
    line.say(Said(200, b"<html>Welcome</html>"))


def throttled(**headers: str) -> Fault:
    """Return the fault that refuses a post for now, with the headers that say until when."""

    def refuse(line: Line) -> None:
        line.read()
        line.say(Said(429, {"error": "slow down"}), missing=0, **headers)

    return refuse


def http_date(instant: int) -> str:
    """Return an instant (UTC ms) as HTTP writes it."""
    return datetime.fromtimestamp(instant / 1000, tz=UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
