"""Mounts the practice networks into the web process."""

from __future__ import annotations

from flask import Flask


def register_practice(app: Flask) -> None:
    """Serve the practice networks under /practice/."""
