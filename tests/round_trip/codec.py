"""The codec of the visual editor in a Node process of its own, and what must hold for every text."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from bootstrap.browser_assets import fetch_node, find_node, install_browser_packages
from scheduler.content.markdown import size_problem
from tests.round_trip.rendering import shown

SCRIPT = Path(__file__).with_name("codec.mjs")


class Codec:
    """A running codec: texts in, answers out."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answers(self, texts: Sequence[str], *, thorough: Callable[[int], bool]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each text with what the codec makes of it (see codec.mjs): everything where `thorough` says so."""
        questions = [{"text": text, "thorough": thorough(index)} for index, text in enumerate(texts)]
        return zip(texts, self._asked(questions), strict=True)

    def written(self, *blocks: dict[str, Any]) -> str:
        """Return the Markdown of a document of the editor that holds these blocks."""
        (answer,) = self._asked([{"doc": {"type": "doc", "content": blocks}}])
        return str(answer.get("markdown", answer))

    def edited(self, text: str, find: str, put: str) -> str:
        """Return a text in which somebody has written other words in the editor."""
        (answer,) = self._asked([{"text": text, "find": find, "put": put}])
        return str(answer.get("markdown", answer))

    def _asked(self, questions: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        asking = Thread(target=self._ask, args=(questions,))
        asking.start()
        for _ in questions:
            assert self._process.stdout
            yield json.loads(self._process.stdout.readline())
        asking.join()

    def _ask(self, questions: Sequence[dict[str, Any]]) -> None:
        assert self._process.stdin
        for question in questions:
            self._process.stdin.write(f"{json.dumps(question)}\n")
        self._process.stdin.flush()


@contextmanager
def running_codec() -> Iterator[Codec]:
    """Start the codec with the Node that builds the browser code."""
    node, npm = find_node() or fetch_node(None)
    path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    install_browser_packages(npm, {**os.environ, "PATH": path}, None)
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
    found = [f"{way}: not to the byte" for way in ("kept", "keptFromJson") if answer.get(way, plain) != plain]
    if answer["refused"] or size_problem(text):
        return found
    return found + _rendered_otherwise(text, answer) + _changed_again(answer)


def _rendered_otherwise(text: str, answer: dict[str, Any]) -> list[str]:
    """Compare what pages show: of the text, and of the text with every block (or every second one) written anew."""
    ways = [way for way in ("anew", "careful", "half") if answer.get(way, text) != text]
    before = shown(text) if ways else []
    return [f"{way}: renders differently\n{answer[way]}" for way in ways if shown(answer[way]) != before]


def _changed_again(answer: dict[str, Any]) -> list[str]:
    """Compare a second pass with the first, and blocks in another order with the same blocks read anew."""
    pairs = [(one, other) for one, other in (("anew", "again"), ("turnedAnew", "turned")) if other in answer]
    return [f"{b}: differs\n{answer[a]}\n---\n{answer[b]}" for a, b in pairs if answer[a] != answer[b]]
