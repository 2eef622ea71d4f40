"""The JSON API under /api/v1."""

from __future__ import annotations

from flask import Flask


def register_api(app: Flask) -> None:
    """Register every resource."""
