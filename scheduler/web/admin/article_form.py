"""The form of an article: between what the page posts and what the services take."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from flask import request
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types

from scheduler.content.ids import new_id
from scheduler.domain.article import Article, Kind, Status
from scheduler.domain.slug import is_unnamed
from scheduler.services.editorial.article_input import LONGEST_DESCRIPTION, ArticleInput
from scheduler.services.editorial.drafts import Opened, Page
from scheduler.services.editorial.merging import chosen
from scheduler.web.context import ctx


class ArticleForm(FlaskForm):  # type: ignore[misc]
    """Front matter and text. `base_hash` and `draft_hash` name the versions that the page was opened with.

    `tab` names the page itself, `turn` counts what it has saved; `article_id` is there before the article is.
    """

    title = StringField("Title", render_kw={"required": True, "maxlength": 300, "autocomplete": "off"})
    body = TextAreaField("Text", render_kw={"rows": 24, "spellcheck": "true"})
    slug = StringField(
        "Address",
        description="The last part of the article’s address. Left empty, it is made from the title.",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    date = DateField("Date", format="%Y-%m-%d", validators=[])
    time = TimeField("Time", format=["%H:%M", "%H:%M:%S"], validators=[])
    categories = TextAreaField(
        "Categories",
        description="One a line; a slash leads to a subcategory, as in Physical Therapy/Dry Needling.",
        render_kw={"rows": 2, "spellcheck": "false"},
    )
    tags = StringField("Tags", description="With commas between them.")
    author = SelectField("Author", validate_choice=False)
    description = TextAreaField(
        "Description",
        description="One or two sentences for search engines and link cards; about 160 characters are shown.",
        render_kw={"rows": 3, "maxlength": LONGEST_DESCRIPTION},
    )
    image = HiddenField("Lead photo")
    alt = StringField(
        "Alt text",
        description="What the photo shows, for people who do not see it. Left empty, the library’s words are taken.",
    )
    caption = StringField("Caption", description="Left empty, that of the library is taken.")
    canonical = StringField(
        "First published at", description="Only for an article that appeared on another site first: its address there."
    )
    noindex = BooleanField("Ask search engines not to list this article")
    kind = SelectField(
        "Kind",
        choices=[
            SelectChoice("article", "Article of the blog"),
            SelectChoice("page", "Page that stands by itself, such as “About us”"),
        ],
        validate_choice=False,
    )
    series = StringField("Series", description="Articles of the same series lead to one another.")
    search_title = StringField(
        "Title for search engines",
        description="Only where it shall differ from the title; about 60 characters are shown.",
    )
    card_title = StringField("Title of the link card", description="Only where it shall differ from the title.")
    card_description = TextAreaField("Text of the link card", render_kw={"rows": 2, "maxlength": LONGEST_DESCRIPTION})
    card_image = HiddenField("Picture of the link card")
    lang = StringField("Language", description="Only where it is not the site’s language: a tag such as es or de.")
    translation = StringField(
        "Translation key", description="The same word in each language’s article ties them together."
    )
    base_hash = HiddenField()
    article_id = HiddenField()
    draft_hash = HiddenField()
    tab = HiddenField()
    turn = HiddenField()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        people = [(author.key, author.name) for author in ctx().articles.authors()]
        known = {key for key, _ in people}
        unknown = [(self.author.data, self.author.data)] if self.author.data and self.author.data not in known else []
        self.author.choices = [("", "Nobody"), *people, *unknown]


def empty() -> ArticleForm:
    """Return the form of an article that is still to be written; it has its identity already."""
    return ArticleForm(formdata=None, data={"article_id": new_id(ctx().clock.now_ms()), **_new_tab()})


def filled(article: Article, opened: Opened) -> ArticleForm:
    """Return the form of an article with what is not published yet."""
    given = opened.given
    if is_unnamed(article.slug) and article.status == Status.DRAFT and given.slug == article.slug:
        given = replace(given, slug="")  # saving makes one of the title
    versions = {
        "base_hash": article.content_hash,
        "draft_hash": opened.draft.hash if opened.draft else "",
        "article_id": article.id,
    }
    return ArticleForm(formdata=None, data=form_values(given) | versions | _new_tab())


def _new_tab() -> dict[str, str]:
    return {"tab": secrets.token_hex(8), "turn": "0"}


def typed_fields(given: ArticleInput) -> dict[str, str]:
    """Return an input as the form sends it, the text and the date apart."""
    texts = {name: str(getattr(given, name)) for name in _SAME if name != "body"}
    lists = {"categories": "\n".join(given.categories), "tags": ", ".join(given.tags)}
    return texts | lists | {"noindex": "y" if given.noindex else ""}


def page_of(form: ArticleForm) -> Page:
    """Return what the form says of the page that it comes from."""
    texts = {name: str(form[name].data or "")[:100] for name in ("article_id", "base_hash", "draft_hash", "tab")}
    turn = str(form.turn.data or "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", texts["article_id"]):
        texts["article_id"] = ""
    if not re.fullmatch(r"[0-9a-f]{8,64}", texts["tab"]):
        texts["tab"] = ""
    return Page(turn=int(turn) if re.fullmatch(r"[0-9]{1,9}", turn) else 0, **texts)


def form_values(given: ArticleInput) -> dict[str, object]:
    """Return the values of the form's fields for an input."""
    date, _, time = given.date.partition("T")
    values: dict[str, object] = {name: getattr(given, name) for name in _SAME}
    values |= {"categories": "\n".join(given.categories), "tags": ", ".join(given.tags), "noindex": given.noindex}
    blank = ArticleForm(formdata=None)
    blank.date.process_formdata([date] if date else [])
    blank.time.process_formdata([time] if time else [])
    return values | {"date": blank.date.data, "time": blank.time.data}


_SAME = (
    "title", "body", "slug", "author", "description", "image", "alt", "caption", "canonical", "kind", "series",
    "search_title", "card_title", "card_description", "card_image", "lang", "translation",
)  # fmt: skip


def given_by(form: ArticleForm, status: str) -> ArticleInput:
    """Return what the form says; what is typed as a date goes on as it is, for the service to judge."""
    date, time = (" ".join(field.raw_data or []).strip() for field in (form.date, form.time))
    moment = f"{date}T{time}" if date or time else ""
    texts = {name: str(form[name].data or "") for name in _SAME}
    return ArticleInput(
        title=texts["title"],
        body=_body(texts["body"]),
        slug=texts["slug"],
        author=texts["author"],
        description=texts["description"],
        image=texts["image"],
        alt=texts["alt"],
        caption=texts["caption"],
        canonical=texts["canonical"],
        kind=texts["kind"] or Kind.ARTICLE,
        series=texts["series"],
        search_title=texts["search_title"],
        card_title=texts["card_title"],
        card_description=texts["card_description"],
        card_image=texts["card_image"],
        lang=texts["lang"],
        translation=texts["translation"],
        status=status,
        date=request.form.get("moment", moment),
        zone=ctx().settings.calendar.zone,
        categories=tuple((form.categories.data or "").splitlines()),
        tags=_tags(form),
        noindex=bool(form.noindex.data),
    )


def _tags(form: ArticleForm) -> tuple[str, ...]:
    """Return the tags; a comma inside one that the article has already, as files can say, divides nothing."""
    article = ctx().articles.by_id(str(form.article_id.data or ""))
    whole = [re.escape(tag) for tag in (article.tags if article else ()) if "," in tag]
    return tuple(
        re.findall("|".join([*(rf"(?<![^,\s]){tag}(?![^,\s])" for tag in whole), "[^,]+"]), form.tags.data or "")
    )


def _body(typed: str) -> str:
    """Return the text; on the page that shows two versions it may be made of choices."""
    if request.form.get("text-from") == "choices":
        return chosen(request.form)
    return typed.replace("\r\n", "\n")


def status_for(do: str, article: Article | None) -> Status:
    """Return the status that the pressed button asks for; "save" keeps what the article has."""
    if do in (Status.DRAFT, Status.ARCHIVED, Status.PUBLISHED, Status.SCHEDULED):
        return Status(do)
    return article.status if article else Status.DRAFT
