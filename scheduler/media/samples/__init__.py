"""Sample photos and a sample film for the sample articles, drawn by the product itself: no picture is shipped.

Drawing all of them takes a few seconds; the same code draws the same pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from scheduler.media.samples import needling, room, runner, shoes

CREDIT = "Drawn by Drumbeat"


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: the fixed id that articles name, how to draw it, and its words. `captions` is WebVTT in English."""

    id: str
    filename: str
    write: Callable[[Path], None]
    alt: str
    caption: str
    captions: bytes = b""


def _photo(draw: Callable[[], Image.Image]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        draw().save(path, "JPEG", quality=92)

    return write


SAMPLES = (
    Sample(
        "sample-runner",
        "runner-at-dawn.jpg",
        _photo(runner.draw),
        alt="Drawing of a woman running along a coastal road at dawn, with the sun rising from the sea.",
        caption="The first mile tells you a lot about how your legs are doing.",
    ),
    Sample(
        "sample-treatment-room",
        "treatment-room.jpg",
        _photo(room.draw),
        alt="Drawing of a bright treatment room with a padded table, a stool, plants and a chart of the muscles.",
        caption="A treatment room, ready for the next visit.",
    ),
    Sample(
        "sample-shoes",
        "running-shoes.jpg",
        _photo(shoes.draw),
        alt="Drawing of a pair of red running shoes on a wooden bench, beside a water bottle and under a towel.",
        caption="Shoes, water, towel: all that an easy run needs.",
    ),
    Sample(
        "sample-needling-video",
        "dry-needling.mp4",
        needling.film,
        alt="Moving drawing of a lower leg on a treatment table while three thin needles are placed in the calf.",
        caption="How dry needling looks, as a drawing. The film has no sound.",
        captions=needling.CAPTIONS,
    ),
)
