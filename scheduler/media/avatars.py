"""A small square picture out of whatever a platform says is somebody's avatar."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image, ImageOps

from scheduler.domain.asset import Kind, Purpose
from scheduler.domain.problem import refuse
from scheduler.media.ingest import check_type, decode

SIDE = 96
"""Pixels; it is shown at 48 or less, so this is sharp on dense screens too."""


def avatar(data: bytes) -> bytes:
    """Return `data` (any photo) as a square WebP of `SIDE` pixels. Raises `Invalid` for anything else."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source"
        source.write_bytes(data)
        filetype = check_type(source)
        if filetype.kind is not Kind.PHOTO:
            raise refuse("file", "An avatar has to be a photo.")
        work = folder / "work"
        work.mkdir()
        derived = {file.purpose: file.name for file in decode(source, filetype, work).files}
        # Only a picture that our own decoding process wrote is opened here.
        return _small((work / derived[Purpose.THUMB]).read_bytes())


def _small(thumb: bytes) -> bytes:
    with Image.open(io.BytesIO(thumb), formats=["WEBP"]) as image:
        square = ImageOps.fit(image.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    square.save(out, "WEBP", quality=85, method=4)
    return out.getvalue()
