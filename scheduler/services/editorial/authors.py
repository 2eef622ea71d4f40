"""Authors as the marketer handles them: listed, made, changed, and deleted when nobody's article needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scheduler.content import author_writer
from scheduler.content.fields import ASSET
from scheduler.content.links import link_problem
from scheduler.content.markdown import render, size_problem
from scheduler.content.yaml_tree import Value
from scheduler.domain.addresses import author_path
from scheduler.domain.article import Article, Author, is_public
from scheduler.domain.problem import Conflict, Invalid, NotFound, Problem, refuse
from scheduler.domain.revision import By
from scheduler.domain.slug import slugify
from scheduler.services.context import Context
from scheduler.services.editorial import redirects
from scheduler.services.editorial.articles import as_problems
from scheduler.services.editorial.many import Progress, change_many, set_keys
from scheduler.services.library.pictures import picture

LONGEST = {"name": 200, "role": 200, "phone": 40, "bio": 10_000}
MOST_LINKS = 20


@dataclass(frozen=True, slots=True)
class AuthorRow:
    """An author with the number of articles, and of those that visitors see."""

    author: Author
    all: int
    public: int


@dataclass(frozen=True, slots=True)
class AuthorInput:
    """What was typed about an author. `links` has one line each: a word or more, then the address."""

    name: str = ""
    role: str = ""
    phone: str = ""
    photo: str = ""
    links: str = ""
    bio: str = ""


def listed(ctx: Context) -> list[AuthorRow]:
    """Return every author with a file, by name."""
    now = ctx.clock.now_ms()
    everything: dict[str, int] = {}
    public: dict[str, int] = {}
    for article in ctx.articles.all():
        everything[article.author] = everything.get(article.author, 0) + 1
        public[article.author] = public.get(article.author, 0) + is_public(article, now)
    return [AuthorRow(a, everything.get(a.key, 0), public.get(a.key, 0)) for a in ctx.articles.authors()]


def unknown(ctx: Context) -> dict[str, int]:
    """Return the keys that articles name as their author and that have no file, with the number of articles."""
    found: dict[str, int] = {}
    for article in ctx.articles.all():
        if article.author and not ctx.articles.author(article.author):
            found[article.author] = found.get(article.author, 0) + 1
    return found


def existing(ctx: Context, key: str) -> Author:
    """Return an author as the file is now. Raises `NotFound`."""
    ctx.articles.refresh(force=True)
    author = ctx.articles.author(key)
    if author is None:
        raise NotFound("There is no such author. The file may have been renamed or deleted.")
    return author


def input_of(author: Author) -> AuthorInput:
    """Return an author as an input that changes nothing."""
    links = "\n".join(f"{label} {href}" for label, href in author.links)
    return AuthorInput(author.name, author.role, author.phone, author.photo, links, author.bio)


def base_hash(ctx: Context, key: str) -> str:
    """Return what names the present bytes of an author's file; the form carries it."""
    return author_writer.fingerprint(ctx.articles, key)


def create(ctx: Context, given: AuthorInput, key: str = "") -> Author:
    """Write a new author; the key is made from the name unless it is given. Raises `Invalid` with every problem."""
    given = _tidy(given)
    key = key or slugify(given.name)
    problems = list(_problems(ctx, given, ""))
    if given.name and ctx.articles.author(key):
        problems.append(Problem("name", f'There is an author "{key}" already. Change the name a little.'))
    if problems:
        raise Invalid(problems)
    try:
        with as_problems():
            return author_writer.create(ctx.articles, key, _fields(given))
    except Conflict as error:
        raise refuse("name", str(error)) from error


def change(ctx: Context, key: str, given: AuthorInput, seen: str) -> Author:
    """Save an author. Raises `Invalid`, `NotFound`, and `Conflict` when the file is not the one of `seen` any more."""
    before, given = existing(ctx, key), _tidy(given)
    if problems := list(_problems(ctx, given, before.photo)):
        raise Invalid(problems)
    fields, old = _fields(given), _fields(_tidy(input_of(before)))
    changes = {name: value or None for name, value in fields.items() if value != old[name]}
    with as_problems():
        return author_writer.save(ctx.articles, key, changes, seen)


def articles_by(ctx: Context, key: str) -> list[Article]:
    """Return every article of an author, drafts included."""
    return [article for article in ctx.articles.all() if article.author == key]


def hand_over(ctx: Context, key: str, heir: str, by: By, so_far: Progress) -> Progress:
    """Give every article of an author to another one. Raises `Invalid` when that one is not there."""
    if heir == key or not ctx.articles.author(heir):
        raise refuse("heir", "Choose the author who gets the articles.")

    def work(article: Article) -> None:
        set_keys(ctx, article, {"author": heir}, by)

    return change_many(ctx, articles_by(ctx, key), work, so_far)


def delete(ctx: Context, key: str, heir: str = "") -> Author:
    """Move an author without articles to the trash; visitors of the page are led to the heir's, if there is one."""
    author = existing(ctx, key)
    if used := len(articles_by(ctx, key)):
        articles = "1 article" if used == 1 else f"{used:,} articles"
        raise Conflict(f"{author.name} still has {articles}. Hand them over to somebody else first.")
    if heir:  # first, so that there is no moment at which visitors find neither
        redirects.lead_on(ctx, {author_path(key): author_path(heir)}, "Author handed over")
    author_writer.delete(ctx.articles, key)
    return author


def bio_html(bio: str) -> str:
    """Return a biography as safe HTML, as visitors will see it."""
    return "" if size_problem(bio) else render(bio, lambda block: "").html


def _tidy(given: AuthorInput) -> AuthorInput:
    return replace(
        given,
        name=" ".join(given.name.split()),
        role=" ".join(given.role.split()),
        phone=" ".join(given.phone.split()),
        photo=given.photo.strip(),
        links="\n".join(" ".join(line.split()) for line in given.links.splitlines() if line.strip()),
        bio=given.bio.replace("\r\n", "\n").replace("\r", "\n").strip(),
    )


def _problems(ctx: Context, given: AuthorInput, old_photo: str) -> Iterator[Problem]:
    if not given.name:
        yield Problem("name", "The name is missing.")
    for name, most in LONGEST.items():
        if len(getattr(given, name)) > most:
            yield Problem(name, f"This is too long: {most:,} characters are the most.")
    if given.photo and given.photo != old_photo:
        found = picture(ctx, given.photo) if ASSET.fullmatch(given.photo) else None
        if found is None or found.is_video:
            yield Problem("photo", "Choose a photo of the library.")
    lines = given.links.splitlines()
    if len(lines) > MOST_LINKS:
        yield Problem("links", f"There are {len(lines)} links; {MOST_LINKS} are the most.")
    for line in lines[:MOST_LINKS]:
        label, _, href = line.rpartition(" ")
        if not label:
            yield Problem("links", f"“{line[:80]}” needs a word before the address, as in LinkedIn https://…")
        elif reason := link_problem(href):
            yield Problem("links", f"{reason[:1].upper()}{reason[1:]}.")


def _fields(given: AuthorInput) -> dict[str, Value]:
    pairs = [line.rpartition(" ") for line in given.links.splitlines()]
    links: list[Value] = [{"label": label, "href": href} for label, _, href in pairs]
    return {
        "name": given.name,
        "role": given.role,
        "phone": given.phone,
        "photo": given.photo,
        "links": links,
        "bio": given.bio,
    }
