"""Can anybody work out a hidden count from everything that a council is shown? An equation solver tries.

The unknowns are the counts of the finest cells there are: home by class by part of the day by round by kind. Every
number that any table of a month shows is an equation over them; a hidden cell of a breakdown of which others are shown
is at least 1, as a reader of the explanation knows. Then each hidden number is made as small and as large as those
equations allow, in whole numbers. It is recovered when both are the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from emar.scope import scope
from quality.models import DailyFigure
from quality.queries import council
from quality.rules.publication import COLUMNS, PUBLISHED, Shown, round_shown
from tests.quality.small_council import (
    ALERTS,
    CLASSES,
    JUDGED,
    NEAR_MISSES,
    NOT_SCANNED,
    NOW,
    PLACES,
    WRONG,
    make_small_council,
)

pytestmark = pytest.mark.django_db
KINDS = {"near_misses": NEAR_MISSES, "given_wrongly": WRONG, "reached": JUDGED, "overridden": ALERTS, "alerts": ALERTS,
         "not_scanned": NOT_SCANNED}  # fmt: skip
WHERE = [
    (medicine_class, time_of_day, name)
    for medicine_class in CLASSES
    for time_of_day, rounds in PLACES.items()
    for name in dict.fromkeys(map(round_shown, rounds))
]


@dataclass
class System:
    """One column of one month: which finest cells there are, and what is known of their sums."""

    cells: list[tuple[object, ...]]
    known: list[tuple[np.ndarray, float, float]] = field(default_factory=list)
    hidden: list[tuple[str, np.ndarray]] = field(default_factory=list)
    shown: int = 0

    def tell(self, name: str, value: Shown, *, at_least: int = 0, **of: object) -> None:
        """Tell the solver of one published number, or of one that is hidden."""
        row = np.array([all(cell[AXES.index(axis)] == word for axis, word in of.items()) for cell in self.cells], float)
        if value is not None:
            self.shown += 1
            self.known.append((row, value, value))
            return
        self.hidden.append((name, row))
        if at_least:
            self.known.append((row, at_least, np.inf))

    def recovered(self) -> Iterator[str]:
        """Yield the hidden numbers that have only one value left."""
        matrix = np.array([row for row, _, _ in self.known])
        low, high = ([each[side] for each in self.known] for side in (1, 2))
        rules = [LinearConstraint(matrix, low, high)] if len(matrix) else []
        whole = np.ones(len(self.cells))
        for name, row in self.hidden:
            ends = [
                milp(sign * row, constraints=rules, bounds=Bounds(0, 10_000), integrality=whole).fun for sign in (1, -1)
            ]
            assert None not in ends, "what is shown contradicts itself"
            if round(ends[0]) == round(-ends[1]):
                yield f"{name} is {round(ends[0])}"


AXES = ("home", "medicine_class", "time_of_day", "round", "kind")


def system_of(council_id: int, column: str) -> System:
    """Ask for every table of a month as the council's pages do, and tell the solver all of one column."""
    pks = [each.pk for each in council.homes_of_council(council_id)]
    month = council.published_months(pks, NOW)[-1]
    (found,) = council.months(pks, [month])
    kinds = KINDS.get(column, ("",))
    system = System([(home, *where, kind) for home, where, kind in product(pks, WHERE, kinds)])
    system.tell("total", found.totals[column])
    cells = {pk: each.columns[column] for pk, each in found.homes.items()}
    tell_all(system, found.totals[column], {f"home {pk}": ({"home": pk}, value) for pk, value in cells.items()})
    for path, below in drilled(pks, month):
        (cells_below, total) = below
        axis = AXES[1 + len(path)]
        of = dict(zip(AXES[1:], path, strict=False))
        rows = {f"{path} {each.key}": (of | {axis: each.key}, each.columns[column]) for each in cells_below}
        tell_all(system, total[column], rows)
    for measure, published in PUBLISHED.items():
        if column == measure or (column == "alerts" and measure == "overridden"):
            told = council.kinds(pks, month, measure) if published.theme else None
            place = 2 if column == "overridden" else 1
            rows = {f"kind {row[0]}": ({"kind": row[0]}, row[place]) for row in told or ()}
            tell_all(system, found.totals[column], rows)
    return system


def tell_all(system: System, total: Shown, cells: dict[str, tuple[dict[str, object], Shown]]) -> None:
    # Where everything is hidden a reader knows that there may be nothing; where some is shown, nothing is shown as 0.
    is_all = all(value is None for _, value in cells.values())
    for name, (of, value) in cells.items():
        system.tell(name, value, at_least=0 if is_all or total is None else 1, **of)


def drilled(pks: list[int], month: object) -> Iterator[tuple[tuple[str, ...], tuple[list[council.Cell], dict]]]:
    paths: list[tuple[str, ...]] = [(), *((each,) for each in CLASSES), *product(CLASSES, PLACES)]
    for path in paths:
        words = dict(zip(("medicine_class", "time_of_day"), path, strict=False))
        below = council.breakdown(pks, month, **words)  # type: ignore[arg-type]
        if below is not None:
            yield path, below


@pytest.mark.parametrize("seed", range(3))
def test_no_hidden_count_can_be_worked_out(seed: int) -> None:
    place, _ = make_small_council(seed)
    hidden = shown = 0
    for column in COLUMNS:
        with scope(council=place.pk):
            system = system_of(place.pk, column)
        assert list(system.recovered()) == [], column
        hidden, shown = hidden + len(system.hidden), shown + system.shown
    # Otherwise there was nothing to find, or nothing to find it with.
    assert hidden > 50
    assert shown > 50


def test_without_the_second_suppression_counts_would_be_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver finds what a table with only its small counts hidden gives away."""

    def primary(cells: dict[object, int]) -> dict[object, Shown]:
        return {key: None if 0 < count < 5 else count for key, count in cells.items()}

    monkeypatch.setattr("quality.rules.publication.shown_cells", primary)
    found = 0
    for seed in range(3):
        place, _ = make_small_council(seed)
        for column in ("missed", "near_misses"):
            with scope(council=place.pk):
                found += len(list(system_of(place.pk, column).recovered()))
    assert found > 0


@pytest.mark.parametrize("seed", range(4))
def test_sums_of_months_tell_nothing_that_the_months_do_not(seed: int) -> None:
    place, _ = make_small_council(seed)
    with scope(council=place.pk):
        pks = [each.pk for each in council.homes_of_council(place.pk)]
        found = council.months(pks, council.published_months(pks, NOW))
        totals, homes = council.quarter(found)
    assert len(found) == 2
    for column in COLUMNS:
        parts = [month.totals[column] for month in found]
        assert totals[column] == (None if None in parts else sum(parts))  # type: ignore[arg-type]
        for pk, columns in homes.items():
            mine = [month.homes[pk].columns[column] for month in found]
            assert columns[column] == (None if None in mine else sum(mine))  # type: ignore[arg-type]


def test_a_months_own_words_do_not_leave_the_home() -> None:
    place, _ = make_small_council(1)
    with scope(council=place.pk):
        pks = [each.pk for each in council.homes_of_council(place.pk)]
        month = council.published_months(pks, NOW)[-1]
        names = {each.key for path, (cells, _) in drilled(pks, month) if len(path) == 2 for each in cells}
    assert names <= {"Morning", "Night", "Other rounds"}


def test_open_actions_stand_alone_and_are_hidden_where_they_are_few() -> None:
    place, homes = make_small_council(1, homes=6)
    for number, home in enumerate(homes):
        with scope(home=home.pk):
            DailyFigure.objects.update(open_actions=(0, 1, 4, 5, 12, 2)[number])
    with scope(council=place.pk):
        pks = [each.pk for each in council.homes_of_council(place.pk)]
        month = council.published_months(pks, NOW)[-1]
        shown = council.open_actions(pks, month)
        (found,) = council.months(pks, [month])
    assert [shown[home.pk] for home in homes] == [0, None, None, 5, 12, None]
    # No sum over homes is published that the hidden ones could be taken from.
    assert "open_actions" not in found.totals
