"""Hooks of the wheel build (hatchling): dependencies come from requirements.txt, the browser code is built first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).resolve().parents[1]


class BrowserCode(BuildHookInterface[Any]):
    """Builds scheduler/static with whatever Node there is, or one from PyPI."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets before the files of the wheel are gathered."""
        sys.path.insert(0, str(ROOT))
        from bootstrap.browser_assets import build_assets
        from bootstrap.places import tools

        tools().mkdir(exist_ok=True)
        build_assets()


class Requirements(MetadataHookInterface):
    """Declares the dependencies that requirements.txt pins."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in `dependencies`."""
        lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
        metadata["dependencies"] = [line for line in lines if line and not line.startswith("#")]
