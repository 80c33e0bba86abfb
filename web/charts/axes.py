"""What do all pictures of charts share: their size, ticks on their axes, round numbers, and the shapes of marks?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 16, 40
#: From the middle of a mark to its edge.
SIZE = 6


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis with its words."""

    at: float
    words: str
    anchor: str = "middle"


def round_axis(low: float, high: float, *, is_share: bool) -> tuple[float, float, Sequence[float]]:
    """Return where an axis begins and ends and the values written on it: round numbers, nothing below nothing."""
    if high <= low:
        high = low + 1
    low = max(0.0, low - (high - low) * 0.05)
    rough = (high - low) / 5
    size = 10 ** floor(log10(rough))
    step = next(each * size for each in (1, 2, 5, 10) if each * size >= rough)
    bottom, top = floor(low / step) * step, ceil(high / step) * step
    if is_share:
        top = min(top, 100)
    count = round((top - bottom) / step)
    return bottom, max(top, bottom + step), [bottom + n * step for n in range(count + 1) if bottom + n * step <= top]


def square(x: float, y: float) -> str:
    """Return the corners of a square."""
    return f"{x - 5},{y - 5} {x + 5},{y - 5} {x + 5},{y + 5} {x - 5},{y + 5}"


def diamond(x: float, y: float, size: float = SIZE + 1) -> str:
    """Return the corners of a diamond."""
    return f"{x},{y - size} {x + size},{y} {x},{y + size} {x - size},{y}"


def triangle(x: float, y: float, *, is_up: bool) -> str:
    """Return the corners of a triangle that points up or down."""
    tip, base = (y - SIZE - 1, y + SIZE - 1) if is_up else (y + SIZE + 1, y - SIZE + 1)
    return f"{x},{tip} {x + SIZE + 1},{base} {x - SIZE - 1},{base}"
