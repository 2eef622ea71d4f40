"""Settings: the site's words and the calendar. What is saved here stands in config/, with its comments."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import Form, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.fields.core import Field

from scheduler.config import MINUTE_MS, ORDERS, PostingRules
from scheduler.domain.lateness import LatePolicy
from scheduler.domain.problem import Conflict, Invalid, Problem
from scheduler.domain.wording import clock_time
from scheduler.services.operations import configuration
from scheduler.services.operations.configuration import (
    BLACKOUT,
    CALENDAR,
    CATCH_UP,
    GAP,
    SITE,
    SLOTS,
    TOLERANCE,
    WHEN_LATE,
)
from scheduler.services.planning.closing_days import Affected
from scheduler.web.admin import closing_form
from scheduler.web.admin.rearranging import closing_by, save_or_show
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems

bp = Blueprint("settings", __name__, url_prefix="/admin/settings")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Go to the first page of the settings."""
    return redirect(url_for("settings.site"))


@bp.get("/site")
def site() -> ResponseReturnValue:
    """Show the site's words."""
    form = SiteForm(formdata=None, data=_site_values())
    form.seen.data = configuration.seen(ctx(), SITE)
    return render_template("admin/settings/site.html", form=form)


@bp.post("/site")
def save_site() -> ResponseReturnValue:
    """Save the site's words."""
    form = SiteForm()
    try:
        configuration.save_site(ctx(), {key: form[name].data or "" for name, key in SITE_KEYS.items()}, _seen(form))
    except Invalid as error:
        _show(form, error, SITE_KEYS, POSITION_KEYS)
        return render_template("admin/settings/site.html", form=form), 422
    except Conflict as error:
        show_stale(form, error, _site_values())
        form.seen.data = configuration.seen(ctx(), SITE)
        return render_template("admin/settings/site.html", form=form), 409
    flash("Saved. The site shows it from now on.", "ok")
    return redirect(url_for("settings.site"))


@bp.get("/calendar")
def calendar() -> ResponseReturnValue:
    """Show zone, posting times and their rules."""
    form = CalendarForm(formdata=None, data=_calendar_values())
    return _calendar_page(form, 200)


@bp.post("/calendar")
def save_calendar() -> ResponseReturnValue:
    """Save zone, posting times and their rules; when that could move posts, show first what will move."""
    form = CalendarForm()
    zone, rules = form.zone.data or "", typed_rules(form)
    try:
        changes = configuration.calendar_changes(zone, rules)
        closing = closing_by(changes, _seen(form))
        if closing_form.undecided(closing):
            return _calendar_page(form, 200, _seen(form), closing)
        return save_or_show(changes, _seen(form), url_for("settings.calendar"))
    except Invalid as error:
        _show(form, error, CALENDAR_KEYS)
        return _calendar_page(form, 422, _seen(form))
    except Conflict as error:
        show_stale(form, error, _calendar_values())
        return _calendar_page(form, 409)


class SiteForm(FlaskForm):  # type: ignore[misc]
    """The words around the articles."""

    seen = HiddenField()
    name = StringField("Name", description="In the header, in titles and in link cards.")
    tagline = StringField("Tagline", description="One line below the name on the home page.")
    description = TextAreaField("Description", description="One or two sentences for search engines and link cards.")
    language = StringField(
        "Language", description="Of the articles, as a tag: en-US, en-GB, de, fr.", render_kw={"size": 8}
    )
    business_name = StringField("Business name")
    type = StringField("Kind of business", description="A type of schema.org: Physiotherapy, Dentist, LocalBusiness.")
    phone = StringField("Phone")
    email = StringField("E-mail")
    street = StringField("Street")
    city = StringField("City")
    region = StringField("State or region")
    postal_code = StringField("Postal code")
    country = StringField("Country", description="Two letters: US, CA, DE.")
    hours = TextAreaField("Opening hours", description="One line each: Mo-Fr 08:00-18:00")
    position = StringField(
        "Place on the map",
        description="Latitude and longitude, as a map shows them when you press on your door: 41.5704, -71.4500. "
        "Search engines and the way there use it. Left empty, the address is looked up.",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    booking_url = StringField("Booking address", description="Where visitors book. Leave it empty to hide the button.")
    redirect_hosts = TextAreaField(
        "Other sites that redirects may lead to",
        description="One a line, such as shop.example.org: your shop, your booking system. A redirect to any other "
        "site is refused, so that nobody can misuse your address.",
        render_kw={"rows": 3, "spellcheck": "false"},
    )


BUSINESS_FIELDS = {
    "business_name": "name",
    **{
        name: name
        for name in (
            "type", "phone", "email", "street", "city", "region", "postal_code", "country", "hours", "position",
            "booking_url",
        )
    },
}  # fmt: skip
SITE_FIELDS = ("name", "tagline", "description", "language", "redirect_hosts")
SITE_KEYS = {name: f"site.{name}" for name in SITE_FIELDS} | {
    name: f"business.{key}" for name, key in BUSINESS_FIELDS.items()
}
"""Form field -> key in site.toml."""
POSITION_KEYS = {"business.latitude": "position", "business.longitude": "position"}
"""Keys in site.toml -> form field, where two of them are one field."""


def _site_values() -> dict[str, str]:
    site = ctx().settings.site
    values = {name: getattr(site, name) for name in SITE_FIELDS}
    values |= {name: getattr(site.business, key) for name, key in BUSINESS_FIELDS.items()}
    return values | {"hours": "\n".join(site.business.hours), "redirect_hosts": "\n".join(site.redirect_hosts)}


LATE_CHOICES = [
    SelectChoice(str(LatePolicy.HOLD), "Wait for me"),
    SelectChoice(str(LatePolicy.PUBLISH), "Publish it anyway"),
    SelectChoice(str(LatePolicy.SKIP), "Skip it"),
]
CATCH_UP_CHOICES = [SelectChoice(order, order.capitalize()) for order in ORDERS]


class RulesForm(FlaskForm):  # type: ignore[misc]
    """When and how densely an account posts."""

    seen = HiddenField()
    slots = TextAreaField(
        "Posting times",
        description="“Next free slot” uses them. As text: one a line, like Tue 09:00.",
        render_kw={"rows": 7, "spellcheck": "false"},
    )
    minimum_gap_minutes = StringField(
        "Minimum gap, in minutes",
        description="Two posts of one account are at least this far apart.",
        render_kw={"inputmode": "numeric", "size": 5},
    )
    late_tolerance_minutes = StringField(
        "Lateness tolerance, in minutes",
        description="A post that is later than this (after a power cut, say) is too late.",
        render_kw={"inputmode": "numeric", "size": 5},
    )
    when_late = SelectField(
        "If a post is too late",
        choices=LATE_CHOICES,
        description="For posts that are scheduled from now on; those that wait keep their rule. A teaser may say "
        "otherwise.",
        validate_choice=False,
    )
    catch_up = SelectField(
        "After a pause or an outage",
        choices=CATCH_UP_CHOICES,
        description="Late posts go out one by one, at least the minimum gap apart.",
        validate_choice=False,
    )
    blackout = TextAreaField(
        "Blackout days",
        description="Nothing goes out on them. One a line, like 2027-01-01, or 2026-12-24..2026-12-26 for several.",
        render_kw={"rows": 3, "spellcheck": "false"},
    )


class CalendarForm(RulesForm):
    """The calendar's zone and the rules of every account that has none of its own."""

    zone = SelectField("Time zone", description="Every time you enter or see is in this zone.", validate_choice=False)


CALENDAR_KEYS = {"zone": "zone", **{name: f"default.{name}" for name in configuration.RULES}}
"""Form field -> key in calendar.toml."""


def typed_rules(form: RulesForm) -> dict[str, str]:
    """Return the rules as they were typed."""
    return {name: form[name].data or "" for name in configuration.RULES}


def rules_values(rules: PostingRules) -> dict[str, str]:
    """Return rules as a form shows them."""
    return {
        SLOTS: "\n".join(str(slot) for slot in rules.slots),
        GAP: str(rules.minimum_gap // MINUTE_MS),
        TOLERANCE: str(rules.late_tolerance // MINUTE_MS),
        WHEN_LATE: str(rules.when_late),
        CATCH_UP: ORDERS[rules.newest_first],
        BLACKOUT: "\n".join(str(span) for span in rules.blackout),
    }


def _calendar_values() -> dict[str, str]:
    found = ctx().settings.calendar
    return {"zone": found.zone, **rules_values(found.default)}


def _calendar_page(
    form: CalendarForm, status: int, seen: str = "", closing: list[Affected] | None = None
) -> ResponseReturnValue:
    form.seen.data = seen or configuration.seen(ctx(), CALENDAR)
    form.zone.choices = zone_choices(form.zone.data or "", ctx().clock.now_ms())
    page = render_template(
        "admin/settings/calendar.html", form=form, closing=closing or [], closing_seen=closing_form.seen(closing or [])
    )
    return page, status


def zone_choices(chosen: str, now: int) -> dict[str, list[tuple[str, str]]]:
    """Return every time zone with the present time in it, by continent; a chosen one that is none comes first."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
    groups: dict[str, list[tuple[str, str]]] = {"": [("UTC", f"UTC, {clock_time(now, 'UTC')}")]}
    if chosen and chosen not in {"UTC", *zones}:
        label = f"{chosen}, {clock_time(now, chosen)}" if chosen in available_timezones() else chosen
        groups[""].insert(0, (chosen, label))
    for zone in zones:
        region, _, place = zone.partition("/")
        groups.setdefault(region, []).append((zone, f"{place.replace('_', ' ')}, {clock_time(now, zone)}"))
    return groups


def _seen(form: Form) -> str:
    return form["seen"].data or ""


def _show(form: Form, error: Invalid, keys: Mapping[str, str], others: Mapping[str, str] | None = None) -> None:
    fields = {key: name for name, key in keys.items()} | dict(others or {})
    show_problems(form, Invalid(Problem(fields.get(p.field, p.field), p.message) for p in error.problems))


def show_stale(form: Form, error: Conflict, present: Mapping[str, str]) -> None:
    """Keep what was typed, and say beside each field what the file says by now."""
    flash(f"{error} Nothing was saved yet: what you typed is below, and where the file differs it is said.", "warn")
    for name, value in present.items():
        field: Field = form[name]
        if _plain(field.data or "") != _plain(value):
            field.errors = [*field.errors, f"By now the file says: {value or '(nothing)'}"]


def _plain(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
