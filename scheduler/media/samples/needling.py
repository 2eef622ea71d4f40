"""Sample film: fine needles find three points of a calf, drawn as a moving illustration. Six and a half seconds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import av
from PIL import Image

from scheduler.media.samples.brush import Box, Canvas, Point, mixed, smooth

WIDTH, HEIGHT = 1280, 720
FRAMES, RATE = 163, 25
POINTS: tuple[Point, ...] = ((560, 372), (690, 352), (810, 372))
FIRST, BETWEEN, TRAVEL = 18, 34, 22
"""Frame of the first needle, frames from one needle to the next, and frames that one travels."""

CAPTIONS = b"""WEBVTT

00:00.200 --> 00:02.000
A drawing of a lower leg, resting on a treatment table.

00:02.000 --> 00:04.600
Thin needles are placed at three tender points of the calf.

00:04.600 --> 00:06.500
Rings show where a muscle may answer with a short twitch.
"""


def film(path: Path) -> None:
    """Write the film as an MP4 (H.264, no sound) to `path`."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "23", "preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for image in _frames(_scene()):
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode(None))


def draw() -> Image.Image:
    """Return the last frame but a few, with every needle in its place."""
    scene = _scene()
    return _frame(scene, scene.reduce(2), FRAMES - 20)


def _frames(scene: Image.Image) -> Iterator[Image.Image]:
    still = scene.reduce(2)
    for n in range(FRAMES):
        yield _frame(scene, still, n)


_MOVING = (470, 60, 930, 470)
"""Only this part of the picture changes."""


def _frame(scene: Image.Image, still: Image.Image, n: int) -> Image.Image:
    left, top, right, bottom = _MOVING
    part = Canvas.over(scene.crop((left * 2, top * 2, right * 2, bottom * 2)))
    for number, (x, y) in enumerate(POINTS):
        since = n - FIRST - number * BETWEEN
        if since >= 0:
            _rings(part, (x - left, y - top), since - TRAVEL)
            _needle(part, (x - left, y - top), min(1.0, since / TRAVEL), (number - 1) * 0.16)
    image = still.copy()
    image.paste(part.finished(), (left, top))
    return image


def _rings(part: Canvas, centre: Point, since: int) -> None:
    if since < 0:
        return
    x, y = centre
    part.ellipse(Box(x - 17, y - 9, x + 17, y + 9), "#d9534f", 0.35)
    for delay in (0, 14):
        t = ((since - delay) % 42) / 42
        if since >= delay:
            ring = [
                (x + math.cos(a / 18 * math.pi) * (12 + 46 * t), y + math.sin(a / 18 * math.pi) * (7 + 25 * t))
                for a in range(37)
            ]
            part.line(ring, 3.4 * (1 - t) + 0.6, "#fff3df", 0.85 * (1 - t))


def _needle(part: Canvas, tip: Point, travelled: float, lean: float) -> None:
    eased = 1 - (1 - travelled) ** 3
    x, y = tip[0] + lean * 190 * (1 - eased), tip[1] - 190 * (1 - eased)
    top: Point = (x + lean * 96, y - 96)
    grip: Point = (x + lean * 178, y - 178)
    part.line([(x + 9, y + 3), (top[0] + 22, top[1] + 40)], 3, "#5d3a33", 0.16)
    part.limb([(x, y, 0.9), (*top, 1.7)], [(0, "#ffffff"), (1, "#9fb2bd")])
    part.limb([(*top, 5.2), (*grip, 5.2)], [(0, "#f7c873"), (1, "#d9963f")])
    for n in range(7):
        along = n / 6
        cx, cy = top[0] + (grip[0] - top[0]) * along, top[1] + (grip[1] - top[1]) * along
        part.line([(cx - 5, cy + 1.5), (cx + 5, cy - 1.5)], 1.6, "#a8702c", 0.7)
    part.ellipse(Box(grip[0] - 8, grip[1] - 8, grip[0] + 8, grip[1] + 8), "#3b8f8d")


def _scene() -> Image.Image:
    canvas = Canvas(WIDTH, HEIGHT, [(0, "#dcefe9"), (0.6, "#bfe0d8"), (1, "#a7d0c9")])
    canvas.glow((690, 250), 520, "#fff8e4", 0.8)
    for x, y, r in ((170, 150, 90), (1120, 120, 120), (1010, 250, 44), (280, 300, 34)):
        canvas.ellipse(Box(x - r, y - r, x + r, y + r), "#ffffff", 0.22)
    _couch(canvas)
    _leg(canvas)
    return canvas.image


def _couch(canvas: Canvas) -> None:
    canvas.panel(Box(0, 560, WIDTH, HEIGHT), [(0, "#2f8b8a"), (1, "#1c5f68")])
    canvas.panel(Box(0, 552, WIDTH, 590), [(0, "#58b3aa"), (1, "#3b9a95")])
    canvas.blob(
        [(140, 566), (300, 540), (700, 548), (1080, 538), (1210, 566), (1130, 620), (660, 606), (220, 622)],
        [(0, "#ffffff"), (1, "#dce9e5")],
    )
    canvas.panel(Box(860, 470, 1120, 566), [(0, "#f7b48f"), (1, "#d98263")], 46)
    canvas.panel(Box(884, 478, 1096, 496), "#ffdcc4", 9, 0.7)


def _leg(canvas: Canvas) -> None:
    canvas.shadow([(60, 556), (860, 560), (1130, 500), (1150, 530), (820, 590), (60, 596)], 16, 0.3, "#5d3a33")
    skin = [(0, "#f3c09c"), (0.55, "#e6a27e"), (1, "#c97f60")]
    outline = [
        (-40, 322),
        (120, 336),
        (250, 366),
        (330, 380),
        (430, 366),
        (560, 346),
        (690, 330),
        (810, 346),
        (930, 388),
        (1010, 400),
        (1060, 372),
        (1100, 268),
        (1126, 238),
        (1158, 250),
        (1160, 330),
        (1150, 420),
        (1128, 474),
        (1070, 496),
        (960, 486),
        (820, 520),
        (640, 556),
        (450, 552),
        (330, 530),
        (160, 556),
        (-40, 566),
    ]
    canvas.blob(outline, skin)
    calf = [(416, 392), (560, 362), (690, 350), (810, 368), (900, 402), (800, 452), (660, 478), (500, 452)]
    canvas.blob(calf, [(0, "#e58d76"), (1, "#d0705f")], 0.55)
    for n in range(7):
        y = 384 + n * 13
        bend = 26 - n * 4
        canvas.line(
            smooth([(450 + n * 8, y), (650, y - bend + 6), (868 - n * 16, y + 8)]),
            2.6,
            mixed("#fff0e2", "#c1604f", n / 7),
            0.5,
        )
    canvas.line(smooth([(880, 414), (960, 428), (1060, 424), (1116, 440)]), 9, "#f7dcc4", 0.5)
    canvas.line(smooth([(20, 330), (220, 366), (340, 390), (470, 366), (690, 336), (860, 368)]), 5, "#ffe6d2", 0.7)
    canvas.line(smooth([(318, 398), (340, 432), (330, 470)]), 4, "#b8694f", 0.45)
    canvas.blob([(1092, 396), (1116, 382), (1132, 402), (1120, 430), (1098, 426)], "#c97f60", 0.6)
    for n in range(4):
        canvas.line([(1126 + n * 9, 250 + n * 3), (1124 + n * 9, 266 + n * 3)], 2, "#c07458", 0.5)
    canvas.blob(
        [(-40, 312), (150, 324), (206, 340), (214, 440), (196, 560), (-40, 580)], [(0, "#3a5a8a"), (1, "#24395f")]
    )
    canvas.line(smooth([(198, 344), (208, 440), (190, 556)]), 7, "#6f92c4", 0.8)
