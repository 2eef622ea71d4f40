"""Reading the fields of a YAML table one by one; every problem is noted with its line instead of raised."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scheduler.clock import to_ms
from scheduler.content.yaml_tree import Items, LineProblem, Node, Scalar, Table, value

ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What the id of an asset looks like."""

EARLIEST, LATEST = 1900, 2199
"""The years of our times: dates outside are slips of the pen, and some calendars cannot hold them."""
"""Years near the ends of the calendar cannot be shown in every time zone."""


class Fields:
    """The fields of one table; `problems` gathers what is wrong."""

    def __init__(self, table: Table, problems: list[LineProblem]) -> None:
        self.table, self.problems = table, problems

    def line(self, key: str) -> int:
        """Return the file's line of a key, or of the table when the key is missing."""
        return self.table.keys[key].line if key in self.table.keys else self.table.line

    def fault(self, key: str, reason: str) -> None:
        """Note a problem of one key."""
        self.problems.append(LineProblem(self.line(key), f"{key}: {reason}"))

    def node(self, key: str) -> Node | None:
        """Return the node of a key; None when it is missing or empty."""
        node = self.table.entries.get(key)
        if isinstance(node, Scalar) and value(node) in (None, ""):
            return None
        return node

    def text(self, key: str, default: str = "", longest: int = 5000) -> str:
        """Return a text, without the spaces around it."""
        node = self.node(key)
        if node is None:
            return default
        if not isinstance(node, Scalar):
            self.fault(key, "must be one text, not a list or a table")
            return default
        text = node.text.strip()
        if len(text) > longest:
            self.fault(key, f"is {len(text)} characters long; {longest} is the most")
        return text

    def needed(self, key: str, longest: int = 5000) -> str:
        """Return a text that must be there."""
        text, node = self.text(key, longest=longest), self.node(key)
        if not text and (node is None or isinstance(node, Scalar)):
            self.fault(key, "is missing")
        return text

    def flag(self, key: str) -> bool:
        """Return true or false; false when missing."""
        node = self.node(key)
        if node is None or (isinstance(node, Scalar) and node.text.lower() == "false"):
            return False
        if isinstance(node, Scalar) and node.text.lower() == "true":
            return True
        self.fault(key, "must be true or false")
        return False

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a single text counts as a list of one, and doubles are dropped."""
        node = self.node(key)
        if node is None:
            return ()
        nodes = node.items if isinstance(node, Items) else (node,)
        texts = [item.text.strip() for item in nodes if isinstance(item, Scalar)]
        if len(texts) != len(nodes):
            self.fault(key, "must be a list of plain texts, such as [running, knee]")
        return tuple(dict.fromkeys(text for text in texts if text))

    def table_of(self, key: str) -> Fields | None:
        """Return the table below a key."""
        node = self.node(key)
        if node is None:
            return None
        if isinstance(node, Table):
            return Fields(node, self.problems)
        self.fault(key, "must be a table: one indented line for each of its values")
        return None

    def asset(self, key: str) -> str:
        """Return the id of an asset."""
        text = self.text(key)
        if text and not ASSET.fullmatch(text):
            self.fault(key, f'"{text[:40]}" is not the id of a photo or video of the library')
            return ""
        return text

    def moment(self, key: str) -> tuple[int | None, bool]:
        """Return (UTC ms, whether a time of day was given). A date alone is the start of that day, UTC."""
        text = self.text(key)
        if not text:
            return None, False
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fault(key, f'"{text[:40]}" is not a date; write it like 2026-11-24T09:00:00-05:00')
            return None, False
        if not EARLIEST <= moment.year <= LATEST:
            self.fault(key, f'"{text[:40]}" is not a date of our times; use a year from {EARLIEST} to {LATEST}')
            return None, False
        if len(text) == 10:
            return to_ms(moment.replace(tzinfo=UTC)), False
        if moment.tzinfo is None:
            self.fault(key, f'"{text}" does not say its time zone; add the offset, like {text}-05:00, or Z for UTC')
            return None, True
        return to_ms(moment), True
