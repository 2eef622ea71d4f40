"""Captions of videos: a WebVTT file is checked line by line and written anew, with nothing in it but cues."""

from __future__ import annotations

import re

from scheduler.domain.problem import Invalid, Problem, refuse

BYTES = 1_000_000
MIME = "text/vtt"

_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}([ \t].*)?")
_SETTING = re.compile(r"(vertical|line|position|size|align):[\w.,%-]+")
_TAG = re.compile(r"</?(?:(?:[biuc]|v|lang|ruby|rt)(?:[.\s][^<>]*)?|\d[\d:.]*)>")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_LEFT_OUT = re.compile(r"(NOTE|STYLE|REGION)([ \t].*)?")
_PROBLEMS_SHOWN = 10

LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "hi": "Hindi", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def check_captions(data: bytes) -> bytes:
    """Return the WebVTT file `data` reduced to its cues, as UTF-8. Raises `Invalid` with every faulty line."""
    if len(data) > BYTES:
        raise refuse(
            "captions", f"The captions have {len(data) / 1e6:.1f} MB; at most {BYTES / 1e6:.0f} MB are allowed."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse("captions", "The captions are not UTF-8 text. Save them as WebVTT (.vtt) in UTF-8.") from None
    lines = re.sub(r"\r\n?", "\n", text).split("\n")
    if not re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]):
        raise refuse("captions", 'The captions must begin with the line "WEBVTT". Export them as WebVTT (.vtt).')
    cues, problems = _read_cues(lines)
    if problems:
        raise Invalid(Problem("captions", sentence) for sentence in problems[:_PROBLEMS_SHOWN])
    if not cues:
        raise refuse("captions", "The captions hold no lines to show. Choose another file.")
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode()


def check_language(tag: str) -> str:
    """Return the language tag in its usual spelling. Raises `Invalid`."""
    if not _LANGUAGE.fullmatch(tag.strip()):
        raise refuse("language", 'The language must be a tag such as "en" or "pt-BR".')
    first, *rest = tag.strip().split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def language_name(tag: str) -> str:
    """Return what people call the language of a tag."""
    return LANGUAGES.get(tag, LANGUAGES.get(tag.split("-")[0], tag) + (f" ({tag})" if "-" in tag else ""))


def _read_cues(lines: list[str]) -> tuple[list[str], list[str]]:
    cues: list[str] = []
    problems: list[str] = []
    for number, block in _blocks(lines):
        at = 0 if "-->" in block[0] else 1
        if at >= len(block) or "-->" not in block[at]:
            if not _LEFT_OUT.fullmatch(block[0]):
                problems.append(f'Line {number}: a time such as "00:01.000 --> 00:04.000" is missing here.')
            continue
        timing = _timing(block[at])
        if timing is None:
            problems.append(
                f'Line {number + at}: "{block[at][:60]}" is not a pair of times with the end after the start.'
            )
        elif text := [_clean(line) for line in block[at + 1 :]]:
            cues.append("\n".join([timing, *text]))
    return cues, problems


def _blocks(lines: list[str]) -> list[tuple[int, list[str]]]:
    blocks: list[tuple[int, list[str]]] = []
    inside = True  # what follows the first line directly belongs to the header
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            inside = False
        elif number == 2 or (inside and not blocks):
            continue
        elif inside:
            blocks[-1][1].append(line)
        else:
            blocks.append((number, [line]))
            inside = True
    return blocks


def _timing(line: str) -> str | None:
    match = _TIMING.fullmatch(line.strip())
    if match is None or _milliseconds(*match.groups()[:4]) >= _milliseconds(*match.groups()[4:8]):
        return None
    settings = [part for part in (match[9] or "").split() if _SETTING.fullmatch(part)]
    return " ".join([line.strip().split("-->")[0].strip(), "-->", line.split("-->")[1].split()[0], *settings])


def _milliseconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(thousandths)


def _clean(line: str) -> str:
    # Known cue tags stay; any other "<" is text.
    parts, end = [], 0
    for tag in _TAG.finditer(line):
        parts += [line[end : tag.start()].replace("<", "&lt;"), tag[0]]
        end = tag.end()
    return "".join([*parts, line[end:].replace("<", "&lt;")])
