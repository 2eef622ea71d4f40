"""The house keeps its order: who may import whom, and who may use which library. Read from the imports themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "scheduler"

BELOW = {
    "domain": set(),
    "storage": {"domain", "clock", "reads"},
    "content": {"domain", "clock", "reads"},
    "media": {"domain", "clock"},
    "mail": {"domain", "clock"},
    "platforms": {"domain", "clock"},
    "practice": {"domain", "clock"},
    "services": {
        "domain",
        "storage",
        "content",
        "media",
        "mail",
        "platforms",
        "practice",
        "clock",
        "config",
        "config_writer",
        "notice_rules",
        "site_settings",
        "theme_rules",
        "discovery_rules",
        "reads",
        "resources",
    },
    "worker": {"domain", "storage", "services", "clock", "config"},
    "cli": {
        "domain",
        "storage",
        "services",
        "worker",
        "web",
        "app",
        "supervisor",
        "clock",
        "config",
        "environment",
    },
    "web": {
        "site_settings",
        "theme_rules",
        "domain",
        "storage",
        "services",
        "clock",
        "config",
        "platforms",
        "content",
        "practice",
        "media",
        "app",
        "reads",
    },
}
"""What each room may import beside itself."""

ONLY_IN = {
    "flask": ("web/", "practice/", "app.py"),
    "requests": ("platforms/",),
    "urllib3": ("platforms/",),
    "apscheduler": ("worker/",),
    "sqlalchemy": ("storage/",),
    "alembic": ("storage/",),
    "smtplib": ("mail/",),
}
CLOCK_READERS = {
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.sleep",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8"))


MODULES = list(modules())


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize(("name", "tree"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_flow_one_way(name: str, tree: ast.Module) -> None:
    room = name.split("/", 1)[0]
    if room not in BELOW:
        return
    wrong = {
        target
        for target in imported(tree)
        if target.startswith("scheduler.") and target.split(".")[1] not in BELOW[room] | {room}
    }
    assert not wrong, f"{name} must not import {sorted(wrong)}"


@pytest.mark.parametrize(("name", "tree"), MODULES, ids=[name for name, _ in MODULES])
def test_each_library_has_its_room(name: str, tree: ast.Module) -> None:
    for target in imported(tree):
        allowed = ONLY_IN.get(target.split(".")[0])
        assert allowed is None or name.startswith(allowed), f"{name} must not import {target}"


def test_domain_needs_the_standard_library_only() -> None:
    foreign = {
        "bisect",
        "colorsys",
        "datetime",
        "zoneinfo",
        "hashlib",
        "json",
        "re",
        "dataclasses",
        "enum",
        "functools",
        "heapq",
        "collections",
        "typing",
    }
    for name, tree in MODULES:
        if name.startswith("domain/"):
            for target in imported(tree):
                root = target.split(".")[0]
                assert root in foreign | {
                    "scheduler",
                    "__future__",
                    "html",
                    "math",
                    "unicodedata",
                    "urllib",
                    "string",
                    "difflib",
                }, f"{name} imports {target}"


def test_only_the_clock_reads_the_time() -> None:
    for name, tree in MODULES:
        if name == "clock.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert f"{node.value.id}.{node.attr}" not in CLOCK_READERS, (
                    f"{name}:{node.lineno} reads the time itself"
                )


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, tree in MODULES if not ast.get_docstring(tree) and tree.body]
    assert not silent


def test_no_room_for_everything() -> None:
    for name, _ in MODULES:
        assert not {"utils", "helpers", "common", "manager"} & set(name.removesuffix(".py").split("/")), name
