"""Writing the files of authors: compare-and-swap on the content hash; what a person wrote around the keys stays."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from scheduler.content import authors, frontmatter
from scheduler.content.article_file import content_hash, decode
from scheduler.content.frontmatter import Parts
from scheduler.content.library import ArticleLibrary
from scheduler.content.shelf import read_bytes
from scheduler.content.writer import TRASH, standing_still, write_file
from scheduler.content.yaml_tree import Value
from scheduler.domain.article import Author
from scheduler.domain.problem import Conflict, NotFound
from scheduler.domain.slug import slug_problem

ORDER = ("name", "role", "phone", "photo", "links", "bio")
"""The order of the keys in a new file."""


def fingerprint(library: ArticleLibrary, key: str) -> str:
    """Return what names the present bytes of an author's file. Raises `NotFound`."""
    return content_hash(_current(library, key))


def create(library: ArticleLibrary, key: str, fields: Mapping[str, Value]) -> Author:
    """Write a new author. Raises `Conflict` when the key is taken, `yaml_tree.Broken` when it makes no author."""
    with standing_still(library):
        path = _path(library, key)
        if path.exists() or path.with_suffix(".yml").exists():
            raise Conflict(f'There is an author "{key}" already.')
        path.parent.mkdir(exist_ok=True)
        values = {name: fields[name] for name in ORDER if fields.get(name)}
        _put(path, str(frontmatter.change(Parts("", "", "", ""), values)), key)
    return _again(library, key)


def save(library: ArticleLibrary, key: str, changes: Mapping[str, Value], base_hash: str) -> Author:
    """Write changed keys (None removes one) and return the author.

    Raises `Conflict` when the file is not the one of `base_hash` any more, `NotFound`, `yaml_tree.Broken`.
    """
    with standing_still(library):
        data = _current(library, key)
        if content_hash(data) != base_hash:
            raise Conflict("This author was changed elsewhere since you opened the page. Nothing was overwritten.")
        text = str(frontmatter.change(Parts("", decode(data), "", ""), changes))
        if text.encode() != data:
            _put(_path(library, key), text, key)
    return _again(library, key)


def delete(library: ArticleLibrary, key: str) -> None:
    """Move an author's file to the `.trash` folder below the posts. Raises `NotFound`."""
    with standing_still(library):
        _current(library, key)
        trash = library.root / TRASH
        trash.mkdir(exist_ok=True)
        _path(library, key).rename(trash / f"{library.clock.now_ms()}-{secrets.token_hex(3)}-{key}.yaml")
    library.refresh(force=True)


def _path(library: ArticleLibrary, key: str) -> Path:
    if problem := slug_problem(key):
        raise NotFound(f"There is no such author: the name of the file {problem}.")
    return library.root / authors.FOLDER / f"{key}.yaml"


def _current(library: ArticleLibrary, key: str) -> bytes:
    try:
        return read_bytes(_path(library, key))
    except OSError:
        raise NotFound("There is no such author. The file may have been renamed or deleted.") from None


def _put(path: Path, text: str, key: str) -> None:
    """Put a text that makes an author in place of the file: whoever reads or dies, there is the old or the new."""
    authors.read(text.encode(), key)
    write_file(path, text.encode())


def _again(library: ArticleLibrary, key: str) -> Author:
    library.refresh(force=True)
    author = library.author(key)
    if author is None:
        raise Conflict("The author was saved, but the file cannot be read. See the list of articles.")
    return author
