"""The browser build: what templates ask for is there, under names that change with the content."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scheduler.theme_rules import FONTS

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "scheduler/static"


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    """What a template asks for -> the file that holds it."""
    result: dict[str, str] = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    return result


def test_every_name_leads_to_a_file_with_a_hash_in_its_name(manifest: dict[str, str]) -> None:
    for name, file in manifest.items():
        stem, _, ending = name.rpartition(".")
        assert re.fullmatch(rf"{re.escape(stem)}-[0-9A-Z]{{8}}\.{ending}", file)
        assert (STATIC / file).exists()


def test_every_entry_is_built(manifest: dict[str, str]) -> None:
    scripts = set(re.findall(r'"js/([\w-]+\.js)"', (ROOT / "assets/build.mjs").read_text("utf-8")))
    assert len(scripts) == 7
    fonts = {f"site-fonts-{font}.css" for font in FONTS if font != "system"}
    sheets = {"admin.css", "calendar.css", "site.css"} | fonts
    assert scripts | sheets | {"icons.svg"} <= set(manifest)


def test_every_asset_and_icon_that_a_template_names_exists(manifest: dict[str, str]) -> None:
    icons = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / manifest["icons.svg"]).read_text("utf-8")))
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text("utf-8")
        for name in re.findall(r"""\basset\(["']([^"']+)["']\)""", text):
            assert name in manifest, f"{template.name} asks for {name}"
        for name in re.findall(r"""\bicon\(["']([\w-]+)["']""", text):
            assert name in icons, f"{template.name} asks for the icon {name}: add it to assets/icons.json"


def test_nothing_built_is_fetched_from_elsewhere(manifest: dict[str, str]) -> None:
    for name, file in manifest.items():
        if name.endswith(".css"):
            sheet = (STATIC / file).read_text("utf-8")
            assert not re.search(r"url\(\s*[\"']?(https?:)?//", sheet)
            assert not re.search(r"@import\b", sheet)


def test_every_package_in_the_bundles_has_its_licence_beside_them() -> None:
    notices = (STATIC / "THIRD-PARTY.txt").read_text("utf-8")
    for package in (
        "htmx.org 4.0.1",
        "fullcalendar 7.1.0",
        "@tiptap/core 3.32.2",
        "axe-core 4.14.1",
        "@fontsource-variable/inter 5.3.0",
        "@iconify-json/lucide",
    ):
        assert package in notices


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "assets/package-lock.json").read_text("utf-8")
