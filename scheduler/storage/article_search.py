"""The search in the words of all articles: a file of its own beside the database, made from the articles.

It may be deleted at any time and is local to each machine, whatever database the product runs on. What it holds is
written in one transaction, so that whoever reads, or dies, has the old words or the new ones. A file of another
version, or a broken one, is thrown away and made anew.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scheduler.domain.search_words import Term

log = logging.getLogger(__name__)

VERSION = 2
"""Counts the changes of what this file holds; another number means that it is made anew."""
BUSY_SECONDS = 30.0
COLUMNS = ("title", "labels", "description", "author", "body")
WEIGHTS = "12.0, 6.0, 4.0, 3.0, 1.0"
"""How much a word counts in each of the columns."""
MARKS = ("\x02", "\x03")
"""What stands around a found word in a snippet: signs that no text here holds."""
SNIPPET_WORDS = 28
MOST = 1000
"""How many articles a search that ranks them finds: nobody turns a hundred pages."""
SEAM = "\u200b"
"""Stands around every sign of a script that puts no spaces between words, so that each sign is a word of its own and a
word inside a run is found as a phrase. It is taken out again before anybody sees it."""
_UNSPACED = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
"""Chinese and Japanese signs, of one word each as far as the search is concerned."""
_FOUND = "SELECT e.id FROM words JOIN entries e ON e.rowid = words.rowid WHERE words MATCH ?"


@dataclass(frozen=True, slots=True)
class Entry:
    """The words of one article. `fingerprint` names what they were made from."""

    id: str
    fingerprint: str
    title: str
    labels: str
    description: str
    author: str
    body: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """Title and a piece of the text of a found article, with `MARKS` around the words that were looked for."""

    title: str
    text: str


class ArticleSearch:
    """The search file at `path`. Safe to use from many threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def update(self, wanted: Mapping[str, str], made: Callable[[str], Entry], english: bool) -> bool:
        """Bring the file in step with `wanted` (article id -> fingerprint); return whether anything changed.

        `made` gives the words of an article; it is asked only for those that are new or different. `english` says
        that forms of an English word find each other (needle, needling).
        """
        try:
            return self._update(wanted, made, english)
        except (sqlite3.OperationalError, OSError) as error:
            raise SearchAway(error) from error
        except sqlite3.DatabaseError as error:
            log.warning("the search file is broken and is made anew: %s", error)
            self.forget()
            return self._update(wanted, made, english)

    def _update(self, wanted: Mapping[str, str], made: Callable[[str], Entry], english: bool) -> bool:
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            known = self._known(db, english)
            gone = [(rowid,) for key, (rowid, mark) in known.items() if wanted.get(key) != mark]
            fresh = [key for key, mark in wanted.items() if key not in known or known[key][1] != mark]
            if gone or fresh:
                db.executemany("DELETE FROM words WHERE rowid = ?", gone)
                db.executemany("DELETE FROM entries WHERE rowid = ?", gone)
                self._add(db, (made(key) for key in fresh))
            db.execute("COMMIT")
            return bool(gone or fresh)

    def _known(self, db: sqlite3.Connection, english: bool) -> dict[str, tuple[int, str]]:
        """Return what the file holds (article id -> row, fingerprint), after making it if it is not of our kind."""
        kind = VERSION * 10 + english
        if db.execute("PRAGMA user_version").fetchone()[0] != kind:
            tokens = "porter unicode61 remove_diacritics 2" if english else "unicode61 remove_diacritics 2"
            for table in ("words", "entries"):
                db.execute(f"DROP TABLE IF EXISTS {table}")
            db.execute("CREATE TABLE entries (id TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL)")
            columns = ", ".join(COLUMNS)
            db.execute(f"CREATE VIRTUAL TABLE words USING fts5({columns}, tokenize='{tokens}', prefix='2 3')")
            db.execute(f"PRAGMA user_version = {kind}")
        rows = db.execute("SELECT rowid, id, fingerprint FROM entries")
        return {key: (rowid, mark) for rowid, key, mark in rows}

    def _add(self, db: sqlite3.Connection, entries: Iterable[Entry]) -> None:
        columns = ", ".join(COLUMNS)
        for entry in entries:
            row = db.execute("INSERT INTO entries (id, fingerprint) VALUES (?, ?)", (entry.id, entry.fingerprint))
            words = [getattr(entry, name) for name in COLUMNS]
            db.execute(
                f"INSERT INTO words (rowid, {columns}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
                (row.lastrowid, *map(_storable, words)),
            )

    def ranked(self, terms: Sequence[Term], any_of_them: bool = False) -> list[str]:
        """Return the ids of the articles that have every term (or any), the best first; no more than `MOST`."""
        query = f"{_FOUND} ORDER BY bm25(words, {WEIGHTS}), e.id LIMIT {MOST}"
        return [row[0] for row in self._ask(query, _match(terms, any_of_them))]

    def having(self, terms: Sequence[Term]) -> frozenset[str]:
        """Return the ids of the articles that have every term."""
        return frozenset(row[0] for row in self._ask(_FOUND, _match(terms, False)))

    def alike(self, words: Sequence[str], most: int) -> list[str]:
        """Return the ids of the articles whose title, address or labels share most words, or beginnings, with these."""
        terms = [Term(text, prefix) for word in words for text, prefix in ((word, False), (word[:3], True))]
        match = _match(terms, True)
        query = f"{_FOUND} ORDER BY words.rank, e.id LIMIT ?"
        return [row[0] for row in self._ask(query, match and f"{{title labels}} : ({match})", most)]

    def snippets(self, terms: Sequence[Term], ids: Sequence[str], any_of_them: bool = False) -> dict[str, Snippet]:
        """Return title and text around the found words of some found articles, by id."""
        places = ", ".join("?" * len(ids))
        query = (
            "SELECT e.id, highlight(words, 0, char(2), char(3)), "  # noqa: S608 - nothing but places for values
            f"snippet(words, 4, char(2), char(3), '…', {SNIPPET_WORDS}) "
            "FROM words JOIN entries e ON e.rowid = words.rowid "
            f"WHERE words MATCH ? AND words.rowid IN (SELECT rowid FROM entries WHERE id IN ({places}))"
        )
        rows = self._ask(query, _match(terms, any_of_them), *ids) if ids else []
        return {key: Snippet(title.replace(SEAM, ""), text.replace(SEAM, "")) for key, title, text in rows}

    def forget(self) -> None:
        """Throw the file away."""
        for ending in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def _ask(self, query: str, match: str, *more: object) -> list[tuple[str, ...]]:
        if not match or not self.path.exists():
            return []
        try:
            with self._open() as db:
                return db.execute(query, (match, *more)).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "fts5" in str(error):  # never filled; words that nobody can look for
                return []
            raise SearchAway(error) from error
        except sqlite3.DatabaseError as error:
            log.warning("the search file is broken and will be made anew: %s", error)
            self.forget()
            return []

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # Opened for each use (a tenth of a millisecond), so that a file thrown away by another process stays behind.
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA mmap_size = 268435456")
            yield db


class SearchAway(Exception):
    """The file cannot be used now: a full disk, a folder that cannot be written. The message says which."""


def _match(terms: Sequence[Term], any_of_them: bool) -> str:
    """Return the terms in FTS5's language. Everything typed is in quotes: there is nothing in it to obey."""
    found = [" OR ".join([_quoted(t.text, t.prefix), *(_quoted(word, False) for word in t.wholes)]) for t in terms]
    return (" OR " if any_of_them else " AND ").join(f"({words})" for words in found)


def _quoted(text: str, prefix: bool) -> str:
    return '"{}"{}'.format(_storable(text).replace('"', '""'), "*" if prefix else "")


_NOT_KEPT = {0: None, ord(MARKS[0]): None, ord(MARKS[1]): None, ord(SEAM): None}


def _storable(text: str) -> str:
    """Return a text that SQLite can hold, without the marks, and with seams where words have no spaces."""
    if text.isascii():
        return text.translate(_NOT_KEPT)
    clean = text.encode("utf-8", "replace").decode("utf-8").translate(_NOT_KEPT)
    return _UNSPACED.sub(f"{SEAM}\\g<0>{SEAM}", clean)
