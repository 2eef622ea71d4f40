"""Every icon that code or templates name is drawn: lucide's by `icons.json`, the networks' by a file of ours."""

from __future__ import annotations

import json
import re
from pathlib import Path

from scheduler.platforms.registry import all_platforms

ROOT = Path(__file__).parents[2]


def drawn() -> set[str]:
    own = {file.stem for file in (ROOT / "assets" / "icons").glob("*.svg")}
    return own | set(json.loads((ROOT / "assets" / "icons.json").read_text("utf-8")))


def test_every_platform_has_its_icon() -> None:
    assert {platform.icon for platform in all_platforms()} <= drawn()


def test_every_icon_of_a_template_is_drawn() -> None:
    named = {
        name
        for file in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"\bicon\('([a-z0-9-]+)'", file.read_text("utf-8"))
    }
    assert named
    assert named <= drawn(), sorted(named - drawn())


def test_our_own_icons_hold_nothing_active() -> None:
    for file in (ROOT / "assets" / "icons").glob("*.svg"):
        assert re.fullmatch(
            r"<svg xmlns=\S+ viewBox=\"0 0 24 24\">(<(path|g) [^<>]*>|</g>)+</svg>\s*", file.read_text("utf-8")
        )
