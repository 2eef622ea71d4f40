"""Zone data made in a test: a compiled TZif file that stands before the machine's own."""

from __future__ import annotations

import struct
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo


def compile_zone(folder: Path, name: str, rule: str, version: str) -> None:
    """Write the zone `name` with one POSIX `rule` ("<+06>-6") for all times, and the version of the data beside it."""
    label, rest = rule[1:].split(">", 1) if rule.startswith("<") else (rule.rstrip("-0123456789"), "")
    hours = -int((rest or rule[len(label) :]).split(",")[0])
    letters = label.encode() + b"\0"
    counts = struct.pack(">6l", 0, 0, 0, 0, 1, len(letters))
    body = struct.pack(">lbb", hours * 3600, 0, 0) + letters
    block = b"TZif2" + bytes(15) + counts + body
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(block + block + b"\n" + rule.encode() + b"\n")
    (folder / "UTC").write_bytes(_utc())
    (folder / "+VERSION").write_text(f"{version}\n", "ascii")


def _utc() -> bytes:
    block = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + struct.pack(">lbb", 0, 0, 0) + b"UTC\0"
    return block + block + b"\nUTC0\n"


@contextmanager
def zone_data(folder: Path) -> Iterator[None]:
    """Let the zones of `folder` hold instead of the machine's own, for the length of a block."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(folder), *before])
    ZoneInfo.clear_cache()
    try:
        yield
    finally:
        zoneinfo.reset_tzpath(before)
        ZoneInfo.clear_cache()
