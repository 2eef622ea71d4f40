"""Articles, Tags: how many articles each has; rename, merge and delete, in all files at once."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.addresses import tag_path
from scheduler.domain.problem import Invalid, refuse
from scheduler.domain.slug import slugify
from scheduler.services.editorial import taxonomy
from scheduler.services.editorial.taxonomy import TagRow
from scheduler.web.admin import many
from scheduler.web.admin.many import Done, Question
from scheduler.web.admin.renaming import Named, editor
from scheduler.web.context import ctx

bp = Blueprint("tags", __name__, url_prefix="/admin/articles")

FEW = 20
"""So many tags are seen at a glance; more have a search."""
MOST = 300


@bp.get("/tags")
def listing() -> ResponseReturnValue:
    """Show every tag."""
    words = request.args.get("q", "").strip()
    found = [row for row in taxonomy.tags(ctx()) if any(words.casefold() in name.casefold() for name in row.spellings)]
    return render_template(
        "admin/articles/tags/index.html", rows=found[:MOST], total=len(found), few=FEW, words=words, path=tag_path
    )


@bp.get("/tags/change")
def edit() -> ResponseReturnValue:
    """Show one tag, and what can be done with it."""
    return editor(_named(taxonomy.tag(ctx(), request.args.get("tag", ""))))


@bp.post("/tags/change")
def change() -> ResponseReturnValue:
    """Ask, then rename, merge or delete."""
    slug, do = request.form.get("tag", ""), request.form.get("do", "")
    if not many.agreed():
        row = taxonomy.tag(ctx(), slug)
        try:
            return many.ask(_question(row, _target(row, do)))
        except Invalid as error:
            return editor(_named(row), error), 422
    to = taxonomy.new_tag(request.form["to"]) if request.form.get("to") else None
    name = request.form.get("name", "")[:200]
    progress = taxonomy.move_tag(ctx(), slug, to, many.by(), many.so_far())
    done = Done(
        title=f"{name} becomes {to}" if to else f"{name} is deleted",
        said=lambda count: (
            f"{many.articles(count, 'has', 'have')} the tag {to} now."
            if to
            else f"{many.articles(count)} lost this tag."
        ),
        back=url_for(".listing"),
        fields=_fields(slug, name, to or ""),
    )
    return many.answer(progress, done)


def _target(row: TagRow, do: str) -> str | None:
    """Return the new name that the form asks for; None for none."""
    form = request.form
    if do == "delete":
        return None
    if do == "merge":
        into = form.get("into", "")
        if not into or into == row.slug:
            raise refuse("into", "Choose the tag that takes in this one.")
        return taxonomy.tag(ctx(), into).name
    new = taxonomy.new_tag(form.get("name", ""))
    if (new,) == row.spellings:
        raise refuse("name", "This is its name already.")
    return new


def _question(row: TagRow, new: str | None) -> Question:
    sentences = [f"{many.articles(row.all, 'changes', 'change')}, {row.public} of them public."]
    fields, back = _fields(row.slug, row.name, new or ""), url_for(".edit", tag=row.slug)
    if new is None:
        sentences.append("The articles stay; they only lose this tag.")
        return Question(f"Delete {row.name}?", tuple(sentences), "Delete it", back, fields, bad=True)
    for other in taxonomy.tags(ctx()):
        if other.slug == slugify(new) != row.slug:
            sentences.append(f"{other.name} is there already, with {many.articles(other.all)}: both become one.")
    if slugify(new) != row.slug:
        sentences.append(f"Visitors of {tag_path(row.slug)} are led to {tag_path(new)}.")
    return Question(f"{row.name} becomes {new}", tuple(sentences), "Change it", back, fields)


def _fields(slug: str, name: str, to: str) -> list[tuple[str, str]]:
    return [("tag", slug), ("name", name), ("to", to)]


def _named(row: TagRow) -> Named:
    spelled = f" Written {', '.join(row.spellings)}." if len(row.spellings) > 1 else ""
    return Named(
        noun="tag",
        name=row.name,
        said=f"{many.articles(row.all)}, {row.public} public.{spelled}",
        back=url_for(".listing"),
        action=url_for(".change"),
        field=("tag", row.slug),
        others=[(other.slug, other.name) for other in taxonomy.tags(ctx()) if other.slug != row.slug],
        values={"name": row.name},
    )
