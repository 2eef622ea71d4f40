"""What comes in, whatever system it comes from: the records that every reader yields, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Site:
    """The site that is moving: its address without a path at the end, "" when the file does not say."""

    address: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class IncomingAuthor:
    """Somebody who wrote there. They become a name below articles, never a user of this installation."""

    login: str
    name: str
    bio: str = ""
    links: tuple[tuple[str, str], ...] = ()
    key: str = ""
    """The key of a file of ours, where one is brought back."""


@dataclass(frozen=True, slots=True)
class IncomingMedia:
    """One photo or video there: `number` is its id ("" when it has none), `address` where its file lies."""

    address: str
    number: str = ""
    alt: str = ""
    caption: str = ""
    title: str = ""
    parent: str = ""
    """The id of the article that it was uploaded to."""
    asset: str = ""
    """The id that it had in a library of ours; it keeps it."""


@dataclass(frozen=True, slots=True)
class IncomingArticle:
    """One article or page there. `text` is in `form`: "wordpress" (its own HTML), "html" or "markdown".

    `date` carries its offset ("" for none); `categories` are paths with / between the names; `author` is a login;
    `lead` is the number or the address of a photo; `address` is where it lived; `notes` are for the report.
    """

    id: str
    title: str
    text: str
    form: str = "html"
    kind: str = "article"
    slug: str = ""
    status: str = "draft"
    date: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    author: str = ""
    description: str = ""
    search_title: str = ""
    lead: str = ""
    lead_alt: str = ""
    lead_caption: str = ""
    address: str = ""
    old_paths: tuple[str, ...] = ()
    canonical: str = ""
    noindex: bool = False
    series: str = ""
    lang: str = ""
    notes: tuple[str, ...] = ()
    own_id: str = ""
    """The id that the article had in an installation of ours; it keeps it."""


@dataclass(frozen=True, slots=True)
class ReusableBlock:
    """A piece of text that several articles show (WordPress: a synced pattern)."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Something that has no place here: `what` names its sort, `example` one of them."""

    what: str
    example: str = ""


Record = Site | IncomingAuthor | IncomingMedia | IncomingArticle | ReusableBlock | Unmapped
Records = Iterator[Record]


def article_of(values: dict[str, Any]) -> IncomingArticle:
    """Return the article that was laid aside as JSON: lists are tuples again."""
    told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return IncomingArticle(**told)


@dataclass(slots=True)
class Tally:
    """Counts with a few examples each, by name."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, example: str = "", most: int = 5) -> None:
        """Count one more; up to `most` different examples are kept."""
        self.counts[name] = self.counts.get(name, 0) + 1
        known = self.examples.setdefault(name, [])
        if example and example not in known and len(known) < most:
            known.append(example[:200])

    def rows(self) -> list[dict[str, Any]]:
        """Return the counts, the largest first, as plain data."""
        names = sorted(self.counts, key=lambda name: (-self.counts[name], name))
        return [{"what": name, "count": self.counts[name], "examples": self.examples[name]} for name in names]
