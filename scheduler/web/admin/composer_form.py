"""From the composer's form to what the services take, and to what the page shows again. Knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from scheduler.domain.teaser import Teaser, Variant, When
from scheduler.services.planning.compose import Submission, TeaserInput

Form = MultiDict[str, str]
MODES = ("at", "next", "top", "now")


@dataclass(frozen=True, slots=True)
class WhenChoice:
    """What the part "When" of the form says: the chosen way, and date and time even if they are not chosen."""

    mode: str
    date: str
    time: str
    zone: str

    def when(self) -> When:
        """Return the choice as the services take it."""
        if self.mode == "at":
            return When(at=f"{self.date}T{self.time}", zone=self.zone)
        return When(queue=self.mode) if self.mode in ("next", "top") else When(now=self.mode == "now")


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled-in composer. `do` is the button that was pressed, `argument` what it is about."""

    given: TeaserInput
    which: Submission
    choice: WhenChoice
    do: str = ""
    argument: str = ""


def read(form: Form, stored: Teaser | None, user_id: int | None) -> Filled:
    """Return what the form says; `stored` is the teaser it was opened for."""
    do, _, argument = form.get("do", "").partition(":")
    choice = WhenChoice(form.get("when", ""), form.get("date", ""), form.get("time", ""), form.get("zone", ""))
    given = TeaserInput(
        text=_text(form, "text"),
        article_id=form.get("article", ""),
        link=form.get("link", "").strip(),
        template=form.get("template", ""),
        assets=tuple(asset for asset in form.getlist("assets") if asset),
        accounts=_numbers(form.getlist("accounts")),
        variants=_variants(form, stored),
        when=choice.when(),
        late_policy=form.get("late", ""),
        replies=tuple(text for reply in form.getlist("replies") if (text := reply.replace("\r\n", "\n").strip())),
    )
    which = Submission(form.get("key", ""), _number(form.get("teaser", "")), _number(form.get("version", "")), user_id)
    if stored:
        which = replace(which, teaser_id=stored.id)
    return Filled(given, which, choice, do, argument)


def _text(form: Form, name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _numbers(texts: list[str]) -> tuple[int, ...]:
    return tuple(number for text in texts if (number := _number(text)) is not None)


def _variants(form: Form, stored: Teaser | None) -> dict[int, Variant]:
    before = dict(stored.variants) if stored else {}
    shown = _numbers([name.removeprefix("variant-") for name in form if name.startswith("variant-")])
    return before | {key: _variant(form, key, before.get(key, Variant())) for key in shown}


def _variant(form: Form, key: int, before: Variant) -> Variant:
    """An empty text means "as above"; options that this form does not show stay as they are."""
    photos = {"same": None, "none": ()}.get(form.get(f"photos-{key}", "same"), before.assets)
    text = _text(form, f"variant-{key}").strip() or None
    return replace(before, text=text, assets=photos, options=_options(form, key, before.options))


def _options(form: Form, key: int, before: Mapping[str, str]) -> dict[str, str]:
    """Return the platform's choices of one account that are not what the account begins with.

    A tick box that is not ticked sends only its hidden twin, which stands before it.
    """
    options = dict(before)
    start = f"option-{key}-"
    for field in form:
        if field.startswith(start):
            name, value = field.removeprefix(start), form.getlist(field)[-1].replace("\r\n", "\n").strip()
            options[name] = value
            if value == form.get(f"begins-{key}-{name}", ""):
                del options[name]
    return options


def choice_of(when: When, fallback: WhenChoice) -> WhenChoice:
    """Return what the form shows for a stored choice; `fallback` fills what is not chosen."""
    if when.at:
        date, _, time = when.at.partition("T")
        return WhenChoice("at", date, time[:5], when.zone or fallback.zone)
    if when.queue:
        return replace(fallback, mode=when.queue)
    return replace(fallback, mode="now") if when.now else fallback


def moved(assets: tuple[str, ...], asset: str, step: int) -> tuple[str, ...]:
    """Return the assets with one of them a step further to the front (-1) or to the back (+1)."""
    if asset not in assets:
        return assets
    order = list(assets)
    place = order.index(asset)
    order.insert(max(0, place + step), order.pop(place))
    return tuple(order)
