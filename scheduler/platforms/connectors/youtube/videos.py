"""A payload as a video: its title, description and settings, and what YouTube would refuse of them.

Source: platform sheet of YouTube, sections 4 and 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scheduler.domain.problem import Problem
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Option

TITLE_CHARACTERS = 100
DESCRIPTION_BYTES = 5000
TAG_CHARACTERS = 500
PEOPLE_AND_BLOGS = "22"
CATEGORIES = (
    ("1", "Film & Animation"),
    ("2", "Autos & Vehicles"),
    ("10", "Music"),
    ("15", "Pets & Animals"),
    ("17", "Sports"),
    ("19", "Travel & Events"),
    ("20", "Gaming"),
    (PEOPLE_AND_BLOGS, "People & Blogs"),
    ("23", "Comedy"),
    ("24", "Entertainment"),
    ("25", "News & Politics"),
    ("26", "Howto & Style"),
    ("27", "Education"),
    ("28", "Science & Technology"),
    ("29", "Nonprofits & Activism"),
)
"""What YouTube offers in most countries; each channel's own list is asked for when it is connected."""
PRIVACY = (("public", "Public"), ("unlisted", "Unlisted"), ("private", "Private"))
LICENCES = (("youtube", "Standard YouTube licence"), ("creativeCommon", "Creative Commons – Attribution"))
_YES_NO = (("1", "Yes"), ("0", "No"))


def options_of(limits: Mapping[str, Any]) -> tuple[Option, ...]:
    """Return the choices for a video of a channel."""
    return (
        Option("title", "Title", "text", f"At most {TITLE_CHARACTERS} characters. Left empty, it is that of the link."),
        Option("privacy", "Visibility", "choice", choices=PRIVACY, default="public"),
        Option(
            "category",
            "Category",
            "choice",
            choices=pairs_of(limits, "categories") or CATEGORIES,
            default=PEOPLE_AND_BLOGS,
        ),
        Option("playlist", "Playlist", "choice", choices=(("", "None"), *pairs_of(limits, "playlists"))),
        Option("tags", "Tags", "text", "Separated by commas."),
        Option("made_for_kids", "Yes, it is made for kids", "flag", "The law asks every channel to say so."),
        Option("altered", "Altered or synthetic content that looks real", "flag"),
        Option("notify", "Notify subscribers", "choice", choices=_YES_NO, default="1"),
        Option("licence", "Licence", "choice", choices=LICENCES, default="youtube"),
        Option("embeddable", "Allow embedding", "choice", choices=_YES_NO, default="1"),
    )


def pairs_of(limits: Mapping[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    """Return a list of the channel (its categories or playlists) as values with their labels."""
    found = limits.get(name)
    return tuple((str(one[0]), str(one[1])) for one in found if len(one) == 2) if isinstance(found, list) else ()


def video_of(payload: Payload) -> MediaItem:
    """Return the one video of an acceptable payload."""
    return next(item for item in payload.media if item.is_video)


def thumbnail_of(payload: Payload) -> MediaItem | None:
    """Return the photo that stands beside the video: it becomes its thumbnail."""
    return next((item for item in payload.media if not item.is_video), None)


def title_of(payload: Payload) -> str:
    """Return the title: the one chosen, else that of the link, else the first line of the text, shortened."""
    chosen = payload.options.get("title", "").strip()
    if chosen:
        return chosen
    words = (payload.link.title if payload.link else "") or payload.text.strip().partition("\n")[0]
    plain = " ".join(words.replace("<", "").replace(">", "").split())
    if len(plain) <= TITLE_CHARACTERS:
        return plain
    return plain[: TITLE_CHARACTERS - 1].rpartition(" ")[0] + "…"


def description_of(payload: Payload) -> str:
    """Return the text with the link at its end, unless it is in the text already: it is the only place for one."""
    if payload.link is None or payload.link.url in payload.text:
        return payload.text
    return f"{payload.text.rstrip()}\n\n{payload.link.url}".lstrip()


def resource_of(payload: Payload) -> dict[str, Any]:
    """Return the video resource of a payload that was found acceptable."""
    options = payload.options
    snippet: dict[str, Any] = {
        "title": title_of(payload),
        "description": description_of(payload),
        "categoryId": options.get("category", "") or PEOPLE_AND_BLOGS,
        "defaultLanguage": payload.language,
    }
    if tags := _tags(options):
        snippet["tags"] = tags
    status = {
        "privacyStatus": options.get("privacy", "") or "public",
        "selfDeclaredMadeForKids": options.get("made_for_kids", "") == "1",
        "containsSyntheticMedia": options.get("altered", "") == "1",
        "embeddable": options.get("embeddable", "") != "0",
        "license": options.get("licence", "") or "youtube",
    }
    return {"snippet": snippet, "status": status}


def option_problems(payload: Payload) -> list[Problem]:
    """Return everything that YouTube would refuse about title, tags and choices; what differs by channel aside."""
    problems, options = [*_title_problems(payload)], payload.options
    category = options.get("category", "") or PEOPLE_AND_BLOGS
    if not category.isdecimal():
        problems.append(Problem("options.category", f"“{category}” is no category. Choose one again."))
    for option in options_of({}):
        known = {"", *(value for value, _ in option.choices)}
        checked = option.kind == "choice" and option.name not in ("category", "playlist")
        if checked and options.get(option.name, "") not in known:
            message = f"“{options[option.name]}” is none of the choices. Choose one again."
            problems.append(Problem(f"options.{option.name}", message))
    size = _size_of(_tags(options))
    if size > TAG_CHARACTERS:
        message = f"The tags have {size} characters together; at most {TAG_CHARACTERS} are allowed. Take some out."
        problems.append(Problem("options.tags", message))
    if "<" in options.get("tags", "") or ">" in options.get("tags", ""):
        problems.append(Problem("options.tags", "YouTube takes no < and > in tags. Leave them out."))
    return problems


def _title_problems(payload: Payload) -> Iterator[Problem]:
    chosen = payload.options.get("title", "").strip()
    if not title_of(payload):
        yield Problem("options.title", "The title is missing. Every video needs one.")
    if len(chosen) > TITLE_CHARACTERS:
        yield Problem(
            "options.title", f"The title has {len(chosen)} characters; at most {TITLE_CHARACTERS} are allowed."
        )
    if "<" in chosen or ">" in chosen:
        yield Problem("options.title", "YouTube takes no < and > in a title. Leave them out.")


def _tags(options: Mapping[str, str]) -> list[str]:
    named = (tag.strip().removeprefix("#").strip() for tag in options.get("tags", "").split(","))
    return list(dict.fromkeys(tag for tag in named if tag))


def _size_of(tags: list[str]) -> int:
    """Return the length of tags as YouTube counts: with commas between them, and quotes around those with spaces."""
    return sum(len(tag) + 2 * (" " in tag) for tag in tags) + max(0, len(tags) - 1)
