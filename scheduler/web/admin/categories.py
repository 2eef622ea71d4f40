"""Articles, Categories: how many articles each has; rename, move, merge and delete, in all files at once."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.addresses import category_path
from scheduler.domain.problem import Invalid, Problem
from scheduler.services.editorial import taxonomy
from scheduler.services.editorial.taxonomy import CategoryRow, Path
from scheduler.web.admin import many
from scheduler.web.admin.many import Done, Question
from scheduler.web.context import ctx

bp = Blueprint("categories", __name__, url_prefix="/admin/articles")


@bp.get("/categories")
def listing() -> ResponseReturnValue:
    """Show every category."""
    return render_template("admin/articles/categories/index.html", rows=taxonomy.categories(ctx()), path=category_path)


@bp.get("/categories/change")
def edit() -> ResponseReturnValue:
    """Show one category, and what can be done with it."""
    return _editor(taxonomy.category(ctx(), request.args.get("category", "")))


@bp.post("/categories/change")
def change() -> ResponseReturnValue:
    """Ask, then rename, move, merge or delete."""
    names = tuple(name for name in request.form.get("names", "").split("/") if name)
    do = request.form.get("do", "")
    if not many.agreed():
        row = taxonomy.category(ctx(), request.form.get("category", ""))
        try:
            return many.ask(_question(row, do, _target(row, do)))
        except Invalid as error:
            return _editor(row, error.problems), 422
    to = tuple(name for name in request.form.get("to", "").split("/") if name) or None
    if to:
        taxonomy.require_fits(ctx(), names, to)
    progress = taxonomy.move_category(ctx(), names, to, many.by(), many.so_far())
    where = " / ".join(to) if to else ""
    plain = where.replace("{", "{{").replace("}", "}}")
    one, several = (
        (f"1 article is in {where} now.", f"{{}} articles are in {plain} now.")
        if to
        else ("1 article lost this category.", "{} articles lost this category.")
    )
    title = f"{' / '.join(names)} becomes {where}" if to else f"{' / '.join(names)} is deleted"
    done = Done(title, one, several, url_for(".listing"), _fields("/".join(names), "/".join(to or ())))
    return many.answer(progress, done)


def _target(row: CategoryRow, do: str) -> Path | None:
    """Return the new path that the form asks for; None for none."""
    form = request.form
    if do == "delete":
        return None
    if do == "merge":
        into = form.get("into", "")
        if not into or into == row.address or into.startswith(f"{row.address}/"):
            raise Invalid([Problem("into", "Choose the category that takes in this one.")])
        target = taxonomy.category(ctx(), into).names
        taxonomy.require_fits(ctx(), row.names, target)
        return target
    new = taxonomy.new_category(ctx(), row, form.get("name", ""), form.get("below", ""))
    if new == row.names:
        raise Invalid([Problem("name", "This is its name and place already.")])
    return new


def _question(row: CategoryRow, do: str, new: Path | None) -> Question:
    name, count = " / ".join(row.names), _articles(row.all)
    sentences = [f"{count} {'changes' if row.all == 1 else 'change'}, {row.public} of them public."]
    fields = _fields("/".join(row.names), "/".join(new or ()))
    if new is None:
        sentences.append("The articles stay; they only lose this category, and those below it.")
        return Question(f"Delete {name}?", tuple(sentences), "Delete it", _back(row), fields, bad=True)
    there = {other.address: other for other in taxonomy.categories(ctx())}
    target = there.get(taxonomy.address_of(new))
    if target and target.address != row.address:
        sentences.append(f"{' / '.join(target.names)} is there already, with {_articles(target.all)}: both become one.")
    if category_path(new) != category_path(row.names):
        sentences.append(f"Visitors of {category_path(row.names)} are led to {category_path(new)}.")
    verb = "Merge" if do == "merge" else "Change"
    return Question(f"{name} becomes {' / '.join(new)}", tuple(sentences), f"{verb} it", _back(row), fields)


def _fields(names: str, to: str) -> list[tuple[str, str]]:
    return [("names", names), ("to", to)]


def _articles(count: int) -> str:
    return "1 article" if count == 1 else f"{count:,} articles"


def _back(row: CategoryRow) -> str:
    return url_for(".edit", category=row.address)


def _editor(row: CategoryRow, problems: tuple[Problem, ...] = ()) -> str:
    others = [
        (a, n) for a, n in taxonomy.named(taxonomy.categories(ctx())) if not f"{a}/".startswith(f"{row.address}/")
    ]
    return render_template(
        "admin/articles/categories/edit.html", row=row, others=others, problems=problems, typed=request.form
    )
