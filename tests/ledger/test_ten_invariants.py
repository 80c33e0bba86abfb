"""Does everything that is done with stock keep the ten invariants of the ledger, and is each of them worth asking?

For each invariant of trust.md a fault is planted in the operations: the invariant itself must find it, by its number.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from emar.operations import administrations
from stock.models import StockMovement
from stock.operations import away, counts, disposal, ledger
from tests.ledger.stock_history import Home, StockHistory

pytestmark = pytest.mark.django_db
FEW = settings(
    max_examples=12, stateful_step_count=20, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
#: A planted fault needs finding, not the smallest history that shows it.
HUNT = settings(FEW, max_examples=40, phases=[Phase.generate], report_multiple_bugs=False)
Plant = Callable[[pytest.MonkeyPatch], None]


def a_part_given_dose_takes_nothing(plant: pytest.MonkeyPatch) -> None:
    right = administrations.movements_of
    plant.setattr(
        administrations, "movements_of", lambda dose, *rest: [] if dose.outcome == "part_given" else right(dose, *rest)
    )


def a_line_starts_again_below_zero(plant: pytest.MonkeyPatch) -> None:
    right = ledger._ends_of_lines

    def restarted(ids: Any) -> Any:
        return {pk: (sequence, max(balance, Decimal(0))) for pk, (sequence, balance) in right(ids).items()}

    plant.setattr(ledger, "_ends_of_lines", restarted)


def what_comes_back_is_booked_as_new(plant: pytest.MonkeyPatch) -> None:
    right = away._movement
    plant.setattr(
        away,
        "_movement",
        lambda *asked: replace(right(*asked), source="supplier") if asked[4] == away.CAME_BACK else right(*asked),
    )


def a_shortage_is_silent(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(ledger, "_open_below_zero", lambda *_: None)


def a_correction_changes_what_was_written(plant: pytest.MonkeyPatch) -> None:
    """As if the database had let it: the application's role may not, so the row is changed where it is read."""
    right = administrations.correct

    def corrects_in_place(**asked: Any) -> Any:
        told = right(**asked)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE stock_stockmovement SET reason = 'never happened' WHERE record_id = %s",
                [asked["administration"].pk],
            )
        return told

    plant.setattr(administrations, "correct", corrects_in_place)


def a_controlled_drug_leaves_before_one_person(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(disposal, "_is_controlled", lambda *_: False)


def a_resend_is_not_known(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(administrations, "_told_before", lambda *_: {})


def quantities_pass_through_a_float(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(ledger, "kept", lambda quantity: Decimal(f"{max(float(quantity), 0.01):.2f}"))


def a_seal_leaves_the_quantity_out(plant: pytest.MonkeyPatch) -> None:
    right = ledger.seal
    plant.setattr(
        ledger, "seal", lambda before, moved, *rest: right(before, replace(moved, quantity=Decimal(0)), *rest)
    )


def a_list_of_disposals_says_twice_as_much(plant: pytest.MonkeyPatch) -> None:
    right = disposal._row

    def twice(*asked: Any) -> Any:
        row = right(*asked)
        row.quantity *= 2
        return row

    plant.setattr(disposal, "_row", twice)


def a_difference_is_signed_the_wrong_way(plant: pytest.MonkeyPatch) -> None:
    right = counts.difference_left
    plant.setattr(counts, "difference_left", lambda found: -right(found))


#: For each invariant of trust.md, a fault that it finds. The database itself refuses to change what was written.
PLANTED: list[tuple[int, Plant]] = [
    (1, a_part_given_dose_takes_nothing),
    (2, a_line_starts_again_below_zero),
    (3, what_comes_back_is_booked_as_new),
    (4, a_shortage_is_silent),
    (4, a_difference_is_signed_the_wrong_way),
    (5, a_correction_changes_what_was_written),
    (6, a_controlled_drug_leaves_before_one_person),
    (7, a_resend_is_not_known),
    (8, quantities_pass_through_a_float),
    (9, a_seal_leaves_the_quantity_out),
    (10, a_list_of_disposals_says_twice_as_much),
]
#: Where the database stops a fault before anybody could read it wrong.
REFUSED = {5: "permission denied|append-only", 7: "already exists|duplicate key"}


@pytest.mark.hazard("H15", control="everything done with stock keeps the ledger's ten invariants", shows="works")
@pytest.mark.hazard("H10", control="what moved is exactly what people said", shows="works")
@pytest.mark.hazard("H16", control="a controlled drug never leaves before one person", shows="works")
def test_everything_done_with_stock_keeps_the_ten_invariants() -> None:
    StockHistory.home = Home()
    run_state_machine_as_test(StockHistory, settings=FEW)


@pytest.mark.parametrize(("number", "plant_it"), PLANTED, ids=lambda each: getattr(each, "__name__", str(each)))
def test_a_fault_planted_against_an_invariant_is_found_by_it(
    number: int, plant_it: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    StockHistory.home = Home()
    plant_it(monkeypatch)
    words = f"invariant {number}:" + (f"|{REFUSED[number]}" if number in REFUSED else "")
    with pytest.raises((AssertionError, DatabaseError), match=words):
        run_state_machine_as_test(StockHistory, settings=HUNT)


def test_every_invariant_of_the_machine_has_a_planted_fault() -> None:
    source = (Path(__file__).parent / "stock_history.py").read_text()
    asked = {int(number) for number in re.findall(r"invariant (\d+):", source)} | {7}
    assert asked == {number for number, _ in PLANTED} == set(range(1, 11))


def test_the_database_refuses_to_change_what_was_written() -> None:
    """Invariant 5 is kept by PostgreSQL: no operation can break it, which is why its plant above ends in a refusal."""
    home = Home()
    with pytest.raises(DatabaseError, match=REFUSED[5]):
        StockMovement.objects.filter(home_id=home.bedside.home.pk).update(reason="never happened")
