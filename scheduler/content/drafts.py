"""Unpublished edits of an article: `draft.md` beside its `index.md`, in the same format.

The front matter of a draft carries one more table, `unpublished`: the content hash of the `index.md` that its words
started from, and which page of which person wrote it last. A draft may be unfinished: whatever was typed can be kept.
An article that is a single file `foo.md` has its draft in `.foo.draft.md`; names that begin with a dot are no articles.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scheduler.content import article_file, frontmatter
from scheduler.content.library import ArticleLibrary
from scheduler.content.shelf import read_bytes
from scheduler.content.writer import draft_path, sync_folder, write_file, writing
from scheduler.content.yaml_tree import Broken, LineProblem, Scalar, Table, Value
from scheduler.domain.problem import Conflict, NotFound

KEY = "unpublished"


@dataclass(frozen=True, slots=True)
class Note:
    """What a draft says of itself: `base` names the `index.md` that it started from, `tab` the page that wrote it.

    `turn` counts the saves of that page, so that a save that comes late does not undo a newer one; `by` is a name.
    """

    base: str
    tab: str = ""
    turn: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is on the disk. `text` is a whole article's file without the note; `saved_at` is UTC ms."""

    text: str
    note: Note
    hash: str
    saved_at: int


class DraftConflict(Conflict):
    """Another page wrote the draft meanwhile; `theirs` is what it says now."""

    def __init__(self, theirs: Draft) -> None:
        self.theirs = theirs
        who = theirs.note.by or "Somebody"
        super().__init__(f"{who} changed this article in another window meanwhile. Nothing was overwritten.")


def read(library: ArticleLibrary, slug: str) -> Draft | None:
    """Return the draft of an article, None when there is none. Raises `Broken` when it cannot be read."""
    path = library.path(slug)
    return _read(draft_path(path)) if path else None


def exists(library: ArticleLibrary, slug: str) -> bool:
    """Return whether an article has a draft; it is not read."""
    path = library.path(slug)
    return path is not None and draft_path(path).is_file()


def save(library: ArticleLibrary, slug: str, text: str, note: Note, known_hash: str) -> Draft:
    """Write the draft of an article, and nothing else. `text` is a whole article's file.

    `known_hash` is the draft that the writer started from, "" for none. Raises `DraftConflict` when there is another
    one that this page did not write, `Broken` when there is one that cannot be read, `NotFound`.
    """
    with writing(library):
        path = _place(library, slug)
        there = _read(path)
        if there and not _may_replace(there, note, known_hash):
            raise DraftConflict(there)
        if there and note.tab and there.note.tab == note.tab and there.note.turn >= note.turn:
            return there
        data = _with_note(text, note).encode()
        _require_size(data)
        write_file(path, data)
        written = _read(path)
    assert written is not None
    return written


def discard(library: ArticleLibrary, slug: str, known_hash: str, tab: str = "") -> Draft | None:
    """Remove the draft that has this hash, or that the page `tab` wrote, and return it; None when there is none.

    Raises `DraftConflict` when it is another one, `Broken` when it cannot be read.
    """
    with writing(library):
        path = _place(library, slug)
        there = _read(path)
        if there is None:
            return None
        if not _may_replace(there, Note("", tab), known_hash):
            raise DraftConflict(there)
        path.unlink()
        sync_folder(path.parent)
        return there


def raw(library: ArticleLibrary, slug: str) -> bytes:
    """Return the bytes of a draft that cannot be read as one."""
    return read_bytes(_place(library, slug))


def discard_broken(library: ArticleLibrary, slug: str, data: bytes) -> bool:
    """Remove the draft of these bytes; return False when it says something else by now."""
    with writing(library):
        path = _place(library, slug)
        if read_bytes(path) != data:
            return False
        path.unlink()
        sync_folder(path.parent)
        return True


def _place(library: ArticleLibrary, slug: str) -> Path:
    path = library.path(slug)
    if path is None or not path.parent.is_dir():
        raise NotFound("This article is not there any more.")
    return draft_path(path)


def _may_replace(there: Draft, note: Note, known_hash: str) -> bool:
    return there.hash == known_hash or bool(note.tab and there.note.tab == note.tab)


def _read(path: Path) -> Draft | None:
    try:
        data = read_bytes(path, article_file.LARGEST_BYTES * 2)
        saved_at = path.stat().st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Broken(LineProblem(1, f"the draft cannot be read: {error.strerror}")) from None
    parts = frontmatter.split(article_file.decode(data))
    note = _note(frontmatter.parse(parts))
    text = str(frontmatter.change(parts, {KEY: None}))
    return Draft(text, note, article_file.content_hash(data), saved_at)


def _note(table: Table) -> Note:
    node = table.entries.get(KEY)
    said = {k: v.text for k, v in node.entries.items() if isinstance(v, Scalar)} if isinstance(node, Table) else {}
    turn = said.get("turn", "")
    return Note(said.get("base", ""), said.get("tab", ""), int(turn) if turn.isdecimal() else 0, said.get("by", ""))


def _with_note(text: str, note: Note) -> str:
    values: dict[str, Value] = {"base": note.base, "tab": note.tab, "turn": note.turn, "by": note.by}
    return str(frontmatter.change(frontmatter.split(text), {KEY: values}))


def _require_size(data: bytes) -> None:
    if len(data) > article_file.LARGEST_BYTES:
        most = article_file.LARGEST_BYTES // 1024
        raise Broken(LineProblem(1, f"the text is larger than {most} KiB; an article holds only text"))
