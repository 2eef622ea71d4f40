"""What plug-ins left in the text of articles: author boxes, breadcrumbs, buttons to share. It is no text of anybody."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from scheduler.services.moving.inline import Around, escaped
from scheduler.services.moving.markup import Node
from scheduler.services.moving.prose import Piece, pieces

TABS = "the following two tabs change content below"
_BOXES = {
    "ts-fab-wrapper", "saboxplugin-wrap", "abh_box", "author-box", "author-bio", "authorbox",
    "molongui-author-box", "m-a-box", "pp-multiple-authors-boxes-wrapper", "wp-block-post-author",
    "kadence-author-box", "about-author",
}  # fmt: skip
_BIOS = ("ts-fab-content", "saboxplugin-desc", "abh_description", "m-a-box-bio", "author-description",
    "author-bio-text", "wp-block-post-author__bio", "pp-author-boxes-description")  # fmt: skip
_SHARING = {
    "sharedaddy", "jp-relatedposts", "addtoany_share_save_container", "addtoany_content",
    "heateor_sss_sharing_container", "yarpp-related", "yarpp", "ssba", "ssba-classic-2", "social-share",
    "essb_links", "shareaholic-canvas", "sfsi_widget", "dpsp-share-text", "jetpack-likes-widget-wrapper",
    "likebtn_container", "wp_rp_content", "crp_related", "breadcrumb", "breadcrumbs", "yoast-breadcrumbs",
    "rank-math-breadcrumb", "wpautbox-tab", "post-views", "ez-toc-container", "lwptoc", "toc_container",
}  # fmt: skip
_TAB_WORDS = re.compile(r"(bio|latest posts|my latest posts|about|about the author|author|posts)")
_SHARE_WORDS = re.compile(
    r"(share this|like this|like loading.*|related|share on .{1,30}|tweet|pin it|share this:?.{0,40})"
)
_NOTE = re.compile(r"^(\*{0,3})author[’'`]?s?[’']? note\s*:?\s*(\*{0,3})\s*:?\s*(\*{0,3})\s*", re.IGNORECASE)
_SEPARATORS = r"\s*(?:/|»|›|>|&gt;|→|::|\|)\s*"
LONGEST_BIO = 3000


@dataclass(frozen=True, slots=True)
class Cleared:
    """What stays of a text, the author's words that stood in it, and the categories that its breadcrumb told."""

    pieces: list[Piece]
    bio: str = ""
    category: str = ""
    notes: tuple[str, ...] = ()


def boxes_taken(root: Node, author: str = "") -> tuple[str, list[str]]:
    """Take author boxes and sharing buttons out of a tree; return the author's words and what to report."""
    bio, notes = "", []
    for parent in [root, *root.walk()]:
        kept: list[Node | str] = []
        for child in parent.children:
            classes = set(child.classes) | {child.attributes.get("id", "")} if isinstance(child, Node) else set()
            if isinstance(child, Node) and (classes & _BOXES or child.attributes.get("id", "").startswith("ts-fab-")):
                holder = child.having(*_BIOS)
                bio = bio or (holder.text() if holder else _bio_in(child, author))
                notes.append("The author box of a plug-in was taken out of the text.")
            elif classes & _SHARING:
                notes.append("Buttons to share, a breadcrumb or a list of related articles was taken out of the text.")
            else:
                kept.append(child)
        parent.children = kept
    return bio, list(dict.fromkeys(notes))


def _bio_in(box: Node, author: str) -> str:
    """Return the author's words in a box that does not say by its markup which they are."""
    parts = pieces(box, Around(lambda _picture: "", lambda _address: ""))
    return _without_author_box(parts, author, [])[1] or _bio_of(parts, author)


def cleared(parts: list[Piece], title: str, author: str) -> Cleared:
    """Return the blocks of a text without what plug-ins and themes wrote around it."""
    notes: list[str] = []
    parts, category = _without_breadcrumb(parts, title, notes)
    parts, bio = _without_author_box(parts, author, notes)
    parts = _without_sharing(parts, notes)
    return Cleared([_as_note(part) for part in parts], bio, category, tuple(notes))


def _without_breadcrumb(parts: list[Piece], title: str, notes: list[str]) -> tuple[list[Piece], str]:
    category = ""
    if parts and (names := _crumbs(parts[0].text, title)):
        category = "/".join(names)
        parts = parts[1:]
        notes.append("The breadcrumb at the top was taken out of the text.")
    if parts and title and _plain(parts[0].text) == _plain(title):
        parts = parts[1:]
        notes.append("The title, repeated at the top, was taken out of the text.")
    return parts, category


def _crumbs(text: str, title: str) -> list[str] | None:
    """Return the categories that a breadcrumb names ("Home / A / B / Title"), None for any other text."""
    names = [name.strip() for name in re.split(_SEPARATORS, text) if name.strip()]
    if len(names) < 2 or len(text) > 400 or names[0].lower() not in ("home", "start", "homepage", "blog"):
        return None
    ends_with_title = _plain(names[-1]) == _plain(title) or (bool(title) and _plain(text).endswith(_plain(title)))
    if not ends_with_title and len(names) < 3:
        return None
    between = names[1:-1] if ends_with_title else names[1:]
    return [name for name in between if name.lower() not in ("blog", "news", "articles")][:5]


def _without_author_box(parts: list[Piece], author: str, notes: list[str]) -> tuple[list[Piece], str]:
    start = next((i for i, part in enumerate(parts) if TABS in part.text.lower()), None)
    if start is None:
        start = _bare_tabs(parts)
    if start is None:
        return parts, ""
    # The words may stand in one block with the box's first words, or with the last ones of the article.
    whole = parts[start].text
    at = max(whole.lower().find(TABS), 0)
    said = whole[:at].strip()
    before = [replace(parts[start], markdown=escaped(said), text=said)] if said else []
    rest = re.sub(rf"^{TABS}\.?\s*", "", whole[at:], flags=re.IGNORECASE)
    box = [replace(parts[start], markdown=rest, text=rest), *parts[start + 1 :]]
    notes.append("The author box of a plug-in was taken out of the text.")
    return parts[:start] + before, _bio_of(box, author)


def _bare_tabs(parts: list[Piece]) -> int | None:
    """Return where a box begins that shows only its two tabs: "Bio" and, right after it, "Latest Posts"."""
    for index in range(max(0, len(parts) - 12), len(parts)):
        words = _plain(parts[index].text)
        following = _plain(parts[index + 1].text) if index + 1 < len(parts) else ""
        if words == "bio latest posts" or (words == "bio" and following == "latest posts"):
            return index
    return None


def _bio_of(box: list[Piece], author: str) -> str:
    found: list[str] = []
    for part in box:
        words = _plain(part.text)
        if words.startswith("latest posts by"):
            break
        is_tab = _TAB_WORDS.fullmatch(words) or words in ("bio latest posts", _plain(author), "")
        if not is_tab and part.sort in ("text", "quote"):
            found.append(part.text)
    return "\n\n".join(found)[:LONGEST_BIO]


def _without_sharing(parts: list[Piece], notes: list[str]) -> list[Piece]:
    kept = list(parts)
    while kept and kept[-1].sort in ("text", "heading", "list") and _SHARE_WORDS.fullmatch(_plain(kept[-1].text)):
        kept.pop()
        notes.append("Words of sharing buttons at the end were taken out of the text.")
    return kept


def _as_note(part: Piece) -> Piece:
    """Return a paragraph that begins with "Author's Note:" as the block for it."""
    match = _NOTE.match(part.markdown) if part.sort == "text" else None
    rest = part.markdown[match.end() :] if match else ""
    if not match or not rest or not part.text.lower().startswith("author"):
        return part
    # **Author's Note: whole text in bold** has its other signs at the end.
    if match[1] and not match[2] and not match[3] and rest.endswith(match[1]):
        rest = rest[: -len(match[1])]
    elif match[1] and match[1] not in (match[2], match[3]):
        rest = match[1] + rest
    return Piece(f'''::: note {{title="Author's Note"}}\n\n{rest.strip()}\n\n:::'''.replace("::: note ", ":::note"),
                 part.text, "note")  # fmt: skip


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower().replace("’", "").replace("'", "")).split())
