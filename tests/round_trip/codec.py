"""The codec of the visual editor in a Node process of its own, and what must hold for every text."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bootstrap.browser_assets import fetch_node, find_node, install_browser_packages
from scheduler.content.markdown import size_problem
from tests.round_trip.rendering import shown

SCRIPT = Path(__file__).with_name("codec.mjs")


class Codec:
    """A running codec: texts in, answers out."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answer(self, text: str) -> dict[str, Any]:
        """Return what the codec makes of a text (see codec.mjs)."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{json.dumps(text)}\n")
        self._process.stdin.flush()
        result: dict[str, Any] = json.loads(self._process.stdout.readline())
        return result


@contextmanager
def running_codec() -> Iterator[Codec]:
    """Start the codec with the Node that builds the browser code."""
    node, npm = find_node() or fetch_node(None)
    install_browser_packages(npm, {"PATH": str(Path(node).parent)}, None)
    process = subprocess.Popen([node, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    with process:
        yield Codec(process)


def faults(text: str, answer: dict[str, Any]) -> list[str]:
    """Return what is wrong with an answer of the codec about a text; nothing is the aim.

    A text that the guard refuses is opened raw: then only what is not edited must be kept.
    """
    if "error" in answer:
        return [f"fails: {answer['error']}"]
    plain = re.sub(r"\r\n?", "\n", text)
    found = [f"{way}: not to the byte" for way in ("kept", "keptFromJson") if answer[way] != plain]
    if answer["refused"] or size_problem(text):
        return found
    before = shown(text)
    for way in ("anew", "careful", "half"):
        if answer[way] != text and shown(answer[way]) != before:
            found.append(f"{way}: renders differently\n{answer[way]}")
    if answer["again"] != answer["anew"]:
        found.append(f"again: differs on the second pass\n{answer['anew']}\n---\n{answer['again']}")
    if answer["turned"] != answer["turnedAnew"]:
        found.append(f"turned: blocks in another order change\n{answer['turned']}\n---\n{answer['turnedAnew']}")
    return found
