"""Everything can leave again: as a zip that another house takes, and as an export that WordPress and we take."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scheduler.content import writer
from scheduler.services.context import Context
from scheduler.services.editorial.rendering import rendered
from scheduler.services.library import assets as library
from scheduler.services.moving.fields import fingerprint
from scheduler.services.moving.takeout import write_zip
from scheduler.services.moving.takeout_wxr import write_wxr
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.pictures import encoded, photo
from tests.unit.test_imports import article, bring

BODY = """Read [the other](article:01JD0000000000000000000009) *first*, 2 \\* 3.

![A red corner](asset:red "The corner")

## Why

1. One
   - Two

| A | B |
| --- | --- |
| 1 | 2 |

```embed
url: https://www.youtube.com/watch?v=abcdefghijk
```

```gallery
photos:
  - asset: red
    alt: Red again
    caption: Once more
```

```faq
questions:
  - question: Does it hurt?
    answer: A little.
```

:::note{title="Author's Note"}

I was there.

:::
"""


@pytest.fixture
def house(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    """A house with two articles, a page, a photo and an author."""
    (tmp_path / "house").mkdir()
    with furnish(tmp_path / "house", clock=clock, environ={"DRUMBEAT_BASE_URL": "https://clinic.example"}) as context:
        path = tmp_path / "red.png"
        path.write_bytes(encoded(photo(60, 40), "PNG"))
        library.store(context, "red", path, "red.png", {"alt": "Red", "caption": "A corner"})
        authors = context.settings.posts / "_authors"
        authors.mkdir()
        (authors / "ada.yaml").write_text("name: Ada Bell\nbio: Runs.\n")
        common = {"status": "published", "date": "2026-11-02T09:00:00-05:00", "author": "ada"}
        writer.create(
            context.articles,
            {**common, "id": "01JD0000000000000000000008", "title": "All & everything", "slug": "everything",
             "categories": ["Physical Therapy/Dry Needling"], "tags": ["running"], "description": "What it is.",
             "search_title": "Another title", "aliases": ["/old/"], "image": {"asset": "red", "alt": "Red lead"}},
            BODY,
        )  # fmt: skip
        writer.create(
            context.articles, {**common, "id": "01JD0000000000000000000009", "title": "Other", "slug": "other"}, "]]>\n"
        )
        writer.create(
            context.articles, {"title": "About", "slug": "about", "kind": "page", "status": "archived"}, "We.\n"
        )
        yield context


@pytest.fixture
def other(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    """Another, empty house."""
    (tmp_path / "other").mkdir()
    with furnish(tmp_path / "other", clock=clock) as context:
        yield context


def test_a_zip_holds_everything_and_another_house_takes_it(house: Context, other: Context, tmp_path: Path) -> None:
    write_zip(house, tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        names = set(archive.namelist())
        assert {"posts/everything/index.md", "posts/_authors/ada.yaml", "media/red.png", "config/site.toml"} <= names
        assert not [name for name in names if ".env" in name or "/." in name or name.endswith(".db")]
        assert (
            archive.read("posts/everything/index.md") == (house.settings.posts / "everything" / "index.md").read_bytes()
        )
    assert bring(other, tmp_path / "all.zip", "folder").counts == {"made": 3}
    for each in house.articles.all():
        there = article(other, each.slug)
        assert (there.id, fingerprint(there)) == (each.id, fingerprint(each))
        assert rendered(other, there).problems == ()
    assert library.get_asset(other, "red").alt == "Red"
    author = other.articles.author("ada")
    assert author
    assert author.bio == "Runs."
    assert bring(house, tmp_path / "all.zip", "folder").counts == {"unchanged": 3}


def test_wordpress_gets_clean_html_and_we_get_back_what_we_gave(house: Context, tmp_path: Path) -> None:
    write_wxr(house, tmp_path / "all.xml")
    items = {each.findtext("title"): each for each in ElementTree.parse(tmp_path / "all.xml").getroot().iter("item")}
    space = "{http://wordpress.org/export/1.2/}"
    whole = items["All & everything"]
    text = whole.findtext("{http://purl.org/rss/1.0/modules/content/}encoded") or ""
    assert '<a href="https://clinic.example/blog/other/">the other</a>' in text
    assert '<!-- wp:heading -->\n<h2 id="h-why">Why</h2>\n<!-- /wp:heading -->' in text
    assert '<img src="https://clinic.example/media/' in text
    assert "<figcaption>The corner</figcaption>" in text
    assert (whole.findtext(f"{space}status"), items["About"].findtext(f"{space}status")) == ("publish", "private")
    assert whole.findtext(f"{space}post_date_gmt") == "2026-11-02 14:00:00"
    assert bring(house, tmp_path / "all.xml").counts == {"unchanged": 3}


def test_a_text_that_was_changed_in_wordpress_counts_more_than_our_markdown(house: Context, tmp_path: Path) -> None:
    write_wxr(house, tmp_path / "all.xml")
    changed = (tmp_path / "all.xml").read_text("utf-8").replace('<h2 id="h-why">Why</h2>', '<h2 id="h-why">Why so</h2>')
    (tmp_path / "all.xml").write_text(changed, "utf-8")
    found = bring(house, tmp_path / "all.xml", dry=True)
    body = next(each["body"] for each in found.work.report["examples"] if each["title"] == "All & everything")
    assert "## Why so" in body
    for kept in (
        "[the other](article:01JD0000000000000000000009) *first*", '![A red corner](asset:red "The corner")',
        "1. One\n   - Two",
        "| A | B |", "```embed\nurl: https://www.youtube.com/watch?v=abcdefghijk\n```",
        "alt: Red again\n    caption: Once more",
        "```faq\nquestions:\n  - question: ",
    ):  # fmt: skip
        assert kept in body


def test_the_zip_says_what_could_not_be_read(house: Context, tmp_path: Path) -> None:
    house.blobs.delete(f"originals/red/{library.get_asset(house, 'red').sha256}")
    write_zip(house, tmp_path / "all.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "all.zip").read_bytes())) as archive:
        assert "red.png" in archive.read("MISSING.txt").decode()
