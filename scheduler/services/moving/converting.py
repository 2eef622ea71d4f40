"""One incoming article's text in our Markdown, with its photos, its links to other articles, and without residue."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urljoin, urlsplit

from scheduler.content import markdown
from scheduler.content.markdown import LARGEST_CHARACTERS
from scheduler.domain.problem import refuse
from scheduler.services.moving import residue, wordpress_text
from scheduler.services.moving.incoming import IncomingArticle, IncomingMedia, Tally
from scheduler.services.moving.inline import Around, Picture
from scheduler.services.moving.laid_aside import About
from scheduler.services.moving.markup import hostile_parts, tree
from scheduler.services.moving.prose import joined, pieces
from scheduler.services.moving.shortcodes import KEEP

_SIZE = re.compile(r"-\d{2,5}x\d{2,5}(?=\.[a-z]{3,4}$)", re.IGNORECASE)
_FILES = re.compile(r"\.(pdf|docx?|xlsx?|pptx?|zip|mp3|wav|txt|csv|ics)$", re.IGNORECASE)
_CAMERA = re.compile(
    r"(img|dsc|dscn|dscf|pxl|image|photo|screenshot|screen shot|untitled|scan)?[\s_-]*[\d\s_.x()-]*", re.I
)


@dataclass(slots=True)
class Converted:
    """What became of a text. `pictures` are what it shows, by the id that each has or will have in the library."""

    body: str
    pictures: dict[str, Picture] = field(default_factory=dict)
    bio: str = ""
    category: str = ""
    notes: list[str] = field(default_factory=list)
    unmapped: Tally = field(default_factory=Tally)


def converted(article: IncomingArticle, about: About, author: str = "", unknown: str = KEEP) -> Converted:
    """Return the text of an article as ours. `author` is the name of who wrote it. Raises `Invalid` for a giant."""
    if len(article.text) > 4 * LARGEST_CHARACTERS:
        raise refuse("body", f"Its text has {len(article.text):,} characters; make it several articles there.")
    work = _Work(article, about)
    if article.form == "markdown":
        return work.markdown()
    html = article.text
    if article.form == "wordpress":
        told = wordpress_text.Told(about.reusable, unknown)
        html = wordpress_text.as_html(html, told, work.made.unmapped)
        attached = ",".join(about.attached.get(article.id, []))
        html = html.replace('data-photos="attached"', f'data-photos="{attached}"')
    return work.html(html, author)


def lead_of(article: IncomingArticle, about: About) -> tuple[str, Picture] | None:
    """Return the lead photo of an article and the id that it has or will have in the library."""
    if not article.lead or (article.lead.startswith("asset:") and article.lead not in about.media):
        return None
    listed = article.lead if article.lead in about.media else ""
    work = _Work(article, about)
    if listed:
        media = about.media[listed]
        alt, caption = article.lead_alt, article.lead_caption
        if not article.own_id:
            alt, caption = alt or _described(media), caption or media.caption
        picture = Picture(work.whole(media.address), "", alt, caption)
        asset = media.asset or media_id(picture.address)
    else:
        picture = work.known(Picture(article.lead, "", article.lead_alt, article.lead_caption))
        asset = work.asset(picture)
    return (asset, picture) if re.match(r"(https?|file)://", picture.address) else None


def media_id(address: str) -> str:
    """Return the id that the file at an address gets in the library: always the same, so that a gap can be filled."""
    return "m" + hashlib.sha256(_bare(address).encode()).hexdigest()[:20]


class _Work:
    """One conversion."""

    def __init__(self, article: IncomingArticle, about: About) -> None:
        self.article, self.about = article, about
        self.base = urljoin(f"{about.site}/", article.address)
        self.made = Converted("")
        self.around = Around(self.asset, self.link, known=self.known)

    def html(self, html: str, author: str) -> Converted:
        for sort in hostile_parts(html):
            self.around.note(f"Left out of the text: {sort}.")
        root = tree(html)
        bio, notes = residue.boxes_taken(root, author)
        done = residue.cleared(pieces(root, self.around), self.article.title, author)
        self.made.body = joined(done.pieces)
        self.made.bio, self.made.category = bio or done.bio, done.category
        self.made.notes = list(dict.fromkeys([*notes, *done.notes, *self.around.notes]))
        return self.made

    def markdown(self) -> Converted:
        """Take Markdown as it is; only the addresses of its photos and links are ours afterwards."""
        text = re.sub(
            r"!\[((?:[^\[\]\\]|\\.)*)\]\(<?([^\s()<>]+)>?(?:\s+(\"(?:[^\"\\]|\\.)*\"|'[^']*'))?\)",
            self._photo,
            self.article.text,
        )
        text = re.sub(r"(?<!!)(\[(?:[^\[\]\\]|\\.)+\]\()<?([^\s()<>]+)>?((?:\s+\"[^\"]*\")?\))", self._link, text)
        for asset in markdown.assets(text):
            if media := self.about.media.get(f"asset:{asset}"):
                address = urljoin(f"{self.about.site}/", media.address)
                self.made.pictures.setdefault(asset, Picture(address, media.number, media.alt, media.caption))
        if re.search(r"^\s*<(?!!--)[a-z][^>]*>", text, re.IGNORECASE | re.MULTILINE):
            self.around.note("The text holds HTML, which is shown as it is typed here: write it as Markdown.")
        self.made.body = text
        self.made.notes = list(self.around.notes)
        return self.made

    def _photo(self, match: re.Match[str]) -> str:
        if match[2].startswith("asset:"):
            return match[0]
        asset = self.asset(self.known(Picture(match[2], "", match[1])))
        title = f" {match[3]}" if match[3] else ""
        return f"![{match[1]}](asset:{asset}{title})" if asset else match[0]

    def _link(self, match: re.Match[str]) -> str:
        if re.match(r"(article:|#|mailto:|tel:)", match[2]):
            return match[0]
        target = self.link(match[2])
        return f"{match[1]}{target if target.startswith('article:') else match[2]}{match[3]}"

    def known(self, picture: Picture) -> Picture:
        """Return a photo with its full address, and the words that the library there has where the text has none."""
        media = self._media(picture)
        address = media.address if media else self.whole(picture.address)
        if not media:
            return replace(picture, address=address)
        caption = picture.caption or (media.caption if not picture.address else "")
        return replace(picture, address=address, alt=picture.alt or _described(media), caption=caption)

    def asset(self, picture: Picture) -> str:
        """Return the id of a photo or video, "" for what cannot be one; remember that the text shows it."""
        picture = self.known(picture)
        if not re.match(r"(https?|file)://", picture.address):
            self.around.note("A photo without an address that could be fetched was left out.")
            return ""
        media = self._media(picture)
        made = media.asset if media and media.asset else media_id(picture.address)
        self.made.pictures.setdefault(made, picture)
        return made

    def link(self, address: str) -> str:
        """Return where a link shall lead: to an article of ours by its id, or where it led before."""
        if re.match(r"(mailto|tel):", address, re.IGNORECASE) or address.startswith("#"):
            return "" if address.startswith("#") else address
        whole = self.whole(address)
        try:
            parts, site = urlsplit(whole), urlsplit(self.about.site)
        except ValueError:
            return whole
        if not site.hostname or _host(parts.hostname) != _host(site.hostname):
            return whole
        asked = parse_qs(parts.query)
        number = (asked.get("p") or asked.get("page_id") or [""])[0]
        if target := self._article(number, parts.path):
            return f"article:{target}"
        if _FILES.search(parts.path):
            self.around.note(f"A link leads to a file on the old site, which is not brought over: {whole[:150]}")
        elif not re.search(r"\.(jpe?g|png|gif|webp|mp4|mov|webm)$", parts.path, re.I) and parts.path.strip("/"):
            self.around.note(f"A link leads to a page of the old site that is not among these articles: {whole[:150]}")
        return whole

    def _article(self, number: str, path: str) -> str:
        """Return the id of the article that lived at a path, or had a number; "" for none."""
        plain = path.rstrip("/").lower()
        inner = re.sub(r"/?(_?index)?\.md$", "", path.strip("/"))
        keys = [number, plain, path.strip("/"), inner, f"{path.strip('/')}.md", f"{inner}.md"]
        return next((self.about.articles[key] for key in keys if key and self.about.articles.get(key)), "")

    def _media(self, picture: Picture) -> IncomingMedia | None:
        whole = _bare(self.whole(picture.address)) if picture.address else ""
        for key in (whole, _SIZE.sub("", whole)):
            if key and key in self.about.by_address:
                return self.about.media[self.about.by_address[key]]
        return self.about.media.get(picture.number) if picture.number else None

    def whole(self, address: str) -> str:
        """Return an address as a whole one, seen from the article; "" for what is none."""
        address = address.strip()
        if address.startswith("//"):
            address = f"https:{address}"
        try:
            return urljoin(self.base, address) if address else ""
        except ValueError:
            return ""


def bare_address(address: str) -> str:
    """Return an address as addresses of files are compared: without scheme, www. and query."""
    return _bare(address)


def _bare(address: str) -> str:
    return re.sub(r"^(https?:)?//(www\.)?", "", address.strip()).partition("?")[0].partition("#")[0]


def _described(media: IncomingMedia) -> str:
    """Return the words that say what a photo shows; a title that is only a file's name says nothing."""
    title = media.title.strip()
    is_name = _CAMERA.fullmatch(title) or re.search(r"\.[a-z]{3,4}$", title, re.I) or not re.search(r"\s", title)
    return media.alt or media.caption or ("" if is_name else title)


def _host(name: str | None) -> str:
    return (name or "").lower().removeprefix("www.")
