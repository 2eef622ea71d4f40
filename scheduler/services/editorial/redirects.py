"""Redirects as the marketer handles them: listed, made, changed, removed, brought in and taken out as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import zip_longest
from urllib.parse import quote, urlsplit

from scheduler.domain.addresses import path_of
from scheduler.domain.article import is_public
from scheduler.domain.problem import Invalid, NotFound, Problem, refuse
from scheduler.domain.redirects import (
    GONE,
    MOVED,
    STATUSES,
    Redirect,
    Ways,
    clean_target,
    problems_of,
    source_path,
)
from scheduler.services.context import Context
from scheduler.services.site import searching
from scheduler.services.site.searching import SearchAway
from scheduler.storage import redirects as store
from scheduler.storage.redirects import KeptRedirect, Missed

LARGEST_CSV = 1024 * 1024
MOST_ROWS = 5000
MOST_PROBLEMS = 100
MOST_GUESSES = 100
"""For how many addresses an article is guessed: each costs some milliseconds."""


@dataclass(frozen=True, slots=True)
class OldAddress:
    """An address that an article once had; it stands in the article's file. `awake` says that it leads there now."""

    source: str
    title: str
    slug: str
    awake: bool
    hits: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address that visitors look for in vain, with the article that is probably meant ("" for none)."""

    missed: Missed
    guess: str
    guess_title: str


def listed(ctx: Context, words: str = "") -> list[KeptRedirect]:
    """Return the redirects that hold every one of `words` in either address."""
    with ctx.database.reading() as tx:
        found = store.every(tx)
    wanted = words.casefold().split()
    return [kept for kept in found if _has(wanted, kept.redirect.source, kept.redirect.target, kept.redirect.note)]


def asleep(ctx: Context, source: str) -> bool:
    """Return whether an article answers at an old address, so that its redirect never comes into play."""
    article = ctx.articles.get(source.rpartition("/")[2])
    public = article is not None and is_public(article, ctx.clock.now_ms())
    return public and article is not None and source_path(path_of(article)) == source


def old_addresses(ctx: Context, words: str = "") -> list[OldAddress]:
    """Return the addresses that articles once had, as their files say."""
    with ctx.database.reading() as tx:
        counts = store.hits(tx)
    wanted, now = words.casefold().split(), ctx.clock.now_ms()
    found = [
        OldAddress(source, article.title, article.slug, is_public(article, now), *counts.get(source, (0, 0)))
        for article in ctx.articles.all()
        for source in map(source_path, article.aliases)
        if _has(wanted, source, article.title, article.slug)
    ]
    return sorted(found, key=lambda old: old.source)


def _has(wanted: Iterable[str], *texts: str) -> bool:
    text = " ".join(texts).casefold()
    return all(word in text for word in wanted)


def existing(ctx: Context, redirect_id: int) -> KeptRedirect:
    """Return a redirect by id. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        found = store.get(tx, redirect_id)
    if found is None:
        raise NotFound("There is no such redirect. Somebody may have removed it.")
    return found


def save(ctx: Context, source: str, target: str, status: int = MOVED, instead_of: str = "") -> Redirect:
    """Make a redirect, or change the one of the old address `instead_of`. Raises `Invalid` with every problem.

    A wish of visitors that it fulfils is forgotten.
    """
    fresh = _fresh(ctx, source, target, status)
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        others = {kept.redirect.source: kept.redirect.target for kept in store.every(tx)}
        others.pop(instead_of, None)
        problems = problems_of(fresh, source, Ways(others | _aliases(ctx)), ctx.settings.site.redirect_hosts)
        problems += _taken(ctx, fresh.source, others)
        if problems:
            raise Invalid(problems)
        if instead_of and instead_of != fresh.source:
            store.remove(tx, instead_of)
        store.put(tx, fresh, now)
        store.forget_missed(tx, [fresh.source])
    return fresh


def remove(ctx: Context, redirect_id: int) -> Redirect:
    """Remove a redirect and return it. Raises `NotFound`."""
    found = existing(ctx, redirect_id).redirect
    with ctx.database.writing() as tx:
        store.remove(tx, found.source)
    return found


def lead_on(ctx: Context, moves: Mapping[str, str], note: str) -> None:
    """Let pages that moved (old path -> new path) be found; redirects that led to an old one lead to the new one."""
    steps = {source_path(old): new for old, new in moves.items() if source_path(old) != source_path(new)}
    if not steps:
        return
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        for kept in store.every(tx):
            onward = steps.get(source_path(kept.redirect.target)) if kept.redirect.target.startswith("/") else None
            if onward:
                store.put(tx, replace(kept.redirect, target=onward), now)
        for old, new in steps.items():
            store.remove(tx, source_path(new))  # a page lives there now
            store.put(tx, Redirect(old, new, MOVED, note), now)
        for kept in store.every(tx):
            if source_path(kept.redirect.target) == kept.redirect.source:
                store.remove(tx, kept.redirect.source)


def wanted(ctx: Context, limit: int = 50, offset: int = 0) -> tuple[list[Wanted], int]:
    """Return the addresses that visitors look for in vain, the most wanted first, and how many there are."""
    with ctx.database.reading() as tx:
        found, total = store.missed(tx, limit, offset), store.missed_total(tx)
    with suppress(SearchAway):  # the list stands without the guesses
        searching.keep_in_step(ctx)
    guesses = [next(iter(searching.lookalikes(ctx, missed.path, 1)), None) for missed in found[:MOST_GUESSES]]
    return [
        Wanted(missed, guess.href if guess else "", guess.label if guess else "")
        for missed, guess in zip_longest(found, guesses)
    ], total


def forget(ctx: Context, path: str | None) -> None:
    """Forget an address that visitors look for in vain, or all of them (None)."""
    with ctx.database.writing() as tx:
        store.forget_missed(tx, None if path is None else [path])


def to_csv(ctx: Context) -> str:
    """Return all redirects as CSV: source, target, status."""
    rows = [(kept.redirect.source, kept.redirect.target, kept.redirect.status) for kept in listed(ctx)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("source", "target", "status"))
    writer.writerows([(_cell(quote(source)), _cell(target), status) for source, target, status in rows])
    return text.getvalue()


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def from_csv(ctx: Context, data: bytes) -> tuple[int, int]:
    """Store every redirect of a CSV file, or none; return how many are new and how many replaced others.

    Columns source, target and perhaps status, with or without a first line of names; commas, semicolons or tabs.
    Raises `Invalid` with the problems of every line.
    """
    rows = list(_rows(data))
    if not rows:
        raise refuse("file", "There is no redirect in it. Each line must hold an old and a new address.")
    fresh = {line: _fresh(ctx, *row) for line, row in rows}
    sources = {each.source for each in fresh.values()}
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        kept = {each.redirect.source: each.redirect.target for each in store.every(tx)}
        ways = Ways(kept | {each.source: each.target for each in fresh.values()} | _aliases(ctx))
        if problems := list(_line_problems(ctx, rows, fresh, ways)):
            raise Invalid(_not_too_many(problems))
        for each in fresh.values():
            store.put(tx, each, now)
        store.forget_missed(tx, sources)
    return len(sources - kept.keys()), len(sources & kept.keys())


_Row = tuple[str, str, int]


def _line_problems(
    ctx: Context, rows: list[tuple[int, _Row]], fresh: Mapping[int, Redirect], ways: Ways
) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for line, (written, _, _) in rows:
        each = fresh[line]
        found = [*problems_of(each, written, ways, ctx.settings.site.redirect_hosts), *_taken(ctx, each.source, {})]
        if each.source in first:
            found.append(Problem("file", f"The old address stands in line {first[each.source]} already."))
        first.setdefault(each.source, line)
        yield from (Problem("file", f"Line {line}: {problem.message}") for problem in found)


def _rows(data: bytes) -> Iterator[tuple[int, _Row]]:
    """Yield (line, (source, target, status)); a status that is none is 0."""
    if len(data) > LARGEST_CSV:
        raise refuse("file", "This file is larger than 1 MB. Bring it in in parts.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse("file", "This file is not written in UTF-8. Save it as “CSV UTF-8” and try again.") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    number = 0
    try:
        for row in reader:
            cells = [cell.strip().removeprefix("'") for cell in row]
            if not any(cells) or (number == 0 and cells[0].lower() in ("source", "from", "old", "old address")):
                continue
            number += 1
            if number > MOST_ROWS:
                raise refuse("file", f"This file holds more than {MOST_ROWS} redirects. Bring it in in parts.")
            yield reader.line_num, _columns(cells)
    except csv.Error as error:
        raise refuse("file", f"Line {reader.line_num} cannot be read as CSV: {error}.") from None


def _columns(cells: list[str]) -> _Row:
    source, target, said = (*cells, "", "")[:3]
    status = int(said) if said.isascii() and said.isdigit() and len(said) == 3 else 0
    return source, target, status if said else MOVED


def _not_too_many(problems: list[Problem]) -> list[Problem]:
    if len(problems) <= MOST_PROBLEMS:
        return problems
    more = len(problems) - MOST_PROBLEMS
    return [*problems[:MOST_PROBLEMS], Problem("file", f"And {more} more. Nothing was brought in.")]


def _fresh(ctx: Context, source: str, target: str, status: int) -> Redirect:
    own = urlsplit(ctx.settings.base_url).netloc
    kept = clean_target(target, own) if status != GONE or status not in STATUSES else target.strip()
    return Redirect(source_path(clean_target(source, own)), kept, status)


def _aliases(ctx: Context) -> dict[str, str]:
    """Return where the old addresses of articles lead."""
    return {source_path(old): path_of(a) for a in ctx.articles.all() for old in a.aliases}


def _taken(ctx: Context, source: str, others: Mapping[str, str]) -> list[Problem]:
    """Return a problem when an old address leads somewhere already."""
    if source in others:
        return [Problem("source", f"{source} has a redirect already; change that one.")]
    article = ctx.articles.by_alias(source) if source else None
    return (
        [Problem("source", f"{source} is an old address of “{article.title}” and leads there already.")]
        if article
        else []
    )
