"""Writing articles: compare-and-swap on the content hash, one writer at a time, and a file that is old or new.

A save reads the file again under a lock that holds between processes. If its bytes are not the ones the writer
started from, nothing is written and `EditConflict` hands over what is there now.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

from scheduler.content import article_file, frontmatter
from scheduler.content.ids import new_id
from scheduler.content.library import ArticleLibrary
from scheduler.content.shelf import INDEX, read_bytes
from scheduler.content.yaml_tree import Value
from scheduler.domain.addresses import article_path
from scheduler.domain.article import Article, Kind, Status
from scheduler.domain.problem import Conflict, NotFound
from scheduler.domain.slug import is_unnamed, slug_problem

LOCK = ".writing"
TRASH = ".trash"
ORDER = (
    "id", "title", "slug", "date", "updated", "status", "categories", "tags", "author", "description", "image",
    "canonical", "noindex", "aliases", "kind", "series", "search_title", "card", "lang", "translation", "import",
)  # fmt: skip
"""The order of the keys in a new file."""


class EditConflict(Conflict):
    """The file changed since it was opened. `theirs_text` is what it says now, `base_hash` the name of those bytes."""

    def __init__(self, theirs_text: str, base_hash: str) -> None:
        self.theirs_text, self.base_hash = theirs_text, base_hash
        super().__init__("This article was changed elsewhere since you opened it. Nothing was overwritten.")


class Taken(Conflict):
    """The address belongs to another article, or to a folder or file that is none."""

    def __init__(self, slug: str) -> None:
        super().__init__(f'The address "{slug}" is taken by another article. Choose another one.')


def create(library: ArticleLibrary, fields: Mapping[str, Value], body: str) -> Article:
    """Write a new article from its front matter (`title` and `slug` needed) and body, and return it.

    Raises `Taken` when the slug is taken, `Conflict` when the id is, `yaml_tree.Broken` when it makes no article.
    """
    slug = _checked(str(fields["slug"]))
    values = {"id": new_id(library.clock.now_ms())} | {key: fields[key] for key in ORDER if fields.get(key) is not None}
    empty = frontmatter.Parts("---\n", "", "---\n", "")
    data = str(frontmatter.change(empty, values, laid_out("\n", body))).encode()
    article_file.read(data, slug)
    library.root.mkdir(parents=True, exist_ok=True)
    with writing(library):
        _require_free(library, slug)
        if library.by_id(str(values["id"])):
            raise Conflict("This article was made in another window at this moment. Open it from the list of articles.")
        fresh = library.root / f".new-{secrets.token_hex(6)}"
        fresh.mkdir()
        write_file(fresh / INDEX, data)
        fresh.rename(library.root / slug)
        sync_folder(library.root)
    return _again(library, slug)


def save(library: ArticleLibrary, slug: str, changes: Mapping[str, Value], body: str | None, base_hash: str) -> Article:
    """Write changed front matter (None removes a key) and a body (None leaves it), and return the article.

    A new `slug` among the changes moves the folder and keeps the old address as an alias. Raises `EditConflict`
    when the file is not the one of `base_hash` any more, `NotFound`, `Taken` when the new slug is taken,
    `yaml_tree.Broken` when the result would be no article.
    """
    wanted = _checked(str(changes.get("slug") or slug))
    with writing(library):
        path, data = _current(library, slug, base_hash)
        parts = frontmatter.split(article_file.decode(data))
        before = article_file.read(data, _name(path))
        values = {**changes, "id": before.id}
        kind = Kind(str(changes["kind"] or Kind.ARTICLE)) if "kind" in changes else before.kind
        if wanted != slug:
            _require_free(library, wanted)
            values |= {"slug": wanted}
        if (wanted, kind) != (slug, before.kind):
            values |= {"aliases": _aliases(before, wanted, kind=kind)}
        text = str(frontmatter.change(parts, values, None if body is None else laid_out(parts.body, body)))
        _put(path, text, wanted, moved=wanted != slug)
    return _again(library, wanted)


def set_keys(library: ArticleLibrary, slug: str, changes: Mapping[str, Value], base_hash: str) -> bytes:
    """Write keys of the front matter that move nothing, and return the bytes of the file; raises what `save` does.

    The library is not told: whoever changes many articles has it look again once, at the end.
    """
    with writing(library):
        path, data = _current(library, slug, base_hash)
        text = str(frontmatter.change(frontmatter.split(article_file.decode(data)), changes))
        _put(path, text, _name(path), moved=False)
    return text.encode()


def replace(library: ArticleLibrary, slug: str, text: str, base_hash: str) -> Article:
    """Write the whole text of a file, front matter and all; otherwise as `save`, also for another slug in it."""
    with writing(library):
        path, _ = _current(library, slug, base_hash)
        wanted = _checked(article_file.read(text.encode(), _name(path)).slug)
        if wanted != slug:
            _require_free(library, wanted)
            parts = frontmatter.split(text)
            aliases = _aliases(article_file.read(text.encode(), _name(path)), wanted, slug)
            text = str(frontmatter.change(parts, {"slug": wanted, "aliases": aliases}))
        _put(path, text, wanted, moved=wanted != slug)
    return _again(library, wanted)


def delete(library: ArticleLibrary, slug: str, base_hash: str) -> None:
    """Move an article to the `.trash` folder below the posts, where a person can bring it back."""
    put_away(library, slug, base_hash)
    library.refresh(force=True)


def put_away(library: ArticleLibrary, slug: str, base_hash: str) -> None:
    """Do as `delete` does, without telling the library: whoever deletes many has it look again once, at the end."""
    with writing(library):
        path, _ = _current(library, slug, base_hash)
        moved = path.parent if path.name == INDEX else path
        trash = library.root / TRASH
        trash.mkdir(exist_ok=True)
        name = f"{library.clock.now_ms()}-{secrets.token_hex(3)}-{moved.name}"
        moved.rename(trash / name)
        if path.name != INDEX and draft_path(path).exists():
            draft_path(path).rename(draft_path(trash / name))
        sync_folder(library.root)


def draft_path(path: Path) -> Path:
    """Return where the unpublished edits of the article in this file are kept."""
    return path.with_name("draft.md") if path.name == INDEX else path.with_name(f".{path.stem}.draft.md")


def standing_still(library: ArticleLibrary) -> FileLock:
    """Return a context in which no article is written by the product, for a copy of the whole folder.

    Raises `filelock.Timeout` when a writer takes longer than half a minute.
    """
    library.root.mkdir(parents=True, exist_ok=True)
    return writing(library)


def writing(library: ArticleLibrary) -> FileLock:
    """Return the lock that whoever writes below the posts holds meanwhile, in every process."""
    return FileLock(library.root / LOCK, timeout=30)


def is_free(library: ArticleLibrary, slug: str) -> bool:
    """Return whether a new article can have this address: no article, readable or not, has it or its folder."""
    return not (library.get(slug) or (library.root / slug).exists() or (library.root / f"{slug}.md").exists())


def shown_body(body: str) -> str:
    """Return a body as an editor shows it: plain line ends, no empty lines around it."""
    return _plain_ends(body).strip("\n")


def _current(library: ArticleLibrary, slug: str, base_hash: str) -> tuple[Path, bytes]:
    path = library.path(slug)
    if path is None:
        raise NotFound("This article is not there any more.")
    try:
        data = read_bytes(path)
    except OSError:
        raise NotFound("The file of this article is not there any more.") from None
    digest = article_file.content_hash(data)
    if digest != base_hash:
        raise EditConflict(data.decode("utf-8", "replace"), digest)
    return path, data


def _checked(slug: str) -> str:
    if problem := slug_problem(slug):
        raise ValueError(f"slug {problem}")  # a service refuses it before; no path is ever made from it
    return slug


def _require_free(library: ArticleLibrary, slug: str) -> None:
    library.refresh(force=True)
    if not is_free(library, slug):
        raise Taken(slug)


def _aliases(article: Article, wanted: str, slug: str = "", kind: Kind | None = None) -> list[Value]:
    """Return the old addresses of an article that moves from `slug`, or becomes of another `kind`.

    Nobody ever got an address that was for the time being.
    """
    slug = slug or article.slug
    places = (article_path(slug, article.kind), article_path(wanted, kind or article.kind))
    old, new = (article_file.alias_path(place) for place in places)
    olds = () if article.status is Status.DRAFT and is_unnamed(slug) else (old,)
    return [f"{alias}/" for alias in dict.fromkeys((*article.aliases, *olds)) if alias != new]


def _put(path: Path, text: str, slug: str, *, moved: bool) -> None:
    article_file.read(text.encode(), slug)
    if text.encode() != read_bytes(path):
        write_file(path, text.encode())
    if moved:
        _move(path, slug)


def laid_out(old: str, new: str) -> str:
    """Return `new` laid out as `old` was; `old` itself, byte for byte, when they say the same."""
    text = shown_body(new)
    if text == shown_body(old):
        return old
    leading = re.match(r"(\r?\n)*", old)
    laid_out = (_plain_ends(leading[0]) if leading else "") + text + "\n"
    return laid_out.replace("\n", "\r\n") if "\r\n" in old else laid_out


def _plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _name(path: Path) -> str:
    return path.parent.name if path.name == INDEX else path.stem


def _move(path: Path, slug: str) -> None:
    """Give the folder (or the single file) its new name; it is complete under the old one until then."""
    old, new = (path.parent, slug) if path.name == INDEX else (path, f"{slug}.md")
    draft = draft_path(path)
    old.rename(old.with_name(new))
    if path.name != INDEX and draft.exists():
        draft.rename(draft_path(old.with_name(new)))
    sync_folder(old.parent)


def write_file(path: Path, data: bytes) -> None:
    """Put `data` in place of the file: whoever reads or dies, there is the old or the new, never half of it."""
    for left_over in path.parent.glob(f".{path.name}.*.tmp"):
        left_over.unlink(missing_ok=True)
    draft = path.parent / f".{path.name}.{secrets.token_hex(6)}.tmp"
    with draft.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk before going on."""
    if os.name != "posix":  # other systems cannot open a folder, and need not
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _again(library: ArticleLibrary, slug: str) -> Article:
    library.refresh(force=True)
    article = library.get(slug)
    if article is None:
        raise Conflict("The article was saved, but another file has the same address or id. See the list of articles.")
    return article
