"""The README stays true: what it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scheduler.cli import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MADE_LATER = {"instance/", ".env", "scheduler/static/"}


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 4
    assert all((ROOT / picture).is_file() for picture in pictures)


def named_places() -> list[str]:
    quoted = re.findall(r"`([\w./-]+(?:\.py|/))`", README)
    listed = re.findall(r"^([\w.]+/|\.env)\s{2,}", README, re.M)
    return sorted({*quoted, *listed} - MADE_LATER)


@pytest.mark.parametrize("place", named_places())
def test_every_place_is_there(place: str) -> None:
    assert (ROOT / place).exists() or (ROOT / "scheduler" / place).exists()


def test_every_command_is_there() -> None:
    commands = set(re.findall(r"python -m scheduler (\w+)", README))
    assert commands
    assert commands <= set(cli.commands)


def test_the_promises_name_their_tests() -> None:
    promises = README.partition("## What the queue promises")[2].partition("\n## ")[0]
    tests = re.findall(r"`(tests/[\w/.]+)`", promises)
    assert len(tests) >= 4
    assert all((ROOT / test).exists() for test in tests)
