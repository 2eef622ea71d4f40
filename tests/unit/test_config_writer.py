"""Configuration files changed in the browser: comments stay, wrong values change nothing, a stale form neither."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from scheduler.config import read_calendar
from scheduler.config_writer import change, fingerprint
from scheduler.domain.problem import Conflict, Invalid, Problem
from scheduler.site_settings import read_site

SHIPPED = Path(__file__).parents[2] / "config" / "calendar.toml"


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    file = tmp_path / "calendar.toml"
    file.write_bytes(SHIPPED.read_bytes())
    return file


def test_a_change_touches_its_own_line_only(calendar: Path) -> None:
    before = calendar.read_text().splitlines()
    change(calendar, {"zone": "Europe/Berlin", "default.minimum_gap_minutes": 30}, fingerprint(calendar), read_calendar)
    after = calendar.read_text().splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        (
            'zone = "America/New_York"            # every time you enter or see is in this time zone',
            'zone = "Europe/Berlin"            # every time you enter or see is in this time zone',
        ),
        (
            "minimum_gap_minutes = 15             # two posts of one account are at least this far apart",
            "minimum_gap_minutes = 30             # two posts of one account are at least this far apart",
        ),
    ]


def test_a_new_key_stands_behind_the_others_of_its_table(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('[site]\nname = "A"\n# language = "de"\n\n# The business.\n[business]\nname = "B"\n')
    change(file, {"site.tagline": "T", "business.latitude": 41.57}, fingerprint(file), read_site)
    now = '[site]\nname = "A"\ntagline = "T"\n# language = "de"\n\n# The business.\n[business]\nname = "B"\n'
    assert file.read_text() == now + "latitude = 41.57\n"


def test_the_same_values_leave_the_file_as_it_is(calendar: Path) -> None:
    before = (calendar.read_bytes(), calendar.stat().st_mtime_ns)
    change(calendar, {"zone": "America/New_York"}, fingerprint(calendar), read_calendar)
    assert (calendar.read_bytes(), calendar.stat().st_mtime_ns) == before


def test_rules_of_an_account_come_and_go(calendar: Path) -> None:
    before = calendar.read_text()
    change(calendar, {"accounts.clinic-bluesky.slots": ["Tue 08:00"]}, fingerprint(calendar), read_calendar)
    assert calendar.read_text().startswith(before)
    assert "[accounts]" not in calendar.read_text()
    problems: list[Problem] = []
    rules = read_calendar(calendar, problems).rules_for("clinic-bluesky")
    assert [str(slot) for slot in rules.slots] == ["Tue 08:00"]
    assert rules.minimum_gap == 15 * 60_000
    change(calendar, {"accounts.clinic-bluesky.slots": None}, fingerprint(calendar), read_calendar)
    assert len(read_calendar(calendar, problems).rules_for("clinic-bluesky").slots) == 5
    assert problems == []


def test_wrong_values_name_file_and_key_and_change_nothing(calendar: Path) -> None:
    before = calendar.read_bytes()
    with pytest.raises(Invalid) as caught:
        wrong = {"zone": "Mars/Olympus", "default.slots": ["Mon 25:00"], "default.late_tolerance_minutes": 0}
        change(calendar, wrong, fingerprint(calendar), read_calendar)
    assert [problem.field for problem in caught.value.problems] == [
        "calendar.toml: zone",
        "calendar.toml: default.slots",
        "calendar.toml: default.late_tolerance_minutes",
    ]
    assert calendar.read_bytes() == before
    assert [entry.name for entry in calendar.parent.iterdir()] == ["calendar.toml"]


def test_a_stale_form_changes_nothing(calendar: Path) -> None:
    seen = fingerprint(calendar)
    calendar.write_text(calendar.read_text() + "\n# a colleague was here\n")
    with pytest.raises(Conflict, match=r"calendar\.toml was changed in the meantime"):
        change(calendar, {"zone": "Europe/Berlin"}, seen, read_calendar)
    assert "Europe/Berlin" not in calendar.read_text()


def test_a_broken_file_is_left_to_its_owner(calendar: Path) -> None:
    calendar.write_text("zone = \n")
    with pytest.raises(Invalid, match=r"calendar\.toml cannot be read"):
        change(calendar, {"zone": "UTC"}, fingerprint(calendar), read_calendar)
    assert calendar.read_text() == "zone = \n"


def test_a_missing_file_is_made(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    change(file, {"site.name": "Ferry Street", "business.hours": ["Mo-Fr 08:00-18:00"]}, fingerprint(file), read_site)
    assert tomllib.loads(file.read_text()) == {
        "site": {"name": "Ferry Street"},
        "business": {"hours": ["Mo-Fr 08:00-18:00"]},
    }


def test_what_looks_like_toml_stays_a_text(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    nasty = '"]\n[site]\nname = "x" # \\ \u2028 é'
    change(file, {"site.name": nasty, "site.tagline": "'''"}, fingerprint(file), read_site)
    assert tomllib.loads(file.read_text("utf-8"))["site"] == {"name": nasty, "tagline": "'''"}


def test_line_ends_stay(calendar: Path) -> None:
    calendar.write_bytes(b'zone = "UTC" # here\r\n[default]\r\n')
    change(calendar, {"zone": "Europe/Berlin"}, fingerprint(calendar), read_calendar)
    assert calendar.read_bytes() == b'zone = "Europe/Berlin" # here\r\n[default]\r\n'


def test_permissions_stay(calendar: Path) -> None:
    calendar.chmod(0o640)
    change(calendar, {"zone": "UTC"}, fingerprint(calendar), read_calendar)
    assert calendar.stat().st_mode & 0o777 == 0o640
