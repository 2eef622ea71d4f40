"""LinkedIn's "little text": what a commentary with its escapes, hashtags and mentions really shows.

An unescaped reserved character that is no part of a template is no error: the post silently ends there.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

RESERVED = frozenset("\\|{}@[]()<>#*_~")
_TOKEN = regex.compile(
    r"\\(?P<escaped>[\\|{}@\[\]()<>#*_~])"
    r"|\{hashtag\|\\?[#＃]\|(?P<template>[\w]+)\}"
    r"|@\[(?P<mention>(?:\\.|[^\\\]])+)\]\(urn:li:(?:person|organization):[\w-]+\)"
    r"|[#＃](?P<hashtag>\w+)"
    r"|(?P<plain>[^\\|{}@\[\]()<>#*_~]+)"
)
_ESCAPE = regex.compile(r"[\\|{}@\[\]()<>#*_~]")


@dataclass(frozen=True)
class LittleText:
    """A commentary as it is read: `shown` to people, `kept` as the API gives it back, `cut_at` where it was cut."""

    shown: str
    kept: str
    cut_at: str = ""


def read_little_text(commentary: str) -> LittleText:
    """Return what LinkedIn makes of a commentary."""
    shown, kept, position = "", "", 0
    while position < len(commentary):
        match = _TOKEN.match(commentary, position)
        if match is None:
            return LittleText(shown.rstrip(), kept.rstrip(), commentary[position])
        position = match.end()
        piece, form = _read(match)
        shown, kept = shown + piece, kept + form
    return LittleText(shown, kept)


def _read(match: regex.Match[str]) -> tuple[str, str]:
    if tag := match["template"] or match["hashtag"]:
        return f"#{tag}", f"{{hashtag|\\#|{tag}}}"
    if match["mention"]:
        return regex.sub(r"\\(.)", r"\1", match["mention"]), match.group()
    if match["escaped"]:
        return match["escaped"], match.group()
    return match["plain"], match["plain"]
