"""Sample photo: a runner on a coastal road at dawn."""

from __future__ import annotations

import math

from PIL import Image

from scheduler.media.samples.brush import Box, Canvas, Point, smooth

WIDTH, HEIGHT = 1600, 1067
HORIZON = 560
SUN = (455.0, 548.0)


def draw() -> Image.Image:
    """Return the picture."""
    canvas = Canvas(
        WIDTH, HEIGHT, [(0, "#27306b"), (0.2, "#5a4c94"), (0.36, "#c2719b"), (0.46, "#f59f83"), (0.54, "#ffd9a0")]
    )
    _sky(canvas)
    _sea(canvas)
    _headlands(canvas)
    _road(canvas)
    _runner(canvas, Feet(1010, 905, 430))
    _grass(canvas)
    return canvas.finished()


def _sky(canvas: Canvas) -> None:
    for n, (x, y) in enumerate([(150, 84), (420, 52), (760, 120), (1020, 60), (1260, 150), (1420, 70), (610, 190)]):
        canvas.ellipse(Box(x - 1.6, y - 1.6, x + 1.6, y + 1.6), "#ffffff", 0.35 + 0.1 * (n % 3))
    canvas.glow(SUN, 640, "#ff9d86", 0.5)
    canvas.glow(SUN, 300, "#ffe9c0", 0.9)
    for y, left, right, thick in [
        (250, 620, 1240, 9),
        (274, 760, 1090, 6),
        (330, 60, 520, 8),
        (352, 150, 420, 5),
        (404, 900, 1500, 8),
        (430, 1040, 1360, 5),
    ]:
        _cloud(canvas, y, left, right, thick)
    canvas.ellipse(Box(SUN[0] - 78, SUN[1] - 78, SUN[0] + 78, SUN[1] + 78), [(0, "#fff6dc"), (1, "#ffe0a3")])


def _cloud(canvas: Canvas, y: float, left: float, right: float, thick: float) -> None:
    middle = (left + right) / 2
    canvas.blob(
        [(left, y), (middle - 90, y - thick), (middle + 40, y - thick * 1.5), (right, y), (middle, y + thick)],
        "#ffe3cf",
        0.55,
    )


def _sea(canvas: Canvas) -> None:
    canvas.panel(Box(0, HORIZON, WIDTH, HEIGHT), [(0, "#f3b08f"), (0.1, "#b78aa6"), (0.35, "#5f6a9c"), (1, "#2a3a6c")])
    canvas.panel(Box(0, HORIZON - 1, WIDTH, HORIZON + 2), "#ffe4bd", alpha=0.8)
    for n in range(46):
        y = HORIZON + 4 + n * 6.5 + n * n * 0.05
        sway = math.sin(n * 2.4) * (6 + n * 1.4)
        half = (26 + 34 * abs(math.sin(n * 1.7))) * (1 + n * 0.022)
        x = SUN[0] + sway
        canvas.blob(
            [(x - half, y), (x, y - 1.8 - n * 0.05), (x + half, y), (x, y + 1.8 + n * 0.05)],
            "#ffe7b8",
            0.78 - n * 0.012,
        )
    for n in range(40):
        x, y = (n * 397) % 1500, HORIZON + 16 + (n * 53) % 260
        canvas.panel(Box(x, y, x + 40 + n % 5 * 16, y + 2), "#ffd9c4", 1, 0.2)


def _headlands(canvas: Canvas) -> None:
    far = [(900, 562), (1000, 528), (1090, 520), (1180, 486), (1290, 470), (1400, 430), (1500, 420), (1600, 398)]
    near = [
        (940, 790),
        (1040, 706),
        (1120, 634),
        (1180, 596),
        (1240, 574),
        (1310, 520),
        (1400, 500),
        (1480, 450),
        (1560, 436),
        (1600, 420),
    ]
    canvas.shape([*smooth(far), (1600, 700), (900, 566)], [(0, "#a5719a"), (0.6, "#d08f97")])
    canvas.shape([*smooth(near), (1600, 900)], [(0, "#5f4a84"), (0.5, "#7e5b8c"), (1, "#53487e")])
    for x, y, size in [(1330, 512, 1.0), (1362, 505, 1.4), (1398, 496, 1.1), (1506, 444, 1.3), (1548, 434, 1.6)]:
        canvas.blob([(x - 9 * size, y + 8), (x, y - 26 * size), (x + 9 * size, y + 8)], "#43376d")
    canvas.panel(Box(1430, 418, 1444, 482), "#f6d7c3")
    canvas.shape([(1427, 420), (1437, 404), (1447, 420)], "#a84f62")
    canvas.glow((1437, 426), 60, "#fff1c4", 0.7)


def _road(canvas: Canvas) -> None:
    cliff = [(1600, 640), (1420, 652), (1240, 690), (1060, 742), (820, 800), (520, 868), (220, 960), (0, 1040)]
    canvas.shape([*smooth(cliff), (0, 1067), (1600, 1067)], [(0, "#6f5f83"), (0.35, "#3d3f6b"), (1, "#23294f")])
    verge = [(1600, 664), (1420, 678), (1240, 716), (1070, 766), (840, 826), (560, 898), (260, 990), (60, 1067)]
    canvas.shape([*smooth(verge), (1600, 1067)], [(0, "#8a6d7d"), (0.3, "#4f5a6b"), (1, "#2c4150")])
    far_edge = [(1600, 690), (1430, 708), (1270, 742), (1110, 792), (900, 858), (660, 934), (420, 1010), (280, 1067)]
    near_edge = [(1290, 1067), (1400, 990), (1500, 920), (1600, 862)]
    canvas.shape([*smooth(far_edge), *smooth(near_edge)], [(0, "#9c8096"), (0.3, "#6f668b"), (1, "#3b4068")])
    canvas.line(smooth([(x, y + 7) for x, y in far_edge[:-1]]), 3.5, "#ffe3c2", 0.75)
    _centre_line(canvas)
    for n, (x, y) in enumerate(smooth(verge, steps=3)[:16]):
        size = 0.5 + n * 0.055
        canvas.limb(
            [(x, y + 4, 3.4 * size), (x, y - 30 * size, 3.0 * size)], [(0, "#fff2df"), (0.5, "#d8b7b0"), (1, "#7c6b85")]
        )
        canvas.panel(Box(x - 3 * size, y - 24 * size, x + 3 * size, y - 16 * size), "#e2604f")


def _centre_line(canvas: Canvas) -> None:
    points = smooth([(1600, 766), (1490, 800), (1380, 846), (1250, 908), (1120, 976), (960, 1067)], steps=12)
    for n in range(0, len(points) - 4, 6):
        width = 2.5 + n * 0.09
        canvas.line(points[n : n + 4], width, "#ffe9cf", 0.8)


def _grass(canvas: Canvas) -> None:
    canvas.shape(
        [*smooth([(1250, 1067), (1360, 1010), (1470, 940), (1600, 880)]), (1600, 1067)],
        [(0, "#35566a"), (1, "#182c44")],
    )
    for n in range(70):
        x = 1270 + (n * 89) % 330
        base = 1075 - (x - 1250) * 0.42
        tall, lean = 40 + (n * 37) % 62, ((n * 29) % 46) - 27
        tip: Point = (x + lean, base - tall)
        canvas.limb(
            [(x, base + 30, 3.2), ((x + tip[0]) / 2 - lean * 0.15, base - tall * 0.4, 2.4), (*tip, 0.5)],
            ("#1d3a50", "#2d5163", "#46696c", "#d89a7c")[n % 4],
        )


class Feet:
    """Where a figure stands and how tall it is; gives the points of its body."""

    def __init__(self, x: float, y: float, tall: float) -> None:
        self.x, self.y, self.tall = x, y, tall

    def at(self, forward: float, up: float) -> Point:
        """Return the point `forward` and `up` from the feet, in body heights. The figure runs to the left."""
        return self.x - forward * self.tall, self.y - up * self.tall

    def joints(self, *points: tuple[float, float, float]) -> list[tuple[float, float, float]]:
        """Return joints of (forward, up, radius), in body heights."""
        return [(*self.at(forward, up), radius * self.tall) for forward, up, radius in points]


_SKIN_LIT, _SKIN_DARK = "#e9a07c", "#a9624f"


def _runner(canvas: Canvas, of: Feet) -> None:
    _ground_shadow(canvas, of)
    _far_side(canvas, of)
    _near_leg(canvas, of)
    _body(canvas, of)
    _head(canvas, of)
    canvas.limb(of.joints((0.045, 0.765, 0.034), (-0.115, 0.655, 0.027), (-0.105, 0.64, 0.026)), _SKIN_LIT)
    canvas.limb(of.joints((-0.11, 0.648, 0.026), (-0.005, 0.545, 0.02), (0.012, 0.53, 0.024)), _SKIN_LIT)
    canvas.limb(of.joints((0.05, 0.775, 0.04), (-0.02, 0.725, 0.037)), "#1f9c98")
    canvas.limb(of.joints((-0.045, 0.588, 0.0225), (-0.03, 0.572, 0.0215)), "#20305c")


def _ground_shadow(canvas: Canvas, of: Feet) -> None:
    x, y = of.x, of.y
    canvas.shadow(
        [(x - 60, y - 8), (x + 110, y - 10), (x + 430, y + 74), (x + 400, y + 104), (x + 40, y + 26)], 16, 0.42
    )
    canvas.shadow([(x - 20, y - 6), (x + 130, y - 6), (x + 120, y + 10), (x - 10, y + 10)], 8, 0.5)


def _far_side(canvas: Canvas, of: Feet) -> None:
    canvas.limb(of.joints((0.05, 0.765, 0.032), (0.165, 0.64, 0.026), (0.165, 0.635, 0.025)), _SKIN_DARK)
    canvas.limb(of.joints((0.165, 0.638, 0.025), (0.265, 0.735, 0.019), (0.278, 0.75, 0.024)), _SKIN_DARK)
    canvas.limb(of.joints((-0.02, 0.5, 0.062), (-0.125, 0.30, 0.043), (-0.128, 0.29, 0.04)), "#1a2347")
    canvas.limb(of.joints((-0.125, 0.295, 0.04), (-0.2, 0.215, 0.041), (-0.315, 0.105, 0.022)), "#1a2347")
    canvas.limb(of.joints((-0.315, 0.105, 0.0215), (-0.335, 0.085, 0.02)), _SKIN_DARK)
    _shoe(canvas, of, (-0.345, 0.075), (-0.238, 0.022), "#c9543f")


def _near_leg(canvas: Canvas, of: Feet) -> None:
    canvas.limb(
        of.joints((0.0, 0.5, 0.07), (0.1, 0.425, 0.06), (0.195, 0.375, 0.046)), [(0, "#2b3a72"), (1, "#243063")]
    )
    canvas.limb(
        of.joints((0.195, 0.375, 0.045), (0.168, 0.285, 0.043), (0.125, 0.165, 0.023)), [(0, "#2b3a72"), (1, "#243063")]
    )
    canvas.limb(of.joints((0.125, 0.165, 0.022), (0.117, 0.14, 0.021)), _SKIN_LIT)
    _shoe(canvas, of, (0.105, 0.115), (0.215, 0.125), "#ef6f4f")
    canvas.limb(
        of.joints((0.235, 0.395, 0.006), (0.215, 0.345, 0.006), (0.195, 0.27, 0.005), (0.15, 0.18, 0.003)),
        "#ffb58a",
        0.75,
    )


def _shoe(canvas: Canvas, of: Feet, heel: Point, toe: Point, colour: str) -> None:
    (hx, hy), (tx, ty) = of.at(*heel), of.at(*toe)
    size = of.tall
    across = (ty - hy, hx - tx)
    length = math.hypot(*across) or 1.0
    sole = (-across[0] / length * 0.02 * size, across[1] / length * 0.02 * size)
    canvas.limb([(hx + sole[0], hy + sole[1], 0.018 * size), (tx + sole[0], ty + sole[1], 0.012 * size)], "#fff4e6")
    canvas.limb([(hx, hy, 0.029 * size), ((hx + tx) / 2, (hy + ty) / 2, 0.026 * size), (tx, ty, 0.016 * size)], colour)


def _body(canvas: Canvas, of: Feet) -> None:
    canvas.limb(of.joints((-0.025, 0.505, 0.066), (-0.005, 0.56, 0.06)), "#2b3a72")
    torso = [
        (0.075, 0.815),
        (0.118, 0.75),
        (0.108, 0.66),
        (0.072, 0.575),
        (0.055, 0.535),
        (-0.085, 0.535),
        (-0.075, 0.62),
        (-0.062, 0.72),
        (-0.02, 0.81),
    ]
    canvas.blob([of.at(*point) for point in torso], [(0, "#2fb5ac"), (0.6, "#1f9691"), (1, "#15707a")])
    canvas.limb(
        of.joints((0.098, 0.775, 0.006), (0.122, 0.735, 0.006), (0.112, 0.66, 0.006), (0.08, 0.59, 0.004)),
        "#b8f0da",
        0.85,
    )
    canvas.limb(of.joints((0.055, 0.825, 0.034), (0.075, 0.865, 0.03)), _SKIN_DARK)


def _head(canvas: Canvas, of: Feet) -> None:
    tail = [
        (0.03, 0.925, 0.03),
        (-0.02, 0.93, 0.03),
        (-0.075, 0.905, 0.024),
        (-0.12, 0.915, 0.014),
        (-0.15, 0.935, 0.004),
    ]
    canvas.limb(of.joints(*tail), "#3a2238")
    canvas.limb(of.joints((0.095, 0.915, 0.056), (0.103, 0.895, 0.05)), _SKIN_LIT)
    canvas.limb(of.joints((0.148, 0.902, 0.011), (0.152, 0.896, 0.009)), _SKIN_LIT)
    canvas.blob(
        [
            of.at(*p)
            for p in [
                (0.14, 0.95),
                (0.1, 0.982),
                (0.045, 0.965),
                (0.02, 0.91),
                (0.048, 0.865),
                (0.075, 0.885),
                (0.085, 0.92),
                (0.115, 0.935),
            ]
        ],
        "#472a45",
    )
    canvas.limb(of.joints((0.137, 0.944, 0.0085), (0.09, 0.936, 0.0085), (0.035, 0.915, 0.0085)), "#ef6f4f")
    canvas.limb(of.joints((0.149, 0.938, 0.003), (0.153, 0.92, 0.003)), "#ffd2a8", 0.9)
