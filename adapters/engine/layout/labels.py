"""Text sizes, and a free spot for every label.

The modeler draws names at 12 px and labels at 11 px; a Chinese glyph is as wide as it is high.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

GLYPH = 12.0
LINE = 15.0
Box = tuple[float, float, float, float]  # left, top, right, bottom
Segment = tuple[float, float, float, float]


def text_width(text: str) -> float:
    """Pixels of one line at 12 px.

    >>> text_width("合同ab")
    38.0
    """
    return sum(GLYPH if unicodedata.east_asian_width(ch) in "WFA" else 7.0 for ch in text)


def task_size(name: str) -> tuple[float, float]:
    """120x80, wider when the name needs more than two lines."""
    need = text_width(name)
    for width in (120.0, 140.0, 160.0, 180.0):
        if math.ceil(need / (width - 14)) <= 2:
            return width, 80.0
    return 200.0, 80.0 if need <= 3 * 186 else 100.0


def label_size(text: str, glyphs: int) -> tuple[float, float]:
    """Width and height of a label of at most `glyphs` characters a line, lines of equal length; (0, 0) for no text."""
    if not text:
        return 0, 0
    need = text_width(text)
    lines = math.ceil(need / (glyphs * GLYPH))
    return math.ceil(need / lines / GLYPH) * GLYPH + 6, lines * LINE


def meet(a: Box, b: Box, gap: float = 0) -> bool:
    """Whether two boxes overlap by more than `gap` less than touching."""
    return a[0] < b[2] - gap and b[0] < a[2] - gap and a[1] < b[3] - gap and b[1] < a[3] - gap


def crosses(segment: Segment, box: Box) -> bool:
    """Whether a right-angled segment runs through the inside of a box."""
    x1, y1, x2, y2 = segment
    return min(x1, x2) < box[2] and max(x1, x2) > box[0] and min(y1, y2) < box[3] and max(y1, y2) > box[1]


def segments(points: Sequence[tuple[float, float]]) -> list[Segment]:
    """The stretches of an edge."""
    return [(a[0], a[1], b[0], b[1]) for a, b in pairwise(points)]


def best(
    spots: Iterable[tuple[Box, Segment]], solid: Sequence[Box], texts: Sequence[Box], lines: Sequence[Segment], others: Sequence[Segment]
) -> Box | None:
    """The first spot that covers nothing and stands beside a stretch no other edge shares; else the least bad one."""
    found, lowest = None, math.inf
    for number, (box, stretch) in enumerate(spots):
        cost = number * 0.01
        cost += 50 * sum(meet(box, other) for other in solid) + 20 * sum(meet(box, other) for other in texts)
        cost += 5 * sum(crosses(segment, box) for segment in lines)
        cost += 15 * any(_shared(other, stretch, box) for other in others)
        if cost < lowest:
            found, lowest = box, cost
        if cost < 1:
            break
    return found


def _shared(other: Segment, stretch: Segment, box: Box) -> bool:
    """Whether another edge runs on the same line beside this label."""
    upright = stretch[0] == stretch[2]
    if upright:
        return other[0] == other[2] == stretch[0] and min(other[1], other[3]) < box[3] and max(other[1], other[3]) > box[1]
    return other[1] == other[3] == stretch[1] and min(other[0], other[2]) < box[2] and max(other[0], other[2]) > box[0]


def along(points: Sequence[tuple[float, float]], width: float, height: float) -> Iterable[tuple[Box, Segment]]:
    """Spots for the label of an edge, near its beginning first: above and below level stretches, beside upright ones."""
    for stretch in segments(points):
        x1, y1, x2, y2 = stretch
        if y1 == y2 and abs(x2 - x1) >= width:
            step = 1 if x2 > x1 else -1
            for middle in (x1 + step * (4 + width / 2), (x1 + x2) / 2, x2 - step * (12 + width / 2)):
                for top in (y1 - height - 2, y1 + 3):
                    yield (middle - width / 2, top, middle + width / 2, top + height), stretch
        elif x1 == x2 and abs(y2 - y1) >= height:
            step = 1 if y2 > y1 else -1
            for middle in (y1 + step * (3 + height / 2), (y1 + y2) / 2, y2 - step * (12 + height / 2)):
                for left in (x1 + 4, x1 - width - 4):
                    yield (left, middle - height / 2, left + width, middle + height / 2), stretch
    for stretch in segments(points):  # nothing was long enough: stick out over the ends
        x, y = (stretch[0] + stretch[2]) / 2, (stretch[1] + stretch[3]) / 2
        for left, top in ((x + 4, y - height - 2), (x + 4, y + 3), (x - width - 4, y - height - 2)):
            yield (left, top, left + width, top + height), stretch
