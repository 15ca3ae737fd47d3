"""Where the parts of the small charts stand: numbers for SVG attributes, and no colours.

A drawing has no text of its own; the words stand beside it, where every reader finds them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COLUMN_HEIGHT = 56
COLUMN_STEP = 10
_COLUMN_WIDTH = 7
_LEAST = 1.5  # what is there is seen, however little it is
ROW_WIDTH = 200


@dataclass(frozen=True)
class Box:
    """One rectangle; `kind` becomes its class. Numbers are text: no language writes them anew."""

    kind: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Span:
    """From where to where most values lie, and where the middle one is."""

    x: str
    width: str
    middle: str


def columns(stacks: Sequence[Sequence[tuple[str, int]]]) -> list[Box]:
    """Return stacked columns, the first part of each stack at the bottom."""
    most = max((sum(count for _kind, count in stack) for stack in stacks), default=0)
    boxes = []
    for number, stack in enumerate(stacks):
        top = float(COLUMN_HEIGHT)
        for kind, count in stack:
            if not count:
                continue
            height = max(_LEAST, count / most * COLUMN_HEIGHT)
            top = max(0.0, top - height)
            x = number * COLUMN_STEP
            boxes.append(_box(kind, x, top, _COLUMN_WIDTH, height))
    return boxes


def row(parts: Iterable[tuple[str, int]], *, height: int = 10) -> list[Box]:
    """Return one bar cut into parts by their share of the whole."""
    given = [(kind, count) for kind, count in parts if count]
    total = sum(count for _kind, count in given)
    boxes, x = [], 0.0
    for kind, count in given:
        width = count / total * ROW_WIDTH
        boxes.append(_box(kind, x, 0, max(_LEAST, width - 1), height))
        x += width
    return boxes


def span(low: float, middle: float, high: float, *, most: float) -> Span:
    """Return a range on a scale from 0 to `most`."""
    scale = ROW_WIDTH / most if most else 0.0
    width = max(2 * _LEAST, (high - low) * scale)
    x = min(low * scale, ROW_WIDTH - width)
    return Span(_number(x), _number(width), _number(min(middle * scale, ROW_WIDTH - _LEAST)))


def _box(kind: str, x: float, y: float, width: float, height: float) -> Box:
    return Box(kind, _number(x), _number(y), _number(width), _number(height))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
