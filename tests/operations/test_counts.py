"""Counting together and blind: what a count says, what a recount settles, and what a signature does to the book."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from emar.models import StaffMember, Task
from emar.operations import counts
from emar.operations.closing import close_home
from emar.queries import cd_discrepancies
from emar.scope import scope
from stock.models import Discrepancy, PackStatus, StockCount, StockCountSession
from stock.operations import counts as ledger
from stock.operations.ledger import QuantityNotPositive
from stock.queries.counts import packs_of_scan, sessions, state
from stock.queries.discrepancies import case, difference_left
from stock.queries.ledger_faults import ledger_faults
from stock.rules.gs1 import read_scan
from tests import factories as make
from tests.bedside import FIVE_PAST, MINUTE, NINE, Bedside, make_bedside

LATER = NINE + timedelta(minutes=30)


@pytest.fixture
def bedside(db: None) -> Bedside:
    return make_bedside()


@pytest.fixture
def morphine(db: None) -> Bedside:
    return make_bedside(
        is_controlled=True, medicine=make.make_medicine(name="Morphine 10mg tablets", controlled_drug_category="0002")
    )


@pytest.fixture
def witness(morphine: Bedside) -> StaffMember:
    return make.make_staff_member(home=morphine.home, full_name="Wilma Witness")


def begin(bedside: Bedside, kind: str = "full", **fields: Any) -> StockCountSession:
    with scope(home=bedside.home.pk):
        return counts.start_count(
            home_id=bedside.home.pk, asked=counts.Asked(uuid7(), kind, **fields), by=bedside.carer.pk, at=NINE
        )


def count(bedside: Bedside, counted: int | str, *, at: Any = NINE, **fields: Any) -> ledger.Taken:
    found = ledger.Found(uuid7(), Decimal(counted), **fields)
    with scope(home=bedside.home.pk):
        return counts.count_line(line=bedside.line, found=found, by=bedside.carer.pk, at=at)


def sign(bedside: Bedside, difference: Discrepancy, reason: str = "not_recorded", words: str = "", **more: Any) -> None:
    with scope(home=bedside.home.pk):
        counts.sign(
            discrepancy=difference, signature=ledger.Signature(reason, words, **more), by=bedside.senior.pk, at=LATER
        )


def open_cases(bedside: Bedside) -> list[Discrepancy]:
    with scope(home=bedside.home.pk):
        assert list(ledger_faults(bedside.home.pk)) == []
        return list(Discrepancy.objects.filter(closed_at__isnull=True).select_related("line__medicine"))


def tasks_open(bedside: Bedside, kind: str = "stock_differs") -> int:
    with scope(home=bedside.home.pk):
        return Task.objects.filter(kind=kind, closed_at__isnull=True).count()


# One line


def test_a_count_that_agrees_opens_nothing(bedside: Bedside) -> None:
    assert count(bedside, 28).agrees
    assert open_cases(bedside) == []
    assert tasks_open(bedside) == 0


@pytest.mark.hazard("H15", control="a count that differs opens a discrepancy and a task", shows="works")
def test_a_count_that_differs_opens_a_case_and_somebody_is_told(bedside: Bedside) -> None:
    taken = count(bedside, 26)
    assert not taken.agrees
    assert [each.pk for each in open_cases(bedside)] == [taken.case.pk]
    assert tasks_open(bedside) == 1
    assert bedside.balance() == 28


def test_counting_again_looks_at_the_same_case(bedside: Bedside) -> None:
    first = count(bedside, 26)
    again = count(bedside, 25, at=LATER)
    assert again.case.pk == first.case.pk
    assert [each.pk for each in open_cases(bedside)] == [first.case.pk]
    with scope(home=bedside.home.pk):
        assert [each.counted for each in case(first.case).recounts] == [25]
        assert difference_left(first.case) == -3
    sign(bedside, first.case)
    # The book is brought to what was counted last, once.
    assert bedside.balance() == 25
    assert open_cases(bedside) == []
    assert tasks_open(bedside) == 0


def test_a_recount_that_agrees_settles_it_as_counted_wrongly(bedside: Bedside) -> None:
    first = count(bedside, 26)
    assert count(bedside, 28, at=LATER).agrees
    assert open_cases(bedside) == []
    assert tasks_open(bedside) == 0
    with scope(home=bedside.home.pk):
        first.case.refresh_from_db()
        assert (first.case.reason_code, first.case.closed_by_id) == ("miscounted", bedside.carer.pk)
    assert bedside.balance() == 28


def test_the_same_count_twice_is_one_act(bedside: Bedside) -> None:
    found = ledger.Found(uuid7(), Decimal(26))
    with scope(home=bedside.home.pk):
        for is_new in (True, False):
            taken = counts.count_line(line=bedside.line, found=found, by=bedside.carer.pk, at=NINE)
            assert taken.is_new is is_new
        assert StockCount.objects.count() == 1
    assert len(open_cases(bedside)) == 1


def test_nobody_counts_less_than_nothing(bedside: Bedside) -> None:
    with pytest.raises(QuantityNotPositive):
        count(bedside, -1)


def test_a_dose_that_reaches_the_book_late_is_no_difference(bedside: Bedside) -> None:
    """Given at five past eight, counted at nine, sent by the device after that."""
    taken = count(bedside, 27)
    bedside.record(bedside.dose(given_at=FIVE_PAST), at=LATER)
    assert bedside.balance() == 27
    with scope(home=bedside.home.pk):
        assert difference_left(taken.case) == 0
    sign(bedside, taken.case, "in_the_book")
    assert bedside.balance() == 27
    assert open_cases(bedside) == []


def test_what_is_signed_is_not_moved_twice_for_a_dose_that_came_late(bedside: Bedside) -> None:
    taken = count(bedside, 25)
    bedside.record(bedside.dose(given_at=FIVE_PAST), at=LATER)
    sign(bedside, taken.case)
    assert bedside.balance() == 25


def test_doses_given_after_the_count_stay_given_when_it_is_signed(bedside: Bedside) -> None:
    taken = count(bedside, 26)
    bedside.record(bedside.dose(due_at=None, given_at=NINE + MINUTE), at=LATER)
    sign(bedside, taken.case)
    assert bedside.balance() == 25


def test_put_right_in_the_book_is_believed_only_when_it_was(bedside: Bedside) -> None:
    taken = count(bedside, 26)
    with pytest.raises(ledger.StillDiffers):
        sign(bedside, taken.case, "in_the_book")
    assert len(open_cases(bedside)) == 1


def test_counted_wrongly_leaves_the_book_as_it_is(bedside: Bedside) -> None:
    taken = count(bedside, 26)
    sign(bedside, taken.case, "miscounted")
    assert bedside.balance() == 28
    assert open_cases(bedside) == []


@pytest.mark.parametrize(("reason", "words"), [("missing", " "), ("unexplained", ""), ("other", "")])
def test_some_reasons_need_words(bedside: Bedside, reason: str, words: str) -> None:
    taken = count(bedside, 26)
    with pytest.raises(ledger.ReasonMissing):
        sign(bedside, taken.case, reason, words)


def test_a_reason_is_one_of_the_list_and_signed_once(bedside: Bedside) -> None:
    taken = count(bedside, 26)
    with pytest.raises(ledger.NoSuchReason):
        sign(bedside, taken.case, "counted_again")
    sign(bedside, taken.case)
    with pytest.raises(ledger.AlreadySigned):
        sign(bedside, taken.case)


def test_a_note_keeps_it_open_and_the_same_note_twice_is_one(bedside: Bedside) -> None:
    taken = count(bedside, 26)
    pk = uuid7()
    with scope(home=bedside.home.pk):
        how = {"discrepancy": taken.case, "told": "", "by": bedside.carer.pk, "at": NINE}
        notes = [counts.write_note(note_id=pk, words="Looked behind the drawer", **how) for _ in range(2)]
        assert notes[0] == notes[1]
        with pytest.raises(ledger.ReasonMissing):
            counts.write_note(note_id=uuid7(), words=" ", **how)
        assert len(case(taken.case).notes) == 1
    assert len(open_cases(bedside)) == 1


def test_below_zero_is_signed_along_with_the_count_that_puts_it_right(bedside: Bedside) -> None:
    make.make_stock_movement(line=bedside.line, by=bedside.carer, quantity=Decimal(30))
    (below,) = open_cases(bedside)
    with pytest.raises(ledger.StillBelowZero):
        sign(bedside, below, "not_booked_in")
    taken = count(bedside, 5)
    sign(bedside, taken.case, "not_booked_in")
    assert bedside.balance() == 5
    assert open_cases(bedside) == []


def test_the_closing_job_tells_of_what_doses_took_below_zero(bedside: Bedside) -> None:
    make.make_stock_movement(line=bedside.line, by=bedside.carer, quantity=Decimal(30))
    assert tasks_open(bedside) == 0
    for _ in range(2):
        with scope(home=bedside.home.pk):
            close_home(home_id=bedside.home.pk, at=LATER)
        assert tasks_open(bedside) == 1


# Controlled drugs


@pytest.mark.hazard("H16", control="a controlled drug is counted by two people", shows="works")
def test_one_person_alone_counts_no_controlled_drug(morphine: Bedside) -> None:
    for alone in (None, morphine.carer.pk):
        with pytest.raises(counts.WitnessMissing):
            count(morphine, 28, witness_id=alone)


def test_a_controlled_drug_is_counted_again_before_a_manager_closes_it(morphine: Bedside, witness: StaffMember) -> None:
    taken = count(morphine, 27, witness_id=witness.pk)

    def stage() -> str:
        with scope(home=morphine.home.pk):
            (found,) = cd_discrepancies.open_cd_discrepancies(morphine.home.pk)
        return found.stage

    assert stage() == "recount"
    with pytest.raises(counts.RecountMissing):
        sign(morphine, taken.case, "not_recorded", "found", outcome="explained")
    count(morphine, 27, at=LATER, witness_id=witness.pk)
    assert stage() == "incident"
    with pytest.raises(counts.OutcomeMissing):
        sign(morphine, taken.case, "not_recorded", "found")
    sign(morphine, taken.case, "not_recorded", "A dose at night was not recorded", outcome="procedure")
    assert morphine.balance() == 27
    assert open_cases(morphine) == []
    with scope(home=morphine.home.pk):
        taken.case.refresh_from_db()
        assert (taken.case.outcome, taken.case.closed_by_id) == ("procedure", morphine.senior.pk)


def test_a_recount_that_agrees_still_waits_for_the_manager(morphine: Bedside, witness: StaffMember) -> None:
    taken = count(morphine, 27, witness_id=witness.pk)
    assert count(morphine, 28, at=LATER, witness_id=witness.pk).agrees
    assert [each.pk for each in open_cases(morphine)] == [taken.case.pk]
    with scope(home=morphine.home.pk):
        (found,) = cd_discrepancies.open_cd_discrepancies(morphine.home.pk)
    assert (found.stage, found.is_incident) == ("agrees", False)
    sign(morphine, taken.case, "miscounted", "Two stuck together", outcome="explained")
    assert morphine.balance() == 28


def test_counts_at_the_bedside_look_at_one_case(morphine: Bedside, witness: StaffMember) -> None:
    """The book stays wrong until a manager signs: each dose's witness must not open another discrepancy."""
    for step in range(3):
        morphine.record(
            morphine.dose(
                due_at=None, given_at=FIVE_PAST + step * MINUTE, witness_id=witness.pk,
                counted_balance=Decimal(26 - step),
            )
        )  # fmt: skip
    (found,) = open_cases(morphine)
    assert tasks_open(morphine) == 1
    with scope(home=morphine.home.pk):
        assert cd_discrepancies.open_cd_discrepancies(morphine.home.pk)[0].stage == "incident"
        assert difference_left(found) == -1
    sign(morphine, found, "dropped", "One was dropped", outcome="explained")
    assert morphine.balance() == 24


def test_the_weekly_check_counts_every_page_at_once_and_settles_its_task(
    morphine: Bedside, witness: StaffMember
) -> None:
    with scope(home=morphine.home.pk):
        close_home(home_id=morphine.home.pk, at=NINE)
    assert tasks_open(morphine, "balance_check") == 1
    how = {"home_id": morphine.home.pk, "by": morphine.carer.pk, "at": NINE}
    counted = {morphine.line.pk: Decimal(28)}
    with scope(home=morphine.home.pk):
        with pytest.raises(counts.WitnessMissing):
            counts.check_balances(check_id=uuid7(), counted=counted, witness_id=None, **how)
        pk = uuid7()
        for _ in range(2):
            session, taken = counts.check_balances(check_id=pk, counted=counted, witness_id=witness.pk, **how)
        assert [each.agrees for each in taken] == [True]
        assert (session.kind, session.finished_by_id) == ("register", morphine.carer.pk)
        assert StockCount.objects.count() == 1
    assert tasks_open(morphine, "balance_check") == 0


def test_a_page_left_out_keeps_the_weekly_check_open(morphine: Bedside, witness: StaffMember) -> None:
    other = morphine.another(is_controlled=True)
    with scope(home=morphine.home.pk):
        close_home(home_id=morphine.home.pk, at=NINE)
        counts.check_balances(
            home_id=morphine.home.pk, check_id=uuid7(), counted={morphine.line.pk: Decimal(28)}, witness_id=witness.pk,
            by=morphine.carer.pk, at=NINE,
        )  # fmt: skip
    assert other.line.pk != morphine.line.pk
    assert tasks_open(morphine, "balance_check") == 1


# Counting together


def packs_of(bedside: Bedside) -> list[Any]:
    second = make.make_stock_pack(line=bedside.line, by=bedside.carer, quantity=Decimal(10))
    return [bedside.pack, second]


def found_in(bedside: Bedside, session: StockCountSession, pack: Any, quantity: int, by: StaffMember | None = None,
             at: Any = NINE) -> None:  # fmt: skip
    with scope(home=bedside.home.pk):
        counts.count_pack(
            session=session, line_id=bedside.line.pk, pack_id=pack and pack.pk, quantity=Decimal(quantity),
            counted_id=uuid7(), is_scanned=True, by=(by or bedside.carer).pk, at=at,
        )  # fmt: skip


def conclude(bedside: Bedside, session: StockCountSession, at: Any = LATER) -> ledger.Taken:
    with scope(home=bedside.home.pk):
        return counts.count_packs(
            session=session, line=bedside.line, found=ledger.Found(uuid7(), Decimal(0)), by=bedside.carer.pk, at=at
        )


def test_packs_are_counted_by_several_people_and_added_up(bedside: Bedside) -> None:
    first, second = packs_of(bedside)
    session = begin(bedside)
    found_in(bedside, session, first, 27)
    found_in(bedside, session, first, 28, at=NINE + MINUTE)  # said again, the later stands
    found_in(bedside, session, second, 10, by=bedside.senior, at=NINE + MINUTE)
    with scope(home=bedside.home.pk):
        (line,) = state(session).lines
    assert [each.counted.quantity for each in line.packs] == [28, 10]
    assert conclude(bedside, session).agrees
    with scope(home=bedside.home.pk):
        assert state(session).percent == 100


def test_a_dose_during_the_count_is_no_difference(bedside: Bedside) -> None:
    first, second = packs_of(bedside)
    session = begin(bedside)
    found_in(bedside, session, first, 28)
    bedside.record(bedside.dose(due_at=None, given_at=NINE + MINUTE), at=NINE + MINUTE)
    found_in(bedside, session, second, 10, at=NINE + 2 * MINUTE)
    assert conclude(bedside, session).agrees
    assert bedside.balance() == 37


def test_without_the_adjustment_that_dose_would_be_a_difference(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "stock.queries.counts.held_now", lambda parts, moves, book: sum(each.quantity for each in parts)
    )
    test_packs = packs_of(bedside)
    session = begin(bedside)
    found_in(bedside, session, test_packs[0], 28)
    bedside.record(bedside.dose(due_at=None, given_at=NINE + MINUTE), at=NINE + MINUTE)
    found_in(bedside, session, test_packs[1], 10, at=NINE + 2 * MINUTE)
    assert not conclude(bedside, session).agrees


def test_a_pack_in_which_nothing_was_found_is_finished(bedside: Bedside) -> None:
    first, second = packs_of(bedside)
    session = begin(bedside)
    found_in(bedside, session, first, 0)
    found_in(bedside, session, second, 38)
    assert conclude(bedside, session).agrees
    with scope(home=bedside.home.pk):
        first.refresh_from_db()
        second.refresh_from_db()
    assert (first.status, second.status) == (PackStatus.FINISHED, PackStatus.IN_USE)


def test_a_recount_begins_without_what_was_found_before(bedside: Bedside) -> None:
    first, second = packs_of(bedside)
    session = begin(bedside)
    found_in(bedside, session, first, 28)
    found_in(bedside, session, second, 9)
    assert not conclude(bedside, session, NINE + MINUTE).agrees
    with scope(home=bedside.home.pk):
        (line,) = state(session).lines
        assert line.standing == "again"
        assert [each.counted for each in line.packs] == [None, None]
    with pytest.raises(counts.NothingCounted):
        conclude(bedside, session, NINE + 2 * MINUTE)


def test_a_finished_count_takes_nothing_more(bedside: Bedside) -> None:
    session = begin(bedside)
    with scope(home=bedside.home.pk):
        counts.finish_count(session=session, by=bedside.carer.pk, at=LATER)
        with pytest.raises(ledger.CountFinished):
            counts.finish_count(session=session, by=bedside.carer.pk, at=LATER)
        assert [each.pk for each in sessions(bedside.home.pk, is_finished=True)] == [session.pk]
    with pytest.raises(ledger.CountFinished):
        found_in(bedside, session, bedside.pack, 28)
    with pytest.raises(ledger.CountFinished):
        count(bedside, 28, session_id=session.pk)


def test_what_is_not_part_of_a_count_is_refused(bedside: Bedside) -> None:
    other = bedside.another()
    session = begin(bedside, "resident", resident_id=bedside.resident.pk)
    elsewhere = make.make_stock_pack(line=other.line, by=bedside.carer)
    with pytest.raises(ledger.NotInThisCount):
        found_in(bedside, session, elsewhere, 28)


def test_a_count_covers_what_was_asked_for(bedside: Bedside) -> None:
    bedside.another()
    make.make_stock_pack(line=bedside.line, by=bedside.carer, location="fridge")
    with pytest.raises(ledger.NothingToCount):
        begin(bedside, "location", location="cd_cabinet")
    of_fridge, everything, cycle = (
        begin(bedside, "location", location="fridge"),
        begin(bedside),
        begin(bedside, "cycle"),
    )
    with scope(home=bedside.home.pk):
        assert [each.line for each in state(of_fridge).lines] == [bedside.line]
        assert [each.why for each in state(everything).lines] == ["", ""]
        assert [each.why for each in state(cycle).lines] == ["never", "never"]


def test_a_label_and_a_gs1_code_find_their_pack(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        ours = make.make_stock_pack(line=bedside.line, by=bedside.carer, label_code="EPABC234")
        one = make.make_stock_pack(line=bedside.line, by=bedside.carer, gtin="05012345678900", batch="A1", serial="S1")
        make.make_stock_pack(line=bedside.line, by=bedside.carer, gtin="05012345678900", batch="A1", serial="S2")

    def found(text: str) -> list[Any]:
        with scope(home=bedside.home.pk):
            scan = read_scan(text, today=NINE.date(), separators_kept=True)
            return [each.pk for each in packs_of_scan(bedside.home.pk, scan)]

    assert found("epabc234") == [ours.pk]
    assert found("010501234567890017271231" + "10A1" + "\x1d" + "21S1") == [one.pk]
    assert len(found("05012345678900")) == 2
    assert found("nothing of ours") == []


def test_a_count_takes_a_constant_number_of_statements(bedside: Bedside, django_assert_max_num_queries: Any) -> None:
    for _ in range(4):
        bedside.another()
    session = begin(bedside)
    with scope(home=bedside.home.pk), django_assert_max_num_queries(8) as captured:
        assert len(state(session).lines) == 5
    few = len(captured)
    for _ in range(6):
        bedside.another()
    more = begin(bedside)
    with scope(home=bedside.home.pk), django_assert_max_num_queries(few) as captured:
        assert len(state(more).lines) == 11
    assert len(captured) == few
