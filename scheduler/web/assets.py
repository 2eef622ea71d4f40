"""The built browser assets: names with a content hash, so that they may be cached for ever."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request, send_from_directory, url_for

STATIC = Path(__file__).parent.parent / "static"
YEAR_SECONDS = 31_536_000


class AssetsMissing(Exception):
    """The browser assets have not been built."""


def configure_assets(app: Flask) -> None:
    """Serve /static/ and teach the templates `asset("admin.js")`."""
    app.add_url_rule("/static/<path:name>", "static", _send)
    app.jinja_env.globals["asset"] = asset


def _send(name: str) -> Response:
    response = send_from_directory(STATIC, name, max_age=YEAR_SECONDS)
    response.cache_control.public = True
    response.cache_control.immutable = True
    if name.endswith(".woff2"):  # browsers ask for fonts with an origin; a frame that has none must get them too
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def asset(name: str) -> str:
    """Return the address of a built asset by its plain name."""
    return _address(name, request.script_root)


@lru_cache(maxsize=256)
def _address(name: str, _root: str) -> str:
    """Return the address below the root of the present request; a page has hundreds of icons."""
    return url_for("static", name=_manifest()[name])


def built_file(name: str) -> Path:
    """Return the file of a built asset by its plain name."""
    return STATIC / _manifest()[name]


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    try:
        manifest: dict[str, str] = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        raise AssetsMissing("The browser assets are not built. Run `python3 run.py setup` once.") from None
    return manifest
