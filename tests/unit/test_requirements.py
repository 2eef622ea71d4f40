"""The requirements files: pinned, reasoned, and complete."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ["requirements.txt", "requirements-dev.txt"]
PIN = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(\[[a-z,]+\])?==[0-9][0-9A-Za-z.]*"
    r"( ; [a-z_]+ (<|>=|==|!=) \"[a-z0-9.]+\")?"
)


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_is_pinned_and_says_why_it_is_there(file: str) -> None:
    before = ""
    for line in (ROOT / file).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            assert PIN.fullmatch(line), f"not pinned: {line}"
            reasoned = before.startswith("# ") and "---" not in before
            assert reasoned or same_package(line, before), f"no reason above: {line}"
        before = line


def test_the_product_imports_only_what_requirements_txt_lists() -> None:
    listed = names("requirements.txt")
    providers = packages_distributions()
    missing = {
        f"{module} in {file.relative_to(ROOT)}"
        for file in (ROOT / "scheduler").rglob("*.py")
        for module in imported_modules(file)
        if not listed & {normal(name) for name in providers.get(module, [module])}
    }
    assert not missing


def test_tests_import_only_what_the_two_files_list() -> None:
    listed = names("requirements.txt") | names("requirements-dev.txt")
    providers = packages_distributions()
    missing = {
        f"{module} in {file.relative_to(ROOT)}"
        for file in (ROOT / "tests").rglob("*.py")
        for module in imported_modules(file)
        if not listed & {normal(name) for name in providers.get(module, [module])}
    }
    assert not missing


def test_set_up_itself_needs_nothing_but_python() -> None:
    files = [ROOT / "run.py", *(f for f in (ROOT / "bootstrap").glob("*.py") if f.name != "wheel.py")]
    assert {module for file in files for module in imported_modules(file)} == set()


def imported_modules(file: Path) -> set[str]:
    """Return the top-level names of the modules from elsewhere that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"scheduler", "tests", "bootstrap", "run"}


def names(file: str) -> set[str]:
    lines = (ROOT / file).read_text("utf-8").splitlines()
    return {normal(match["name"]) for line in lines if (match := PIN.fullmatch(line))}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def same_package(line: str, before: str) -> bool:
    match, earlier = PIN.fullmatch(line), PIN.fullmatch(before)
    return bool(match and earlier and match["name"] == earlier["name"])
