"""The built browser assets: names with a content hash, so that they may be cached for ever."""

from __future__ import annotations

import json
import mimetypes
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request, send_from_directory, url_for

from scheduler.web.finished_page import best_encoding

STATIC = Path(__file__).parent.parent / "static"
YEAR_SECONDS = 31_536_000
PACKED = (".js", ".css", ".svg")
ENDINGS = {"br": "br", "gzip": "gz"}


class AssetsMissing(Exception):
    """The browser assets have not been built."""


def configure_assets(app: Flask) -> None:
    """Serve /static/ and teach the templates `asset("admin.js")`."""
    app.add_url_rule("/static/<path:name>", "static", _send)
    app.jinja_env.globals["asset"] = asset


def _send(name: str) -> Response:
    packed, encoding = _packed(name, request.headers.get("Accept-Encoding", ""))
    kind = mimetypes.guess_type(name)[0]
    response = send_from_directory(STATIC, packed, mimetype=kind, max_age=YEAR_SECONDS)
    response.cache_control.public = True
    response.cache_control.immutable = True
    if name.endswith(PACKED):
        response.vary.add("Accept-Encoding")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    if name.endswith(".woff2"):  # browsers ask for fonts with an origin; a frame that has none must get them too
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _packed(name: str, accepted: str) -> tuple[str, str]:
    """Return the file to send for `name`, and how it is packed; the build has put the packed ones beside it."""
    encoding = best_encoding(accepted) if name.endswith(PACKED) else ""
    packed = f"{name}.{ENDINGS[encoding]}" if encoding else ""
    return (packed, encoding) if packed and packed in _names() else (name, "")


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(file.name for file in STATIC.iterdir())


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
