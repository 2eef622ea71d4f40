"""Sample photo: a pair of running shoes on a bench."""

from __future__ import annotations

from PIL import Image

from scheduler.media.samples.brush import Box, Canvas, Point, smooth

WIDTH, HEIGHT = 1600, 1067
SEAT = 742


def draw() -> Image.Image:
    """Return the picture."""
    canvas = Canvas(WIDTH, HEIGHT, [(0, "#17475c"), (0.55, "#2a7480"), (1, "#3b8f8d")])
    _wall(canvas)
    _towel(canvas)
    _bench(canvas)
    _bottle(canvas)
    _shoe(canvas, Last(905, SEAT - 26, 0.94), ("#ef7d5b", "#d6553f", "#a53c3c"))
    _shoe(canvas, Last(560, SEAT - 4, 1.06), ("#ff8a63", "#ec5f47", "#bf4440"))
    return canvas.finished()


def _wall(canvas: Canvas) -> None:
    for n in range(9):
        x = n * 190 - 30
        canvas.panel(Box(x, 0, x + 182, 720), [(0, "#1b4f63"), (1, "#2f7f88")], 6)
        canvas.panel(Box(x + 174, 0, x + 182, 720), "#123c50", alpha=0.6)
        canvas.panel(Box(x, 0, x + 4, 720), "#5fb0ae", alpha=0.3)
    canvas.shape([(0, 0), (760, 0), (1180, 720), (240, 720)], "#ffe8bd", 0.13)
    canvas.shape([(900, 0), (1180, 0), (1560, 720), (1310, 720)], "#ffe8bd", 0.1)
    canvas.glow((430, 60), 560, "#ffe9bf", 0.3)
    canvas.panel(Box(0, 118, WIDTH, 152), [(0, "#d29a66"), (1, "#a4693d")], 4)
    canvas.shadow([(0, 152), (WIDTH, 152), (WIDTH, 172), (0, 172)], 10, 0.4, "#0a2533")
    for x in (210, 520, 1090, 1400):
        canvas.limb([(x, 136, 9), (x, 178, 7), (x + 18, 196, 7)], [(0, "#f5e6cd"), (1, "#c4a986")])


def _towel(canvas: Canvas) -> None:
    hanging = [(1052, 178), (1128, 176), (1158, 300), (1166, 470), (1150, 560), (1040, 566), (1018, 470), (1026, 300)]
    canvas.shadow([(x + 18, y + 16) for x, y in hanging], 18, 0.35, "#0a2533")
    canvas.blob(hanging, [(0, "#fff8ea"), (1, "#e3d3ba")])
    for x, lean in ((1060, -8), (1092, 2), (1124, 12)):
        canvas.line(smooth([(x, 200), (x + lean, 360), (x + lean * 1.5, 540)]), 4, "#cdb897", 0.6)
    for y in (486, 512):
        canvas.line(smooth([(1024, y), (1090, y + 6), (1160, y)]), 9, "#ec7a5c", 0.9)


def _bench(canvas: Canvas) -> None:
    canvas.panel(Box(0, 720, WIDTH, HEIGHT), [(0, "#123a4b"), (1, "#0d2b3a")])
    canvas.shadow([(60, 1010), (1540, 1010), (1580, 1056), (20, 1056)], 26, 0.6, "#04141c")
    for x in (190, 1330):
        canvas.shape([(x, 820), (x + 96, 820), (x + 84, 1067), (x + 12, 1067)], [(0, "#8a5733"), (1, "#5f3a22")])
        canvas.panel(Box(x + 10, 820, x + 24, 1067), "#b97b4c", alpha=0.4)
    canvas.panel(Box(30, SEAT + 62, WIDTH - 30, SEAT + 112), [(0, "#9c6238"), (1, "#6f4325")], 6)
    for n, (top, bottom, inset) in enumerate(((690, 724, 96), (728, 770, 52), (774, 830, 0))):
        canvas.shape(
            [
                (20 + inset, top),
                (WIDTH - 20 - inset, top),
                (WIDTH - 8 - inset * 0.8, bottom),
                (8 + inset * 0.8, bottom),
            ],
            [(0, ("#c78650", "#d4935b", "#e0a069")[n]), (1, ("#b5743f", "#c07e47", "#b87440")[n])],
        )
        for k in range(5):
            y = top + (bottom - top) * (0.2 + 0.17 * k)
            x = 120 + (k * 331 + n * 177) % 1000
            canvas.line(smooth([(x, y), (x + 140, y + 2.5), (x + 330, y - 1)]), 1.8, "#8f5a30", 0.4)
    canvas.panel(Box(0, 826, WIDTH, 838), "#7f4e2a", alpha=0.9)


def _bottle(canvas: Canvas) -> None:
    canvas.shadow([(1296, SEAT - 8), (1440, SEAT - 8), (1500, SEAT + 14), (1300, SEAT + 16)], 12, 0.5, "#3b1e0c")
    canvas.panel(Box(1300, 440, 1424, SEAT + 6), [(0, "#dff4f2"), (0.4, "#a7dcdb"), (1, "#6fb9bf")], 30)
    canvas.panel(Box(1310, 540, 1414, SEAT - 4), [(0, "#58b7c4"), (1, "#2f8fa3")], 24, 0.85)
    canvas.panel(Box(1318, 456, 1334, SEAT - 24), "#ffffff", 8, 0.55)
    canvas.panel(Box(1322, 392, 1402, 448), [(0, "#ff9a72"), (1, "#d9583f")], 12)
    canvas.panel(Box(1346, 360, 1378, 398), [(0, "#fff4e4"), (1, "#d9c4a6")], 9)
    for n in range(5):
        canvas.panel(Box(1386, 560 + n * 30, 1414, 564 + n * 30), "#e9fbf8", 1, 0.75)


class Last:
    """Where a shoe stands and how large it is; its toe looks to the left."""

    def __init__(self, x: float, y: float, size: float) -> None:
        self.x, self.y, self.size = x, y, size

    def at(self, *points: Point) -> list[Point]:
        """Return points given from the middle of the sole, in pixels of a shoe of size 1."""
        return [(self.x + x * self.size, self.y + y * self.size) for x, y in points]


def _shoe(canvas: Canvas, last: Last, colours: tuple[str, str, str]) -> None:
    light, middle, dark = colours
    canvas.shadow(last.at((-300, -6), (270, -6), (350, 26), (-250, 32)), 14, 0.6, "#3b1e0c")
    canvas.blob(
        last.at((258, -214), (226, -196), (120, -178), (72, -150), (104, -110), (262, -150)),
        [(0, dark), (1, "#3a2430")],
    )
    upper = [
        (-298, -46),
        (-290, -86),
        (-232, -118),
        (-140, -150),
        (-50, -206),
        (18, -240),
        (66, -238),
        (86, -196),
        (130, -172),
        (196, -178),
        (238, -222),
        (262, -226),
        (276, -190),
        (280, -110),
        (286, -50),
        (150, -36),
        (-120, -34),
    ]
    canvas.blob(last.at(*upper), [(0, light), (0.6, middle), (1, dark)])
    canvas.blob(
        last.at((-298, -46), (-292, -84), (-232, -114), (-196, -92), (-206, -44), (-250, -36)),
        [(0, light), (1, middle)],
    )
    canvas.blob(
        last.at((196, -172), (240, -214), (262, -214), (274, -180), (280, -60), (206, -52), (184, -110)),
        [(0, middle), (1, dark)],
        0.9,
    )
    _swoop(canvas, last)
    _laces(canvas, last, dark)
    canvas.line(smooth(last.at((86, -196), (130, -174), (196, -180), (240, -222))), 9 * last.size, "#fff0dc", 0.9)
    canvas.limb([(*last.at((250, -226))[0], 9 * last.size), (*last.at((272, -246))[0], 6 * last.size)], "#fff0dc")
    _sole(canvas, last)


def _swoop(canvas: Canvas, last: Last) -> None:
    canvas.blob(
        last.at((-96, -58), (-20, -92), (70, -132), (150, -150), (170, -138), (90, -104), (10, -64), (-40, -46)),
        "#fff6e8",
        0.95,
    )
    canvas.blob(
        last.at((-20, -50), (60, -82), (140, -112), (166, -120), (176, -108), (110, -76), (50, -44)), "#fff6e8", 0.55
    )


def _laces(canvas: Canvas, last: Last, dark: str) -> None:
    canvas.blob(last.at((-128, -152), (-52, -204), (16, -238), (40, -226), (-20, -176), (-96, -136)), dark, 0.55)
    for n in range(5):
        x, y = -112 + n * 31, -150 - n * 20.5
        canvas.line(smooth(last.at((x - 4, y - 8), (x + 14, y - 6), (x + 34, y + 10))), 9 * last.size, "#fff6e8")
        eyelet = last.at((x + 36, y + 12))[0]
        canvas.ellipse(Box(eyelet[0] - 5, eyelet[1] - 5, eyelet[0] + 5, eyelet[1] + 5), "#7d3a35")
    for loop in (
        ((22, -242), (-6, -292), (-44, -284), (-22, -252), (20, -240)),
        ((24, -242), (56, -286), (88, -268), (62, -244), (26, -240)),
    ):
        canvas.line(smooth(last.at(*loop)), 7 * last.size, "#fff6e8")
    canvas.line(smooth(last.at((24, -240), (40, -206), (34, -182))), 6.5 * last.size, "#fff6e8")


def _sole(canvas: Canvas, last: Last) -> None:
    foam = [
        (-318, -40),
        (-296, -56),
        (-200, -46),
        (-60, -48),
        (100, -52),
        (240, -60),
        (296, -66),
        (312, -36),
        (296, -2),
        (160, 4),
        (-180, 4),
        (-284, -6),
    ]
    canvas.blob(last.at(*foam), [(0, "#fffdf8"), (0.6, "#f3ebdd"), (1, "#cfc2ae")])
    canvas.line(
        smooth(last.at((-300, -30), (-180, -24), (0, -26), (180, -32), (300, -44))), 4 * last.size, "#7fd0c8", 0.95
    )
    tread = [(-300, -8), (-180, -2), (160, -2), (296, -8), (290, 8), (150, 14), (-180, 14), (-280, 8)]
    canvas.blob(last.at(*tread), "#33384e")
