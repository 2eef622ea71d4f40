"""Articles, Categories: how many articles each has; rename, move, merge and delete, in all files at once."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.addresses import category_path
from scheduler.domain.problem import Invalid, refuse
from scheduler.services.editorial import taxonomy
from scheduler.services.editorial.taxonomy import CategoryRow, Path
from scheduler.web.admin import many
from scheduler.web.admin.many import Done, Question
from scheduler.web.admin.renaming import Named, editor
from scheduler.web.context import ctx

bp = Blueprint("categories", __name__, url_prefix="/admin/articles")


@bp.get("/categories")
def listing() -> ResponseReturnValue:
    """Show every category."""
    return render_template("admin/articles/categories/index.html", rows=taxonomy.categories(ctx()), path=category_path)


@bp.get("/categories/change")
def edit() -> ResponseReturnValue:
    """Show one category, and what can be done with it."""
    return editor(_named(taxonomy.category(ctx(), request.args.get("category", ""))))


@bp.post("/categories/change")
def change() -> ResponseReturnValue:
    """Ask, then rename, move, merge or delete."""
    do = request.form.get("do", "")
    if not many.agreed():
        row = taxonomy.category(ctx(), request.form.get("category", ""))
        try:
            return many.ask(_question(row, do, _target(row, do)))
        except Invalid as error:
            return editor(_named(row), error), 422
    names, to = _path("names"), _path("to")
    if to:
        taxonomy.require_fits(ctx(), names, to)
    progress = taxonomy.move_category(ctx(), names, to or None, many.by(), many.so_far())
    where = " / ".join(to)
    done = Done(
        title=f"{' / '.join(names)} becomes {where}" if to else f"{' / '.join(names)} is deleted",
        said=lambda count: (
            f"{many.articles(count, 'is', 'are')} in {where} now."
            if to
            else f"{many.articles(count)} lost this category."
        ),
        back=url_for(".listing"),
        fields=_fields(names, to),
    )
    return many.answer(progress, done)


def _path(field: str) -> Path:
    return tuple(name for name in request.form.get(field, "").split("/") if name)


def _target(row: CategoryRow, do: str) -> Path | None:
    """Return the new path that the form asks for; None for none."""
    form = request.form
    if do == "delete":
        return None
    if do == "merge":
        into = form.get("into", "")
        if not into or f"{into}/".startswith(f"{row.address}/"):
            raise refuse("into", "Choose the category that takes in this one.")
        target = taxonomy.category(ctx(), into).names
        taxonomy.require_fits(ctx(), row.names, target, "into")
        return target
    new = taxonomy.new_category(ctx(), row, form.get("name", ""), form.get("below", ""))
    if new == row.names:
        raise refuse("name", "This is its name and place already.")
    return new


def _question(row: CategoryRow, do: str, new: Path | None) -> Question:
    name, back = " / ".join(row.names), url_for(".edit", category=row.address)
    sentences = [f"{many.articles(row.all, 'changes', 'change')}, {row.public} of them public."]
    if new is None:
        sentences.append("The articles stay; they only lose this category, and those below it.")
        return Question(f"Delete {name}?", tuple(sentences), "Delete it", back, _fields(row.names, ()), bad=True)
    there = {other.address: other for other in taxonomy.categories(ctx())}
    target = there.get(taxonomy.address_of(new))
    if target and target.address != row.address:
        found = many.articles(target.all)
        sentences.append(f"{' / '.join(target.names)} is there already, with {found}: both become one.")
    if category_path(new) != category_path(row.names):
        sentences.append(f"Visitors of {category_path(row.names)} are led to {category_path(new)}.")
    verb = "Merge" if do == "merge" else "Change"
    return Question(f"{name} becomes {' / '.join(new)}", tuple(sentences), f"{verb} it", back, _fields(row.names, new))


def _fields(names: Path, to: Path) -> list[tuple[str, str]]:
    return [("names", "/".join(names)), ("to", "/".join(to))]


def _named(row: CategoryRow) -> Named:
    others = [
        (a, n) for a, n in taxonomy.named(taxonomy.categories(ctx())) if not f"{a}/".startswith(f"{row.address}/")
    ]
    below = " with those below it" if row.own != row.all else ""
    return Named(
        noun="category",
        name=" / ".join(row.names),
        said=f"{many.articles(row.all)}{below}, {row.public} public.",
        back=url_for(".listing"),
        action=url_for(".change"),
        field=("category", row.address),
        others=others,
        values={"name": row.names[-1], "below": taxonomy.address_of(row.names[:-1])},
    )
