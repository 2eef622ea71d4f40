"""A site with years of articles: as many as wanted, of ordinary length, with categories, tags, authors and lead photos.

The words are drawn by a generator with a fixed seed, so that every run measures the same site.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from scheduler.domain.asset import Asset, Kind, Purpose, Rendition
from scheduler.services.context import Context
from scheduler.storage import assets

WORDS_EACH = 600
PHOTOS = 200
AUTHORS = 8
WIDTHS = (480, 800, 1280)
CATEGORIES = [
    f"{area}/{part}" for area in ("Care", "Sport", "Work", "News") for part in ("Back", "Hip", "Knee", "Neck")
]
TAGS = [f"{word} {number}" for word in ("pain", "running", "posture", "sleep", "office") for number in range(40)]
_WORDS = [
    "after",
    "any",
    "back",
    "before",
    "body",
    "care",
    "clinic",
    "day",
    "does",
    "each",
    "easy",
    "every",
    "exercise",
    "feel",
    "find",
    "first",
    "foot",
    "gentle",
    "give",
    "hand",
    "help",
    "hip",
    "home",
    "hour",
    "joint",
    "keep",
    "knee",
    "know",
    "leg",
    "light",
    "line",
    "long",
    "lower",
    "make",
    "many",
    "mean",
    "minute",
    "month",
    "more",
    "morning",
    "most",
    "move",
    "muscle",
    "near",
    "neck",
    "need",
    "never",
    "next",
    "often",
    "other",
    "pain",
    "part",
    "people",
    "place",
    "plan",
    "point",
    "pressure",
    "quiet",
    "rest",
    "right",
    "run",
    "same",
    "season",
    "shoulder",
    "side",
    "simple",
    "sit",
    "sleep",
    "slow",
    "small",
    "spine",
    "stand",
    "start",
    "step",
    "stretch",
    "strong",
    "support",
    "table",
    "take",
    "tell",
    "therapist",
    "these",
    "thing",
    "time",
    "tissue",
    "train",
    "treatment",
    "try",
    "turn",
    "upper",
    "visit",
    "walk",
    "warm",
    "week",
    "weight",
    "while",
    "without",
    "work",
]


def write_archive(posts: Path, count: int) -> None:
    """Write `count` published articles, and their authors, below `posts`."""
    chance = random.Random(2026)
    (posts / "_authors").mkdir(parents=True, exist_ok=True)
    for number in range(AUTHORS):
        text = f"name: Author {number}\nrole: Therapist\nbio: |\n  {_sentence(chance)} {_sentence(chance)}\n"
        (posts / "_authors" / f"author-{number}.yaml").write_text(text, "utf-8")
    for number in range(count):
        folder = posts / slug_of(number)
        folder.mkdir(exist_ok=True)
        (folder / "index.md").write_text(article_text(number, chance), "utf-8")


def slug_of(number: int) -> str:
    """Return the slug of an article of the archive."""
    return f"article-{number:05}"


def article_text(number: int, chance: random.Random) -> str:
    """Return the file of one article."""
    tags = ", ".join(chance.sample(TAGS, 3))
    day, hour = f"{2010 + number % 16}-{1 + number // 16 % 12:02}-{1 + number % 28:02}", f"{number // 60 % 24:02}"
    front = [
        f"id: 01M4QZ{number:020}", f"title: {_sentence(chance)[:60].rstrip('. ')} {number}", f"slug: {slug_of(number)}",
        f"date: {day}T{hour}:{number % 60:02}:00Z", "status: published",
        f"categories: [{CATEGORIES[number * 7 % len(CATEGORIES)]}]", f"tags: [{tags}]",
        f"author: author-{number % AUTHORS}", f"description: {_sentence(chance)}",
        f"image:\n  asset: {photo_id(number % PHOTOS)}\n  alt: A photo for article {number}",
    ]  # fmt: skip
    return "---\n" + "\n".join(front) + "\n---\n\n" + _body(chance)


def photo_id(number: int) -> str:
    """Return the id of a photo of the archive."""
    return f"photo{number:04}"


def shelve_photos(ctx: Context) -> None:
    """Put the photos into the library, with small files in place of real renditions."""
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        for number in range(PHOTOS):
            asset_id, files = photo_id(number), list(_renditions(photo_id(number)))
            for file in files:
                ctx.blobs.put_bytes(file.key, f"{file.key} ".encode() * 20)
            words = {"alt": f"Photo {number}", "caption": "", "credit": "Photo: the clinic"}
            size = {
                "bytes": 1_000_000,
                "width": 1280,
                "height": 854,
                "duration_ms": 0,
                "created_at": now,
                "updated_at": now,
            }
            name = f"{asset_id}.jpg"
            asset = Asset(id=asset_id, kind=Kind.PHOTO, filename=name, mime="image/jpeg", sha256=name, **size, **words)  # type: ignore[arg-type]
            assets.add(tx, asset, files)


def _renditions(asset_id: str) -> Iterator[Rendition]:
    for mime, ending in (("image/webp", "webp"), ("image/jpeg", "jpg")):
        for width in WIDTHS:
            key = f"renditions/{asset_id}/{width}.{ending}"
            yield Rendition(asset_id, Purpose.WIDTH, mime, width, width * 2 // 3, 500, key, "")
    yield Rendition(asset_id, Purpose.CARD, "image/jpeg", 1200, 630, 500, f"renditions/{asset_id}/card.jpg", "")


def _body(chance: random.Random) -> str:
    parts: list[str] = []
    while sum(map(len, parts)) < WORDS_EACH * 5.6:
        if len(parts) % 4 == 3:
            parts.append(f"## {_sentence(chance)[:40].rstrip('. ')}")
        elif len(parts) % 6 == 4:
            parts.append("\n".join(f"- {_sentence(chance)}" for _ in range(3)))
        else:
            parts.append(" ".join(_sentence(chance, rich=True) for _ in range(4)))
    return "\n\n".join(parts) + "\n"


def _sentence(chance: random.Random, rich: bool = False) -> str:
    words = chance.choices(_WORDS, k=chance.randint(8, 16))
    if rich and chance.random() < 0.3:
        words[3] = f"**{words[3]}**"
    if rich and chance.random() < 0.1:
        words[5] = f"[{words[5]}](https://clinic.example/{words[4]}/)"
    return " ".join(words).capitalize() + "."
