"""How far an ordered item is, and what a supplier's card says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ordering.rules.following import Happened, progress, standing
from ordering.rules.scorecard import USUAL_LATE_DAYS, Supplied, scorecard

MONDAY = datetime(2026, 2, 9, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ORDERED = Decimal(56)
NONE = Decimal(0)
KINDS = ("issued", "not_issued", "dispensed", "owing", "substituted", "will_not_come", "chased")


def after(*kinds: str, received: int = 0, **last: object):  # type: ignore[no-untyped-def]
    happened = [Happened(kind, MONDAY + place * HOUR) for place, kind in enumerate(kinds)]
    if last:
        happened[-1] = Happened(kinds[-1], MONDAY + len(kinds) * HOUR, **last)  # type: ignore[arg-type]
    return standing(ORDERED, happened, Decimal(received))


def test_an_item_goes_from_ordered_to_received() -> None:
    assert [after().step, after("issued").step, after("issued", "dispensed").step] == ["ordered", "issued", "dispensed"]
    assert after("issued", "dispensed", received=28).step == "part_received"
    found = after("issued", "dispensed", received=56)
    assert (found.step, found.missing, found.is_open, found.needs_chasing) == ("received", NONE, False, False)


def test_a_missing_prescription_is_chased_until_it_is_issued() -> None:
    missing = after("not_issued")
    assert (missing.step, missing.needs_chasing, missing.is_checked) == ("not_issued", True, True)
    assert missing.faults == ("the prescription is missing",)
    issued = after("not_issued", "issued")
    assert (issued.step, issued.needs_chasing) == ("issued", False)


def test_less_issued_than_ordered_is_a_fault_until_enough_came() -> None:
    found = after("issued", quantity=Decimal(28))
    assert found.faults == ("less was issued than ordered",)
    assert found.needs_chasing
    assert after("issued", quantity=Decimal(28), received=56).faults == ()


def test_what_is_owed_has_the_day_it_was_promised_for() -> None:
    found = after("issued", "owing", quantity=Decimal(28), promised_on=date(2026, 2, 20), received=28)
    assert (found.owing, found.missing, found.promised_on) == (Decimal(28), Decimal(28), date(2026, 2, 20))
    assert found.needs_chasing
    assert after("issued", "owing", received=56).owing == NONE


def test_an_owing_that_was_dispensed_is_owed_no_more() -> None:
    assert after("owing", "dispensed").owing == NONE


def test_what_will_not_come_is_waited_for_no_longer() -> None:
    found = after("issued", "will_not_come", received=28)
    assert (found.step, found.missing, found.is_open) == ("received", NONE, False)
    assert after("will_not_come").step == "will_not_come"
    assert after("will_not_come", "owing").is_open


def test_another_product_is_named() -> None:
    assert after("substituted", substitute="Ramipril 5mg capsules").substitute == "Ramipril 5mg capsules"


def test_items_are_counted_by_where_they_stand() -> None:
    found = progress([after(), after("not_issued"), after("issued"), after(received=56)])
    assert (found.items, found.not_checked, found.to_chase, found.received, found.open) == (4, 1, 1, 1, 3)
    assert not found.is_done
    assert progress([after(received=56), after("will_not_come")]).is_done
    assert not progress([]).is_done


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.none() | st.integers(0, 80)), max_size=8), st.integers(0, 90))
def test_nothing_that_is_written_makes_more_missing_than_was_ordered(
    kinds: list[tuple[str, int | None]], got: int
) -> None:
    happened = [
        Happened(kind, MONDAY + place * HOUR, None if much is None else Decimal(much))
        for place, (kind, much) in enumerate(kinds)
    ]
    found = standing(ORDERED, happened, Decimal(got))
    assert 0 <= found.owing <= found.missing <= ORDERED
    assert (found.missing == 0) == (found.step in ("received", "will_not_come"))
    assert found == standing(ORDERED, happened[::-1], Decimal(got)), "the order of the rows does not matter"
    # What arrives never makes more missing.
    assert standing(ORDERED, happened, Decimal(got + 1)).missing <= found.missing


TODAY = date(2026, 6, 1)


def item(late: int | None, *, share: int = 1) -> Supplied:
    """Return an item wanted on 1 May that was complete so many days late; None: never."""
    wanted = date(2026, 5, 1)
    complete = None if late is None else wanted + timedelta(days=late)
    in_time = ORDERED if late is not None and late <= 0 else ORDERED * share / 2
    return Supplied(wanted - timedelta(days=14), wanted, ORDERED, in_time, complete)


def test_too_few_deliveries_say_nothing_and_the_usual_allowance_stands() -> None:
    found = scorecard([item(9)] * 3, TODAY)
    assert (found.late_days, found.is_measured) == (USUAL_LATE_DAYS, False)
    nothing = scorecard([], TODAY)
    assert (nothing.on_time_percent, nothing.quantity_percent, nothing.lead_days) == (None, None, None)


def test_a_punctual_supplier_needs_no_allowance() -> None:
    found = scorecard([item(0)] * 10, TODAY)
    assert (found.on_time_percent, found.quantity_percent, found.late_days, found.lead_days) == (100, 100, 0, 14)


def test_lateness_counts_at_the_service_level() -> None:
    items = [item(0)] * 90 + [item(4)] * 6 + [item(9)] * 4
    assert scorecard(items, TODAY, service_percent=95).late_days == 4
    assert scorecard(items, TODAY, service_percent=99).late_days == 9
    assert scorecard(items, TODAY, service_percent=90).late_days == 0


def test_what_never_came_counts_as_late_and_as_missing() -> None:
    found = scorecard([item(0)] * 9 + [item(None, share=0)], TODAY)
    assert (found.items, found.complete, found.on_time_percent, found.quantity_percent) == (10, 9, 90, 90)
    assert found.late_days == 14


def test_what_is_not_due_yet_is_not_held_against_anybody() -> None:
    coming = Supplied(TODAY, TODAY + timedelta(days=3), ORDERED, NONE, None)
    assert scorecard([coming], TODAY).items == 0
