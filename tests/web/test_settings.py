"""Settings in the browser: the site's words and the calendar, written into config/ with its comments."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from scheduler.domain.delivery import State
from scheduler.domain.problem import Problem
from scheduler.services.context import Context
from scheduler.site_settings import read_site
from scheduler.storage import accounts
from scheduler.web.admin.settings import SITE_KEYS
from tests.support.deliveries import schedule
from tests.support.house import REPOSITORY, Visitor

SITE, CALENDAR = "/admin/settings/site", "/admin/settings/calendar"


def shown(page: str) -> dict[str, str]:
    """Return every value of the page's form, as a browser would send it back."""
    inputs = re.findall(r"<input[^>]*>", page)
    values = {}
    for found in inputs:
        names = dict(re.findall(r'(\w+)="([^"]*)"', found))
        if "name" in names and names["name"] != "csrf_token":
            values[names["name"]] = names.get("value", "")
    areas = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\r?\n?(.*?)</textarea>', page, re.DOTALL)
    selects = re.findall(r'<select[^>]* name="(\w+)".*?<option selected value="([^"]*)"', page, re.DOTALL)
    return values | dict(areas) | dict(selects)


def file(context: Context, name: str) -> str:
    return (context.settings.config / name).read_text("utf-8")


def shipped(name: str) -> str:
    return (REPOSITORY / "config" / name).read_text("utf-8")


def test_settings_begin_with_the_site(owner_client: Visitor) -> None:
    assert owner_client.get("/admin/settings/").location == SITE


def test_saving_what_is_shown_changes_nothing(context: Context, owner_client: Visitor) -> None:
    for path, name in ((SITE, "site.toml"), (CALENDAR, "calendar.toml")):
        answer = owner_client.post(path, data=shown(owner_client.get(path).text))
        assert answer.location == path
        assert file(context, name) == shipped(name)


def test_every_field_of_the_site_is_written(context: Context, owner_client: Visitor) -> None:
    typed = {name: f"new {name}" for name in SITE_KEYS} | {
        "language": "de",
        "booking_url": "https://example.org/book",
        "hours": "Mo 08:00-12:00\r\n\r\n  Tu 09:00-10:00 ",
        "name": "Ferry\r\nStreet",
        "position": "(41.5704° N, 71.45° W)",
        "redirect_hosts": "https://Shop.Example.org/cart?x=1\r\n\r\nbook.example.com ",
    }
    owner_client.post(SITE, data={**shown(owner_client.get(SITE).text), **typed})
    site = context.settings.site
    assert (site.name, site.language, site.tagline) == ("Ferry Street", "de", "new tagline")
    assert site.business.hours == ("Mo 08:00-12:00", "Tu 09:00-10:00")
    assert (site.business.name, site.business.booking_url) == ("new business_name", "https://example.org/book")
    assert (site.business.latitude, site.business.longitude) == (41.5704, -71.45)
    assert site.redirect_hosts == ("shop.example.org", "book.example.com")
    comments = [line.partition("#")[2] for line in shipped("site.toml").splitlines() if "#" in line]
    assert [comment for comment in comments if comment not in file(context, "site.toml")] == []


def test_wrong_words_of_the_site_are_told_beside_their_field(context: Context, owner_client: Visitor) -> None:
    typed = {"language": "not a language", "booking_url": "javascript:alert(1)"}
    answer = owner_client.post(SITE, data={**shown(owner_client.get(SITE).text), **typed})
    assert answer.status_code == 422
    for field, key in (("language", "site.language"), ("booking_url", "business.booking_url")):
        assert f'id="{field}-error"' in answer.text
        assert f"site.toml, {key}: must be" in answer.text
    assert 'href="#language"' in answer.text
    assert file(context, "site.toml") == shipped("site.toml")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("41.57", "must be two numbers"),
        ("41,57, -71,45", "must be two numbers"),
        ("-71.45, 181.0", "business.longitude: must be a number of degrees between -180 and 180"),
        ("91, 0", "business.latitude: must be a number of degrees between -90 and 90"),
        ("1e2, nan", "must be two numbers"),
    ],
)
def test_a_place_that_is_on_no_map(context: Context, owner_client: Visitor, typed: str, reason: str) -> None:
    values = {**shown(owner_client.get(SITE).text), "position": typed, "name": " ", "redirect_hosts": "two words"}
    answer = owner_client.post(SITE, data=values)
    assert answer.status_code == 422 and reason in answer.text
    assert all(f'id="{field}-error"' in answer.text for field in ("position", "name", "redirect_hosts")), "all at once"
    assert file(context, "site.toml") == shipped("site.toml")


def test_a_place_is_shown_as_it_is_kept_and_can_be_taken_out(context: Context, owner_client: Visitor) -> None:
    path = context.settings.config / "site.toml"
    path.write_text(shipped("site.toml").replace("# latitude =", "latitude =").replace("# longitude =", "longitude ="))
    kept, values = file(context, "site.toml"), shown(owner_client.get(SITE).text)
    assert values["position"] == "41.57, -71.45"
    owner_client.post(SITE, data=values)
    assert file(context, "site.toml") == kept
    owner_client.post(SITE, data={**values, "position": ""})
    assert context.settings.site.business.position == "" and "\nlatitude" not in file(context, "site.toml")


@pytest.mark.parametrize("number", ["true", "nan", "inf", "90.5", '"41"'])
def test_degrees_in_the_file_that_are_none(tmp_path: Path, number: str) -> None:
    path, problems = tmp_path / "site.toml", list[Problem]()
    path.write_text(f"[business]\nlatitude = {number}\n")
    assert read_site(path, problems).business.latitude in (None, 0.0)
    assert [each.field for each in problems] == ["site.toml: business.latitude"]


def test_a_site_needs_a_name(owner_client: Visitor) -> None:
    answer = owner_client.post(SITE, data={**shown(owner_client.get(SITE).text), "name": " "})
    assert answer.status_code == 422
    assert "site.toml, site.name: is missing" in answer.text


def test_the_zone_list_is_whole_and_shows_the_time(owner_client: Visitor) -> None:
    page = owner_client.get(CALENDAR).text
    assert '<option selected value="America/New_York">New York, 08:00 EST</option>' in page
    assert '<option value="Asia/Kathmandu">Kathmandu, 18:45 UTC+05:45</option>' in page
    offered = set(re.findall(r'<option (?:selected )?value="([^"]+)"', page))
    assert offered >= {zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}


def test_another_zone_keeps_the_moments_of_what_waits(context: Context, owner_client: Visitor) -> None:
    with context.database.writing() as tx:
        row = "INSERT INTO accounts (key, platform, remote_id, name) VALUES ('a', 'bluesky', 'r', 'The clinic')"
        tx.exec_driver_sql(row)
        account = accounts.by_key(tx, "a")
    assert account is not None
    schedule(context, account)
    schedule(context, account, hours=2)
    schedule(context, account, state=State.PUBLISHED)
    page = owner_client.get(CALENDAR).text
    assert "Before anything is saved you see which posts that wait would move" in page
    form = {
        **shown(page),
        "zone": "Europe/Berlin",
        "slots": "Sun 7:05, Mon 09:00\nMon 09:00",
        "minimum_gap_minutes": "20",
    }
    saved = owner_client.post(CALENDAR, data=form, follow_redirects=True).text
    assert "Saved." in saved
    assert "Berlin, 14:00 CET" in saved
    calendar = context.settings.calendar
    assert [str(slot) for slot in calendar.default.slots] == ["Mon 09:00", "Sun 07:05"]
    assert calendar.default.minimum_gap == 20 * 60_000
    with context.database.reading() as tx:
        due = [row[0] for row in tx.exec_driver_sql("SELECT due_at FROM deliveries ORDER BY id")]
    assert due == [context.clock.now_ms() + hours * 3_600_000 for hours in (1, 2, 1)]


def test_wrong_values_of_the_calendar_are_told_all_at_once(context: Context, owner_client: Visitor) -> None:
    wrong = {
        "zone": "Mars/Olympus",
        "slots": "Mon 09:00\nFunday",
        "minimum_gap_minutes": "-1",
        "late_tolerance_minutes": "x",
    }
    answer = owner_client.post(CALENDAR, data={**shown(owner_client.get(CALENDAR).text), **wrong})
    assert answer.status_code == 422
    for field, key in (
        ("zone", "zone"),
        ("slots", "default.slots"),
        ("minimum_gap_minutes", "default.minimum_gap_minutes"),
        ("late_tolerance_minutes", "default.late_tolerance_minutes"),
    ):
        assert f'id="{field}-error"' in answer.text
        assert f"calendar.toml, {key}: " in answer.text
    assert "Funday" in answer.text
    assert '<option selected value="Mars/Olympus">' in answer.text
    assert file(context, "calendar.toml") == shipped("calendar.toml")


def test_a_stale_form_overwrites_nothing(context: Context, owner_client: Visitor) -> None:
    for path, name, field, hand in (
        (SITE, "site.toml", "tagline", ('"Back to what you love to do"', '"Changed by hand"')),
        (CALENDAR, "calendar.toml", "zone", ('"America/New_York"', '"Europe/Paris"')),
    ):
        form = {**shown(owner_client.get(path).text), "slots": "Fri 10:00", "city": "Newport"}
        target = context.settings.config / name
        target.write_text(file(context, name).replace(*hand), "utf-8")
        stale = owner_client.post(path, data=form)
        assert stale.status_code == 409
        assert "was changed in the meantime" in stale.text
        assert f"By now the file says: {hand[1].strip(chr(34))}" in stale.text
        typed = shown(stale.text)
        assert "Fri 10:00" in typed.values() or "Newport" in typed.values()
        assert hand[1] in file(context, name)
        assert owner_client.post(path, data=typed).status_code == 302, field


def test_a_file_broken_by_hand_is_left_alone(context: Context, owner_client: Visitor) -> None:
    target = context.settings.config / "calendar.toml"
    target.write_text("zone = [", "utf-8")
    page = owner_client.get(CALENDAR)
    assert "last good settings stay in force" in page.text
    answer = owner_client.post(CALENDAR, data=shown(page.text))
    assert answer.status_code == 422
    assert "calendar.toml cannot be read" in answer.text
    assert target.read_text("utf-8") == "zone = ["


def test_numbers_may_be_left_to_their_default(context: Context, owner_client: Visitor) -> None:
    form = shown(owner_client.get(CALENDAR).text) | {"minimum_gap_minutes": "", "slots": ""}
    assert owner_client.post(CALENDAR, data=form).status_code == 302
    assert context.settings.calendar.default.minimum_gap == 15 * 60_000
    assert context.settings.calendar.default.slots == ()
