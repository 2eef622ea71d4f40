"""What an import keeps beside the database while it lasts: the file, and each article of it as a piece of its own."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scheduler.services.context import Context
from scheduler.services.moving.incoming import IncomingArticle, IncomingAuthor, IncomingMedia, article_of

SOURCE = "source"
MEDIA = "media.zip"


@dataclass(slots=True)
class About:
    """What the whole file says and every article may need."""

    site: str = ""
    source: str = ""
    authors: dict[str, IncomingAuthor] = field(default_factory=dict)
    media: dict[str, IncomingMedia] = field(default_factory=dict)
    """By number, and by address for those without one."""
    by_address: dict[str, str] = field(default_factory=dict)
    """Keys of `media` by address without its scheme."""
    articles: dict[str, str] = field(default_factory=dict)
    """The id that an article has here, by its id there and by each of its old paths."""
    reusable: dict[str, str] = field(default_factory=dict)
    attached: dict[str, list[str]] = field(default_factory=dict)
    """Numbers of the photos that were uploaded to an article, by its id there."""


class Store:
    """The folder of one import."""

    def __init__(self, ctx: Context, import_id: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{12,32}", import_id):
            raise ValueError("this is no import")
        self.folder = ctx.settings.data / "imports" / import_id

    @property
    def source(self) -> Path:
        """Return where the file lies that was handed over."""
        return self.folder / SOURCE

    @property
    def media(self) -> Path:
        """Return where the zip of the media lies, if one was handed over."""
        return self.folder / MEDIA

    def put(self, number: int, article: IncomingArticle) -> None:
        """Lay an article aside."""
        folder = self.folder / "articles"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.json").write_text(json.dumps(asdict(article), ensure_ascii=False), "utf-8")

    def get(self, number: int) -> IncomingArticle:
        """Return an article that was laid aside. Raises `FileNotFoundError`."""
        return article_of(json.loads((self.folder / "articles" / f"{number}.json").read_text("utf-8")))

    def put_about(self, about: About) -> None:
        """Keep what the whole file says."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / "about.tmp"
        draft.write_text(json.dumps(asdict(about), ensure_ascii=False), "utf-8")
        draft.replace(self.folder / "about.json")

    def about(self) -> About:
        """Return what the whole file says. Raises `FileNotFoundError`."""
        values: dict[str, Any] = json.loads((self.folder / "about.json").read_text("utf-8"))
        values["authors"] = {
            key: IncomingAuthor(**{**each, "links": tuple((a, b) for a, b in each["links"])})
            for key, each in values["authors"].items()
        }
        values["media"] = {key: IncomingMedia(**each) for key, each in values["media"].items()}
        return About(**values)

    def forget_articles(self) -> None:
        """Forget what was laid aside, before the file is read anew."""
        shutil.rmtree(self.folder / "articles", ignore_errors=True)

    def forget(self) -> None:
        """Forget everything of the import."""
        shutil.rmtree(self.folder, ignore_errors=True)
