"""Sample photo: a treatment room with a table and an anatomical chart."""

from __future__ import annotations

from PIL import Image

from scheduler.media.samples.brush import Box, Canvas, smooth

WIDTH, HEIGHT = 1600, 1067
FLOOR = 770


def draw() -> Image.Image:
    """Return the picture."""
    canvas = Canvas(WIDTH, HEIGHT, [(0, "#f7ead9"), (0.72, "#efd9c2")])
    canvas.panel(Box(0, 0, WIDTH, FLOOR), [(0, "#f8eddf"), (1, "#f0dbc5")])
    _floor(canvas)
    _window(canvas)
    _chart(canvas)
    _shelf(canvas)
    _light(canvas)
    _stool(canvas)
    _table(canvas)
    _plant(canvas)
    _lamp(canvas)
    return canvas.finished()


def _floor(canvas: Canvas) -> None:
    canvas.panel(Box(0, 470, WIDTH, FLOOR), [(0, "#cfe0d8"), (1, "#b9d0c8")])
    canvas.panel(Box(0, 462, WIDTH, 474), "#fff7ec")
    for x in range(40, WIDTH, 152):
        canvas.panel(Box(x, 500, x + 3, FLOOR - 30), "#a9c4bb", alpha=0.55)
    canvas.panel(Box(0, FLOOR - 26, WIDTH, FLOOR), [(0, "#fffaf2"), (1, "#e6d6c3")])
    canvas.panel(Box(0, FLOOR, WIDTH, HEIGHT), [(0, "#c58f63"), (1, "#a56f48")])
    for n, y in enumerate((FLOOR + 34, FLOOR + 84, FLOOR + 150, FLOOR + 232)):
        canvas.panel(Box(0, y, WIDTH, y + 2 + n * 0.6), "#8f5d3b", alpha=0.5)
        for x in range(-200 + n * 130, WIDTH, 420 + n * 50):
            canvas.panel(Box(x, y - (34 + n * 16), x + 2.5, y), "#8f5d3b", alpha=0.4)


def _window(canvas: Canvas) -> None:
    canvas.shadow([(96, 96), (474, 96), (474, 596), (96, 596)], 26, 0.18, "#7a4b2c")
    canvas.panel(Box(88, 80, 468, 590), "#fffaf3", 10)
    canvas.panel(Box(110, 102, 446, 568), [(0, "#a9dcf0"), (0.55, "#dff3ee"), (1, "#fdf4dc")])
    canvas.blob([(110, 470), (180, 408), (270, 436), (360, 380), (446, 420), (446, 580), (110, 580)], "#a7cfae")
    canvas.blob([(110, 520), (210, 470), (320, 500), (446, 462), (446, 580), (110, 580)], "#7fb594")
    canvas.panel(Box(110, 566, 446, 600), "#fffaf3")
    for x, top, size in ((168, 398, 1.0), (392, 362, 1.3)):
        canvas.panel(Box(x - 4, top + 40, x + 4, top + 120), "#7d6a52")
        canvas.blob([(x, top - 52 * size), (x + 36 * size, top), (x, top + 60 * size), (x - 36 * size, top)], "#5d9e7f")
    canvas.ellipse(Box(316, 132, 384, 200), "#fff6cf")
    canvas.panel(Box(270, 102, 286, 568), "#fffaf3")
    canvas.panel(Box(110, 316, 446, 330), "#fffaf3")
    canvas.panel(Box(70, 584, 486, 612), [(0, "#ffffff"), (1, "#e8dac8")], 5)
    for left, right in ((52, 118), (438, 504)):
        canvas.shape([(left, 58), (right, 58), (right - 6, 640), (left + 4, 640)], [(0, "#f3c9a5"), (1, "#e3ab82")])
        for n in range(3):
            x = left + 14 + n * 18
            canvas.panel(Box(x, 60, x + 4, 638), "#cf9468", alpha=0.5)
    canvas.panel(Box(30, 48, 526, 60), "#9b6b45", 6)


def _chart(canvas: Canvas) -> None:
    canvas.shadow([(640, 96), (906, 96), (906, 486), (640, 486)], 20, 0.22, "#6b4028")
    canvas.panel(Box(630, 80, 900, 474), "#b27a4c", 6)
    canvas.panel(Box(642, 92, 888, 462), [(0, "#fffdf6"), (1, "#f7efdf")], 2)
    x, top = 765.0, 128.0
    outline = [(0, 0, 19), (0, 26, 9), (0, 40, 10)]
    canvas.limb([(x + dx, top + dy, r) for dx, dy, r in outline], "#e7b596")
    canvas.blob(
        [
            (x - 48, top + 54),
            (x, top + 42),
            (x + 48, top + 54),
            (x + 34, top + 104),
            (x + 30, top + 152),
            (x, top + 164),
            (x - 30, top + 152),
            (x - 34, top + 104),
        ],
        "#e7b596",
    )
    for side in (-1, 1):
        canvas.limb(
            [
                (x + side * 43, top + 60, 12),
                (x + side * 57, top + 108, 9.5),
                (x + side * 66, top + 160, 6.5),
                (x + side * 70, top + 176, 7),
            ],
            "#e7b596",
        )
        canvas.limb(
            [
                (x + side * 17, top + 156, 19),
                (x + side * 20, top + 220, 13),
                (x + side * 21, top + 240, 14),
                (x + side * 19, top + 300, 7),
                (x + side * 24, top + 308, 6),
            ],
            "#e7b596",
        )
        _muscles(canvas, x, top, side)
    for n, y in enumerate((150, 190, 236, 292, 360, 400)):
        side = -1 if n % 2 else 1
        edge = x + side * 112
        canvas.line([(x + side * (26 + n * 3), y + 6), (edge - side * 32, y)], 1.6, "#5b7c88", 0.9)
        canvas.panel(Box(min(edge, edge - side * 28), y - 3, max(edge, edge - side * 28), y + 3), "#5b7c88", 2, 0.7)
    canvas.panel(Box(706, 104, 824, 112), "#33566a", 3)


def _muscles(canvas: Canvas, x: float, top: float, side: int) -> None:
    red, deep = "#cf6a5c", "#b5524c"

    def part(points: list[tuple[float, float]], colour: str) -> None:
        canvas.blob([(x + side * dx, top + dy) for dx, dy in points], colour)

    part([(3, 58), (30, 56), (34, 72), (20, 86), (3, 82)], red)
    for n in range(3):
        part([(3, 92 + n * 17), (15, 91 + n * 17), (15, 104 + n * 17), (3, 105 + n * 17)], deep)
    part([(40, 52), (52, 62), (50, 78), (40, 72)], deep)
    part([(50, 84), (58, 90), (60, 108), (53, 110)], red)
    part([(6, 168), (20, 164), (28, 190), (23, 222), (12, 224), (7, 196)], red)
    part([(28, 170), (33, 186), (29, 212), (26, 206)], deep)
    part([(13, 244), (20, 240), (26, 262), (20, 288), (15, 280)], red)


def _shelf(canvas: Canvas) -> None:
    for y in (214, 352):
        canvas.shadow([(1096, y + 14), (1480, y + 14), (1480, y + 40), (1096, y + 40)], 14, 0.2, "#6b4028")
        canvas.panel(Box(1088, y, 1484, y + 18), [(0, "#c68d5c"), (1, "#a56f45")], 4)
    for n, colour in enumerate(("#5aa7a0", "#f2c9a0", "#e98f70")):
        x = 1130 + n * 78
        canvas.ellipse(Box(x - 36, 142, x + 36, 214), colour)
        canvas.ellipse(Box(x - 24, 154, x + 24, 202), "#ffffff", 0.28)
        canvas.ellipse(Box(x - 12, 166, x + 12, 190), colour)
    for n, (tall, colour) in enumerate(
        ((92, "#33566a"), (80, "#cf6a5c"), (98, "#e6b35f"), (72, "#5aa7a0"), (88, "#7a5c86"))
    ):
        canvas.panel(Box(1116 + n * 31, 352 - tall, 1142 + n * 31, 352), colour, 3)
        canvas.panel(Box(1121 + n * 31, 352 - tall + 14, 1137 + n * 31, 352 - tall + 19), "#fff4e0", 1, 0.8)
    canvas.panel(Box(1376, 152, 1412, 214), [(0, "#ffffff"), (1, "#dfeae6")], 8)
    canvas.panel(Box(1385, 134, 1403, 154), "#5aa7a0", 3)
    canvas.panel(Box(1424, 166, 1456, 214), "#f6dcc0", 6)
    _pot(canvas)


def _pot(canvas: Canvas) -> None:
    for dx, dy, r in ((-30, -60, 24), (0, -84, 28), (32, -62, 24), (-52, -84, 14), (54, -88, 15)):
        canvas.blob(
            [
                (1400 + dx, 352 + dy - r),
                (1400 + dx + r * 0.6, 352 + dy),
                (1400 + dx, 352 + dy + r),
                (1400 + dx - r * 0.6, 352 + dy),
            ],
            "#5d9e7f",
        )
    canvas.blob([(1356, 300), (1444, 300), (1432, 350), (1368, 350)], [(0, "#fffaf2"), (1, "#dcc7ae")])


def _light(canvas: Canvas) -> None:
    canvas.shape([(446, 110), (1010, FLOOR + 120), (640, HEIGHT), (300, HEIGHT), (110, 568)], "#fff2cd", 0.12)
    canvas.shape([(300, FLOOR + 30), (640, FLOOR + 20), (900, HEIGHT), (440, HEIGHT)], "#ffe9b8", 0.28)


def _table(canvas: Canvas) -> None:
    canvas.shadow([(560, 976), (1400, 966), (1460, 1010), (520, 1022)], 22, 0.5, "#4a2a18")
    for x in (640, 1330):
        canvas.panel(Box(x - 20, 690, x + 20, 990), [(0, "#fdf8f0"), (1, "#cbbca8")], 8)
        canvas.panel(Box(x - 66, 978, x + 66, 1000), [(0, "#fffaf2"), (1, "#c3b29c")], 10)
    canvas.panel(Box(650, 846, 1320, 866), [(0, "#e7dbca"), (1, "#bfae98")], 8)
    canvas.panel(Box(560, 684, 1410, 716), [(0, "#e9dccb"), (1, "#c2b099")], 8)
    canvas.panel(Box(530, 600, 1440, 694), [(0, "#3fa39c"), (0.5, "#2c8a88"), (1, "#1e6a70")], 30)
    canvas.panel(Box(548, 604, 1422, 626), "#8fd6c8", 11, 0.55)
    canvas.panel(Box(1130, 602, 1134, 692), "#1c6068", 2, 0.7)
    canvas.panel(Box(720, 592, 1100, 700), [(0, "#ffffff"), (1, "#e4ece8")], 8)
    for n in range(4):
        canvas.panel(Box(790 + n * 80, 596, 794 + n * 80, 698), "#cfdcd8", 2, 0.6)
    canvas.panel(Box(1166, 536, 1404, 612), [(0, "#fffdf8"), (1, "#dfd2c2")], 36)
    canvas.line(smooth([(1190, 580), (1270, 596), (1380, 574)]), 3, "#cbbba6", 0.8)
    canvas.ellipse(Box(574, 536, 660, 612), [(0, "#f7b48f"), (1, "#dd8767")])
    canvas.ellipse(Box(594, 554, 640, 596), "#c86f52")
    canvas.ellipse(Box(606, 564, 628, 586), "#f7b48f")


def _stool(canvas: Canvas) -> None:
    canvas.shadow([(350, 962), (520, 958), (540, 990), (330, 994)], 16, 0.45, "#4a2a18")
    for x in (-74, -28, 30, 76):
        canvas.limb([(436, 890, 9), (436 + x, 966, 6)], [(0, "#e7dbca"), (1, "#a99882")])
        canvas.ellipse(Box(427 + x, 962, 445 + x, 980), "#3b4a55")
    canvas.panel(Box(426, 770, 446, 900), [(0, "#fdf8f0"), (1, "#b5a48e")], 6)
    canvas.panel(Box(346, 724, 526, 782), [(0, "#f0a07d"), (1, "#cf6f55")], 26)
    canvas.panel(Box(362, 728, 510, 744), "#ffd3b8", 8, 0.6)


def _plant(canvas: Canvas) -> None:
    canvas.shadow([(100, 980), (290, 974), (320, 1004), (80, 1010)], 18, 0.45, "#4a2a18")
    leaves = [
        (-120, -230, 0.9),
        (-70, -330, 1.1),
        (0, -370, 1.2),
        (72, -320, 1.1),
        (128, -214, 0.9),
        (-40, -210, 0.8),
        (46, -190, 0.8),
    ]
    for n, (dx, dy, size) in enumerate(leaves):
        x, y = 196 + dx, 830 + dy
        canvas.limb([(196 + dx * 0.08, 846, 4), (196 + dx * 0.5, 830 + dy * 0.55, 3.4), (x, y + 40, 2.6)], "#3f7d62")
        lean = dx * 0.22
        canvas.blob(
            [
                (x + lean, y - 84 * size),
                (x + 40 * size, y - 6),
                (x + lean * 0.1, y + 72 * size),
                (x - 40 * size, y - 6),
            ],
            [(0, ("#7cc29a", "#5fae88", "#4c9b79")[n % 3]), (1, "#2f7458")],
        )
        canvas.line([(x + lean * 0.8, y - 60 * size), (x, y + 60 * size)], 2.4, "#bfe6c9", 0.6)
    canvas.shape([(128, 838), (264, 838), (246, 984), (146, 984)], [(0, "#f4b48c"), (1, "#c87350")])
    canvas.panel(Box(118, 824, 274, 852), [(0, "#f9c6a2"), (1, "#db8c66")], 8)


def _lamp(canvas: Canvas) -> None:
    canvas.line([(1000, 0), (1000, 108)], 4, "#5a4638")
    canvas.glow((1000, 196), 300, "#fff3cf", 0.6)
    canvas.shape(
        smooth([(928, 184), (948, 122), (1000, 104), (1052, 122), (1072, 184)]), [(0, "#e98f70"), (1, "#cf6a4f")]
    )
    canvas.ellipse(Box(928, 172, 1072, 198), "#fff1c8")
