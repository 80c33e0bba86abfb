"""Which counts may a council see, so that no small one can be seen or worked out?

A count from 1 to 4 could point at one person. It is hidden, and so is at least one more of the same breakdown,
because the hidden one would otherwise be the total less the rest. Every published table is a tree: a total that
is shown, broken down into cells, of which those that are shown may be broken down further. A cell is in one
breakdown only and a hidden cell is never broken down, so no two published sums share a hidden cell, and what
holds for each breakdown holds for all of them together. tests/quality/test_published_tables.py solves them.
"""

from collections.abc import Hashable, Mapping
from typing import TypeVar

#: Counts under this, and above nothing, are hidden (trust.md).
SMALLEST_SHOWN = 5
Key = TypeVar("Key", bound=Hashable)


def is_small(count: int) -> bool:
    """Return whether a count could point at one person."""
    return 0 < count < SMALLEST_SHOWN


def shown_alone(count: int) -> int | None:
    """Return a count that is in no sum with others, None where it is hidden."""
    return None if is_small(count) else count


def shown_cells(cells: Mapping[Key, int]) -> dict[Key, int | None]:
    """Return the cells of one breakdown whose total is shown, None for those that are hidden.

    Small cells are hidden. Then, the smallest first, as many others as it takes: each hidden cell could be
    anything from 1 to 5 by what is shown, whoever reads that a hidden cell is at least 1. Where no others are left,
    nothing of the breakdown is shown, zeros included. With one cell there is nothing to hide behind: it is the total.
    """
    hidden = {key for key, count in cells.items() if is_small(count)}
    if not hidden:
        return dict(cells)
    others = sorted((count, place, key) for place, (key, count) in enumerate(cells.items()) if count >= SMALLEST_SHOWN)
    while not _is_safe([cells[key] for key in hidden]):
        if not others:
            return dict.fromkeys(cells)
        hidden.add(others.pop(0)[2])
    return {key: None if key in hidden else count for key, count in cells.items()}


def _is_safe(hidden: list[int]) -> bool:
    """Return whether each of these, of which only the sum is known, could still be anything from 1 to 5."""
    return len(hidden) >= 2 and sum(hidden) - (len(hidden) - 1) >= SMALLEST_SHOWN
