"""A brush for flat illustrations: gradients, soft shapes, limbs, light and shadow, drawn large and made smaller.

Coordinates are those of the finished picture. Everything is deterministic.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
Stop = tuple[float, str]
Fill = str | Sequence[Stop]
"""A colour, or a vertical gradient of (place from 0 to 1, colour)."""

OVERSAMPLING = 2


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float


class Canvas:
    """One picture in the making."""

    def __init__(self, width: int, height: int, ground: Fill = "white") -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING))
        self.shape([(0, 0), (width, 0), (width, height), (0, height)], ground)

    @classmethod
    def over(cls, large: Image.Image) -> Canvas:
        """Return a canvas that goes on with a picture of the oversampled size."""
        canvas = cls.__new__(cls)
        canvas.width, canvas.height = large.width // OVERSAMPLING, large.height // OVERSAMPLING
        canvas.image = large
        return canvas

    def finished(self) -> Image.Image:
        """Return the picture in its final size."""
        return self.image.reduce(OVERSAMPLING)

    def shape(self, points: Sequence[Point], fill: Fill, alpha: float = 1.0) -> None:
        """Fill a polygon."""
        self._fill(lambda draw, scaled: draw.polygon(scaled, fill=255), points, fill, alpha)

    def blob(self, points: Sequence[Point], fill: Fill, alpha: float = 1.0) -> None:
        """Fill the smooth closed curve through `points`."""
        self.shape(smooth(points, closed=True), fill, alpha)

    def ellipse(self, box: Box, fill: Fill, alpha: float = 1.0) -> None:
        """Fill an ellipse."""
        corners = [(box.left, box.top), (box.right, box.bottom)]
        self._fill(lambda draw, scaled: draw.ellipse([*scaled[0], *scaled[1]], fill=255), corners, fill, alpha)

    def panel(self, box: Box, fill: Fill, radius: float = 0.0, alpha: float = 1.0) -> None:
        """Fill a rectangle with round corners."""
        corners = [(box.left, box.top), (box.right, box.bottom)]
        round_by = radius * OVERSAMPLING
        self._fill(
            lambda draw, scaled: draw.rounded_rectangle([*scaled[0], *scaled[1]], round_by, fill=255),
            corners,
            fill,
            alpha,
        )

    def line(self, points: Sequence[Point], width: float, fill: Fill, alpha: float = 1.0) -> None:
        """Draw a line with round ends."""
        self.limb([(x, y, width / 2) for x, y in points], fill, alpha)

    def limb(self, joints: Sequence[tuple[float, float, float]], fill: Fill, alpha: float = 1.0) -> None:
        """Draw a limb through joints of (x, y, radius): thick and thin, round at every joint."""
        edges = [(x - r, y - r) for x, y, r in joints] + [(x + r, y + r) for x, y, r in joints]
        box = Box(
            min(x for x, _ in edges), min(y for _, y in edges), max(x for x, _ in edges), max(y for _, y in edges)
        )

        def draw_all(draw: ImageDraw.ImageDraw, scaled: list[Point]) -> None:
            left, top = scaled[0][0] - box.left * OVERSAMPLING, scaled[0][1] - box.top * OVERSAMPLING
            for x, y, r in _in_between(joints):
                x, y, r = x * OVERSAMPLING + left, y * OVERSAMPLING + top, r * OVERSAMPLING
                draw.ellipse([x - r, y - r, x + r, y + r], fill=255)

        self._fill(draw_all, [(box.left, box.top), (box.right, box.bottom)], fill, alpha)

    def glow(self, centre: Point, radius: float, colour: str, strength: float = 1.0) -> None:
        """Add light around a point: strongest in the middle, nothing at `radius`."""
        size = max(2, int(radius * 2 * OVERSAMPLING))
        mask = ImageChops.invert(Image.radial_gradient("L")).point(lambda v: int(max(0, v - 75) / 180 * 255 * strength))
        # The gradient of Pillow reaches the corners; only what lies inside the circle is wanted.
        place = (int((centre[0] - radius) * OVERSAMPLING), int((centre[1] - radius) * OVERSAMPLING))
        self.image.paste(
            Image.new("RGB", (size, size), colour), place, mask.resize((size, size), Image.Resampling.BICUBIC)
        )

    def shadow(self, points: Sequence[Point], blur: float, alpha: float, colour: str = "#1a1630") -> None:
        """Lay a soft shadow in the shape of a polygon."""
        small = 4
        mask = Image.new("L", (self.width // small, self.height // small))
        ImageDraw.Draw(mask).polygon([(x / small, y / small) for x, y in points], fill=int(255 * alpha))
        soft = mask.filter(ImageFilter.GaussianBlur(blur / small)).resize(self.image.size, Image.Resampling.BICUBIC)
        self.image.paste(Image.new("RGB", self.image.size, colour), (0, 0), soft)

    def _fill(self, draw_mask: object, points: Sequence[Point], fill: Fill, alpha: float) -> None:
        scaled = [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points]
        left, top = math.floor(min(x for x, _ in scaled)), math.floor(min(y for _, y in scaled))
        width = math.ceil(max(x for x, _ in scaled)) - left + 1
        height = math.ceil(max(y for _, y in scaled)) - top + 1
        mask = Image.new("L", (width, height))
        draw_mask(ImageDraw.Draw(mask), [(x - left, y - top) for x, y in scaled])  # type: ignore[operator]
        if alpha < 1:
            mask = mask.point(lambda v: int(v * alpha))
        self.image.paste(_paint(fill, (width, height)), (left, top), mask)


def smooth(points: Sequence[Point], closed: bool = False, steps: int = 14) -> list[Point]:
    """Return a smooth curve (Catmull-Rom) through `points`."""
    count = len(points)
    curve: list[Point] = []
    for n in range(count if closed else count - 1):
        a, b, c, d = (points[_at(n + k, count, closed)] for k in (-1, 0, 1, 2))
        curve += [_on_curve(a, b, c, d, step / steps) for step in range(steps)]
    return curve if closed else [*curve, points[-1]]


def mixed(first: str, second: str, part: float) -> str:
    """Return the colour `part` of the way from `first` to `second` (both "#rrggbb")."""
    pairs = zip(_rgb(first), _rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def _at(index: int, count: int, closed: bool) -> int:
    return index % count if closed else min(max(index, 0), count - 1)


def _on_curve(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    def along(p: float, q: float, r: float, s: float) -> float:
        return 0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t**2 + (3 * q - p - 3 * r + s) * t**3)

    return along(a[0], b[0], c[0], d[0]), along(a[1], b[1], c[1], d[1])


def _in_between(joints: Sequence[tuple[float, float, float]]) -> Iterable[tuple[float, float, float]]:
    for (x1, y1, r1), (x2, y2, r2) in itertools.pairwise(joints):
        steps = max(1, int(math.hypot(x2 - x1, y2 - y1) / max(0.6, min(r1, r2) / 5)))
        for step in range(steps + 1):
            t = step / steps
            yield x1 + (x2 - x1) * t, y1 + (y2 - y1) * t, r1 + (r2 - r1) * t


def _paint(fill: Fill, size: tuple[int, int]) -> Image.Image:
    if isinstance(fill, str):
        return Image.new("RGB", size, fill)
    return _column(tuple(fill)).resize(size, Image.Resampling.BICUBIC)


@lru_cache(maxsize=64)
def _column(stops: tuple[Stop, ...]) -> Image.Image:
    column = Image.new("RGB", (1, 256))
    column.putdata([_rgb(_colour_at(stops, y / 255)) for y in range(256)])
    return column


def _colour_at(stops: Sequence[Stop], place: float) -> str:
    for (low, first), (high, second) in itertools.pairwise(stops):
        if place <= high:
            return mixed(first, second, (place - low) / (high - low) if place > low else 0.0)
    return stops[-1][1]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
