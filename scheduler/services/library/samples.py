"""The sample photos and film of the sample articles: put into the library once, and never again after a deletion."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.storage import preferences

if TYPE_CHECKING:
    from scheduler.media.samples import Sample

IDS = ("sample-runner", "sample-treatment-room", "sample-shoes", "sample-needling-video")
"""The ids that the sample articles name."""
_KEY = "samples.given"


def missing_samples(ctx: Context) -> set[str]:
    """Return the ids of the samples that this library has never had."""
    return set(IDS) - _given(ctx)


def ensure_samples(ctx: Context) -> None:
    """Add every sample that this library has never had. Takes some seconds the first time, nothing later."""
    if missing := missing_samples(ctx):
        _add(ctx, missing)


def _add(ctx: Context, missing: set[str]) -> None:
    # Imported here: the drawing brings Pillow and PyAV along, which every later start would pay for.
    from scheduler.media.samples import SAMPLES

    for sample in SAMPLES:
        if sample.id in missing:
            _give(ctx, sample)


def _given(ctx: Context) -> set[str]:
    with ctx.database.reading() as tx:
        return set(preferences.get(tx, _KEY).split())


def _give(ctx: Context, sample: Sample) -> None:
    from scheduler.services.library.assets import put_captions

    if not _is_there(ctx, sample):
        _draw(ctx, sample)
    if sample.captions:
        put_captions(ctx, sample.id, sample.captions, "en")
    with ctx.database.writing() as tx:
        preferences.put(tx, _KEY, " ".join(sorted({*preferences.get(tx, _KEY).split(), sample.id})))


def _is_there(ctx: Context, sample: Sample) -> bool:
    from scheduler.services.library.assets import get_asset

    # True when an earlier start was interrupted between the drawing and its note.
    try:
        get_asset(ctx, sample.id)
    except NotFound:
        return False
    return True


def _draw(ctx: Context, sample: Sample) -> None:
    from scheduler.media.samples import CREDIT
    from scheduler.services.library.assets import store

    ctx.settings.data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sample-", dir=ctx.settings.data) as folder:
        path = Path(folder) / sample.filename
        sample.write(path)
        store(ctx, sample.id, path, sample.filename, {"alt": sample.alt, "caption": sample.caption, "credit": CREDIT})
