"""The file of an article: from its text to an `Article`, with every bad field named by its line."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from scheduler.content import frontmatter, markdown
from scheduler.content.fields import Fields
from scheduler.content.ids import derived_id
from scheduler.content.links import linked_articles, web_address_problem
from scheduler.content.yaml_tree import Broken, LineProblem
from scheduler.domain.article import Article, Kind, LeadImage, LinkCard, Status
from scheduler.domain.slug import slug_problem, slugify

LARGEST_BYTES = 1024 * 1024
LONGEST_TITLE = 300
DEEPEST_CATEGORY = 5
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read(data: bytes, folder: str) -> Article:
    """Return the article that a file says; `folder` is the folder's name (or the file's without .md).

    Raises `Broken` with every problem. Keys that are not ours are left alone.
    """
    parts = frontmatter.split(decode(data))
    problems: list[LineProblem] = []
    fields = Fields(frontmatter.parse(parts), problems)
    article = _article(fields, parts.body, folder, content_hash(data))
    if problems:
        raise Broken(*problems)
    return article


def content_hash(data: bytes) -> str:
    """Return the name of exactly these bytes: their SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def decode(data: bytes) -> str:
    """Return the file's text. Raises `Broken` for a file that is too large or not UTF-8."""
    if len(data) > LARGEST_BYTES:
        raise Broken(LineProblem(1, f"the file is larger than {LARGEST_BYTES // 1024} KiB; an article holds only text"))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Broken(LineProblem(line, "the file is not UTF-8 text; save it as UTF-8")) from None


def _article(fields: Fields, body: str, folder: str, digest: str) -> Article:
    status = _status(fields)
    date_at, has_time = fields.moment("date")
    if status is Status.SCHEDULED and (fields.node("date") is None or (date_at is not None and not has_time)):
        fields.fault("date", "a scheduled article needs its date and time, like 2026-11-24T09:00:00-05:00")
    image, card = _image(fields), _card(fields)
    return Article(
        id=_id(fields, folder),
        title=fields.needed("title", LONGEST_TITLE),
        slug=_slug(fields, folder),
        status=status,
        body=body,
        content_hash=digest,
        date_at=date_at,
        updated_at=fields.moment("updated")[0],
        categories=_categories(fields),
        tags=fields.texts("tags"),
        author=_author(fields),
        description=fields.text("description", longest=1000),
        image=image,
        canonical=_canonical(fields),
        noindex=fields.flag("noindex"),
        aliases=_aliases(fields),
        kind=_kind(fields),
        series=fields.text("series", longest=200),
        search_title=fields.text("search_title", longest=LONGEST_TITLE),
        card=card,
        lang=_lang(fields),
        translation=fields.text("translation", longest=100),
        origin=_origin(fields),
        assets=_assets(image, card, body),
        links=linked_articles(body),
    )


def _status(fields: Fields) -> Status:
    text = fields.text("status", Status.DRAFT)
    if text in list(Status):
        return Status(text)
    fields.fault("status", f'"{text[:40]}" is not one of {", ".join(Status)}')
    return Status.DRAFT


def _id(fields: Fields, folder: str) -> str:
    text = fields.text("id", derived_id(folder))
    if len(text) > 64 or not text.replace("-", "").replace("_", "").isalnum():
        fields.fault("id", "may hold only letters, digits, - and _, at most 64; leave the line out to get a new one")
    return text


def _slug(fields: Fields, folder: str) -> str:
    slug = fields.text("slug", folder)
    if problem := slug_problem(slug):
        fields.fault("slug", problem if fields.node("slug") else f"the folder's name is the address, and it {problem}")
    return slug


def _author(fields: Fields) -> str:
    author = fields.text("author")
    if author and slug_problem(author):
        fields.fault("author", f'"{author[:60]}" is not the name of a file in posts/_authors, such as jane-doe')
    return author


def _categories(fields: Fields) -> tuple[tuple[str, ...], ...]:
    paths = []
    for text in fields.texts("categories"):
        path = tuple(part.strip() for part in text.split("/"))
        if not all(path) or not all(slugify(part) for part in path) or len(path) > DEEPEST_CATEGORY:
            fault = f'"{text[:80]}" must be a name, or names with / between them (at most {DEEPEST_CATEGORY})'
            fields.fault("categories", fault)
        else:
            paths.append(path)
    return tuple(paths)


def _image(fields: Fields) -> LeadImage | None:
    table = fields.table_of("image")
    if table is None:
        return None
    asset = table.asset("asset")
    if table.node("asset") is None:
        fields.fault("image", "names no asset")
    return LeadImage(asset, table.text("alt", longest=1000), table.text("caption", longest=1000))


def _card(fields: Fields) -> LinkCard:
    table = fields.table_of("card")
    if table is None:
        return LinkCard()
    return LinkCard(
        table.text("title", longest=LONGEST_TITLE), table.text("description", longest=1000), table.asset("asset")
    )


def _kind(fields: Fields) -> Kind:
    text = fields.text("kind", Kind.ARTICLE)
    if text in list(Kind):
        return Kind(text)
    fields.fault("kind", f'"{text[:40]}" is not one of {", ".join(Kind)}')
    return Kind.ARTICLE


def _lang(fields: Fields) -> str:
    lang = fields.text("lang")
    if lang and not LANGUAGE.fullmatch(lang):
        fields.fault("lang", f'"{lang[:40]}" is not a language tag, such as en-US or de')
        return ""
    return lang


def _origin(fields: Fields) -> str:
    table = fields.table_of("import")
    return f"{table.text('source', longest=100)} {table.text('id', longest=200)}".strip() if table else ""


def _canonical(fields: Fields) -> str:
    address = fields.text("canonical")
    if address and (problem := web_address_problem(address)):
        fields.fault("canonical", problem)
    return address


def _aliases(fields: Fields) -> tuple[str, ...]:
    aliases = []
    for text in fields.texts("aliases"):
        if alias := alias_path(text):
            aliases.append(alias)
        else:
            fields.fault("aliases", f'"{text[:80]}" is not a path on this site, such as /blog/old-name/')
    return tuple(dict.fromkeys(aliases))


def alias_path(text: str) -> str:
    """Return an alias as it is compared: a decoded path without the slash at its end; "" when it is no path of ours.

    The same letters are the same address, however they are written ("caf%C3%A9", or é of two signs).
    """
    if not text.startswith("/") or text.startswith("//"):  # before it is taken apart: "//[" cannot be
        return ""
    address = urlsplit(text)
    path = normalize("NFC", unquote(address.path, errors="replace"))
    is_path = "\\" not in path and path.isprintable() and not path.startswith("//") and "\ufffd" not in path
    if not is_path or address.query or address.fragment or ".." in PurePosixPath(path).parts:
        return ""
    return path.rstrip("/")


def _assets(image: LeadImage | None, card: LinkCard, body: str) -> tuple[str, ...]:
    around = (asset for asset in (image.asset if image else "", card.asset) if asset)
    return tuple(dict.fromkeys((*around, *markdown.assets(body))))
