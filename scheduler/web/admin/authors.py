"""Articles, Authors: who writes, what stands below their articles, and how their articles are handed over."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import HiddenField, StringField, TextAreaField

from scheduler.domain.addresses import author_path
from scheduler.domain.article import Author, is_public
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.slug import slug_problem
from scheduler.services.editorial import authors
from scheduler.services.editorial.authors import AuthorInput
from scheduler.services.editorial.many import Progress
from scheduler.services.library.pictures import picture, pictures
from scheduler.web.admin import many
from scheduler.web.admin.many import Done, Question
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems

bp = Blueprint("authors", __name__, url_prefix="/admin/articles")


class AuthorForm(FlaskForm):  # type: ignore[misc]
    """One author. `seen` names the version that the page was opened with; `key` is asked for by articles."""

    seen = HiddenField()
    key = HiddenField()
    name = StringField("Name", render_kw={"maxlength": 200, "autocomplete": "off"})
    role = StringField("Role", description="Such as “Doctor of Physical Therapy”.", render_kw={"maxlength": 200})
    phone = StringField("Phone", render_kw={"maxlength": 40, "inputmode": "tel", "autocomplete": "off"})
    photo = HiddenField("Photo")
    links = TextAreaField(
        "Links",
        description="One a line: a word, then the address, as in LinkedIn https://www.linkedin.com/in/… Search engines "
        "learn from them who it is.",
        render_kw={"rows": 4, "spellcheck": "false"},
    )
    bio = TextAreaField("Text", description="Markdown, as in articles.", render_kw={"rows": 10, "maxlength": 10000})


FIELDS = ("name", "role", "phone", "photo", "links", "bio")


@bp.get("/authors")
def listing() -> ResponseReturnValue:
    """Show every author."""
    rows = authors.listed(ctx())
    return render_template(
        "admin/articles/authors/index.html",
        rows=rows,
        unknown=authors.unknown(ctx()),
        photos=pictures(ctx(), [row.author.photo for row in rows if row.author.photo]),
        path=author_path,
    )


@bp.get("/authors/new")
def new() -> ResponseReturnValue:
    """Show an empty author; `key` is the one that articles name already."""
    key = request.args.get("key", "")
    known = not slug_problem(key)
    return _editor(AuthorForm(formdata=None, data={"key": key, "name": key.replace("-", " ").title()} if known else {}))


@bp.post("/authors/new")
def create() -> ResponseReturnValue:
    """Write a new author."""
    form = AuthorForm()
    key = form.key.data or ""
    try:
        made = authors.create(ctx(), _given(form), "" if slug_problem(key) else key)
    except Invalid as error:
        show_problems(form, error)
        return _editor(form), 422
    flash(f"{made.name} is here.", "ok")
    return redirect(url_for(".edit", key=made.key))


@bp.get("/authors/<key>")
def edit(key: str) -> ResponseReturnValue:
    """Show an author."""
    author = authors.existing(ctx(), key)
    given = authors.input_of(author)
    values = {name: getattr(given, name) for name in FIELDS} | {"seen": authors.base_hash(ctx(), key)}
    return _editor(AuthorForm(formdata=None, data=values), author)


@bp.post("/authors/<key>")
def save(key: str) -> ResponseReturnValue:
    """Save an author; what somebody else changed meanwhile is never overwritten."""
    author, form = authors.existing(ctx(), key), AuthorForm()
    try:
        authors.change(ctx(), key, _given(form), form.seen.data or "")
    except Invalid as error:
        show_problems(form, error)
        return _editor(form, author), 422
    except Conflict as error:
        flash(f"{error} What you typed is still here; press Save again to put it in place.", "bad")
        form.seen.data = authors.base_hash(ctx(), key)
        return _editor(form, author), 409
    flash("Saved.", "ok")
    return redirect(url_for(".edit", key=key))


@bp.post("/authors/preview")
def preview() -> ResponseReturnValue:
    """Return a biography as visitors see it."""
    return authors.bio_html(request.form.get("bio", ""))


@bp.post("/authors/<key>/removal")
def remove(key: str) -> ResponseReturnValue:
    """Ask, hand the articles over, and delete the author."""
    author, heir = authors.existing(ctx(), key), request.form.get("heir", "")
    back = url_for(".edit", key=key)
    used = authors.articles_by(ctx(), key)
    taking = ctx().articles.author(heir)
    if used and (taking is None or heir == key):
        flash("Choose who gets the articles.", "bad")
        return redirect(back)
    fields = [("heir", heir)]
    if not many.agreed():
        return many.ask(_question(author, taking, len(used), back, fields))
    progress = authors.hand_over(ctx(), key, heir, many.by(), many.so_far()) if taking else Progress()
    if not progress.left and not progress.refused:
        authors.delete(ctx(), key, heir)
    done = Done(
        title=f"{author.name} is deleted",
        said=lambda count: f"{author.name} is gone; {many.articles(count, 'was', 'were')} handed over.",
        back=url_for(".listing"),
        fields=fields,
        bad_title=f"{author.name} stays: some articles could not be handed over",
    )
    return many.answer(progress, done)


def _question(author: Author, taking: Author | None, used: int, back: str, fields: list[tuple[str, str]]) -> Question:
    sentences = [
        f"The file moves to the folder .trash of your posts, where you can bring it back by hand: {author.key}.yaml."
    ]
    if taking:
        sentences.insert(0, f"{many.articles(used, 'goes', 'go')} to {taking.name}.")
        sentences.append(f"Visitors of {author_path(author.key)} are led to {author_path(taking.key)}.")
    return Question(f"Delete {author.name}?", tuple(sentences), "Delete", back, fields, bad=True)


def _given(form: AuthorForm) -> AuthorInput:
    return AuthorInput(**{name: str(form[name].data or "") for name in FIELDS})


def _editor(form: AuthorForm, author: Author | None = None) -> str:
    photo = picture(ctx(), form.photo.data) if form.photo.data else None
    used = authors.articles_by(ctx(), author.key) if author else []
    public = author and any(is_public(article, ctx().clock.now_ms()) for article in used)
    return render_template(
        "admin/articles/authors/edit.html",
        form=form,
        author=author,
        photo=[photo] if photo else [],
        bio=Markup(authors.bio_html(str(form.bio.data or ""))),  # noqa: S704 - sanitised
        used=len(used),
        others=[other for other in ctx().articles.authors() if author and other.key != author.key],
        public=author_path(author.key) if author and public else "",
    )
