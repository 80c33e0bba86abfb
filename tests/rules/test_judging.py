"""What is found about a dose that is already recorded."""

import socket
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.amounts import Amount
from emar.rules.judging import OtherAnswer, PackUsed, Prescribed, RecordedDose, judge
from emar.rules.outcomes import GIVEN_WORDS, NOT_GIVEN_WORDS, OUTCOMES
from emar.rules.prn import GivenDose, Limit, paracetamol_limit
from emar.rules.readings import HoldRule
from emar.rules.timing import Window
from emar.rules.wall_clock import LONDON

DUE = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(DUE - 2 * HOUR, DUE - HOUR, DUE + HOUR)
ONE = Amount(Decimal(1), Decimal(1))
PRESCRIBED = Prescribed("rx", "joan", ("amlodipine 5mg",), "tablet", active_from=DUE - timedelta(days=300))
GIVEN = RecordedDose(
    resident_id="joan",
    prescription_id="rx",
    outcome="given",
    given_at=DUE,
    received_at=DUE + timedelta(seconds=2),
    due_at=DUE,
    amount=Decimal(1),
    unit="tablet",
    given_by="ann",
)
PACK = PackUsed("amlodipine 5mg", "joan", expires_on=date(2027, 1, 31))


def codes(dose: RecordedDose = GIVEN, prescribed: Prescribed | None = PRESCRIBED, **facts: Any) -> list[str]:
    facts = {"due_amount": ONE, "window": WINDOW, "packs": [PACK], **facts}
    return [each.code for each in judge(dose, prescribed, **facts)]


def test_a_plain_dose_has_no_findings() -> None:
    assert codes() == []


class TestWhatTheOpenSourcePeersAccepted:
    """The nine cases that other records answered with "fine", or fell over at."""

    def test_1_the_same_dose_twice_is_a_double_dose(self) -> None:
        assert codes(others=[OtherAnswer("given", DUE)]) == ["double_dose"]

    def test_2_another_residents_prescription_is_the_wrong_resident(self) -> None:
        assert codes(replace(GIVEN, resident_id="bill"), packs=[]) == ["wrong_resident"]

    def test_3_another_medicine_than_prescribed_is_the_wrong_medicine(self) -> None:
        assert codes(packs=[replace(PACK, medicine_id="simvastatin 40mg")]) == ["wrong_medicine"]

    def test_4_a_time_24_hours_ahead_is_a_future_time(self) -> None:
        assert "future_time" in codes(replace(GIVEN, given_at=GIVEN.received_at + 24 * HOUR))

    @pytest.mark.parametrize("outcome", ["", "other", "withheld_on_advice"])
    def test_5_not_given_without_a_reason_misses_its_reason(self, outcome: str) -> None:
        assert codes(replace(GIVEN, outcome=outcome, amount=None)) == ["missing_reason"]

    def test_6_no_performer_is_found(self) -> None:
        assert codes(replace(GIVEN, given_by=None)) == ["no_performer"]

    @pytest.mark.parametrize("amount", [None, Decimal(0), Decimal(-1)])
    def test_7_no_dose_is_found(self, amount: Decimal | None) -> None:
        assert codes(replace(GIVEN, amount=amount)) == ["missing_amount"]

    def test_8_a_stopped_prescription_is_a_stopped_medicine(self) -> None:
        assert codes(prescribed=replace(PRESCRIBED, stopped_at=DUE - HOUR)) == ["stopped_medicine"]

    def test_9_no_other_server_is_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("judging a dose must not open a connection")

        monkeypatch.setattr(socket, "socket", refuse)
        monkeypatch.setattr(socket, "create_connection", refuse)
        assert codes(replace(GIVEN, outcome="no such word"), None) == [
            "unknown_prescription",
            "unknown_outcome",
        ]


class TestOtherAnswers:
    def test_given_on_a_second_try_after_a_refusal_is_fine(self) -> None:
        assert codes(others=[OtherAnswer("refused", DUE - timedelta(minutes=20))]) == []

    def test_given_late_after_the_system_wrote_not_recorded_is_fine(self) -> None:
        assert codes(others=[OtherAnswer("not_recorded", DUE + 2 * HOUR)]) == []

    def test_given_by_one_and_later_refused_by_another_has_two_answers(self) -> None:
        dose = replace(GIVEN, outcome="refused", amount=None, given_at=DUE + timedelta(minutes=5))
        assert codes(dose, others=[OtherAnswer("given", DUE)]) == ["two_answers"]

    def test_the_same_two_answers_arriving_in_the_other_order_are_found_too(self) -> None:
        assert codes(others=[OtherAnswer("refused", DUE + timedelta(minutes=5))]) == ["two_answers"]

    @given(st.sampled_from(sorted(GIVEN_WORDS)), st.sampled_from(sorted(GIVEN_WORDS)), st.integers(-600, 600))
    def test_any_two_givings_of_one_dose_conflict_in_either_order(self, one: str, other: str, apart: int) -> None:
        at = DUE + timedelta(minutes=apart)
        received = DUE + timedelta(days=1)
        first = judge(
            replace(GIVEN, outcome=one, received_at=received),
            PRESCRIBED,
            window=WINDOW,
            others=[OtherAnswer(other, at)],
        )
        second = judge(
            replace(GIVEN, outcome=other, given_at=at, received_at=received),
            PRESCRIBED,
            window=WINDOW,
            others=[OtherAnswer(one, DUE)],
        )
        assert "double_dose" in [each.code for each in first]
        assert "double_dose" in [each.code for each in second]


class TestTime:
    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [
            (-121, ["too_early"]),
            (-120, ["early"]),
            (-61, ["early"]),
            (-60, []),
            (60, []),
            (61, []),
            (60 * 20, []),
        ],
    )
    def test_early_is_found_and_late_never(self, minutes: int, expected: list[str]) -> None:
        at = DUE + timedelta(minutes=minutes)
        assert codes(replace(GIVEN, given_at=at, received_at=at)) == expected

    def test_a_regular_dose_that_nothing_was_due_for_is_not_due(self) -> None:
        assert codes(window=None) == ["not_due"]

    def test_a_few_minutes_of_clock_difference_are_not_the_future(self) -> None:
        assert codes(replace(GIVEN, received_at=DUE - timedelta(minutes=5))) == []
        assert codes(replace(GIVEN, received_at=DUE - timedelta(minutes=5, seconds=1))) == ["future_time"]

    def test_a_wall_clock_time_in_the_repeated_hour_is_compared_by_what_came_first(self) -> None:
        second_showing = datetime(2026, 10, 25, 1, 10, tzinfo=LONDON, fold=1)
        first_showing = datetime(2026, 10, 25, 1, 50, tzinfo=LONDON, fold=0)
        window = Window(*(first_showing.astimezone(UTC) + each * HOUR for each in (-2, -1, 1)))
        dose = replace(GIVEN, given_at=second_showing, received_at=second_showing.astimezone(UTC))
        assert codes(dose, window=window) == []


class TestPrescription:
    def test_a_replaced_one_is_superseded_which_is_a_note(self) -> None:
        (only,) = judge(
            GIVEN,
            replace(PRESCRIBED, stopped_at=DUE, is_replaced=True),
            due_amount=ONE,
            window=WINDOW,
            packs=[PACK],
        )
        assert (only.code, only.level) == ("superseded_prescription", "note")

    def test_a_dose_before_the_stop_is_fine_whenever_it_arrives(self) -> None:
        prescribed = replace(PRESCRIBED, stopped_at=DUE + timedelta(seconds=1))
        assert codes(replace(GIVEN, received_at=DUE + 5 * HOUR), prescribed) == []

    def test_one_that_nobody_has_checked_is_not_active(self) -> None:
        assert codes(prescribed=replace(PRESCRIBED, active_from=None)) == ["not_active"]

    def test_an_allergy_is_found_with_its_substance(self) -> None:
        found = judge(GIVEN, replace(PRESCRIBED, allergies=("penicillin",)), window=WINDOW)
        assert [each.to_json() for each in found] == [{"code": "allergy", "level": "stop", "substance": "penicillin"}]

    @pytest.mark.parametrize(("witness", "found"), [(None, ["no_witness"]), ("ann", ["witness_is_giver"]), ("bob", [])])
    def test_a_controlled_drug_needs_a_witness_other_than_the_giver(
        self, witness: str | None, found: list[str]
    ) -> None:
        dose = replace(GIVEN, witness_id=witness)
        assert codes(dose, replace(PRESCRIBED, needs_witness=True)) == found

    def test_a_wasted_controlled_drug_needs_a_witness_too(self) -> None:
        dose = replace(GIVEN, outcome="refused", amount=None, takes_stock=True)
        assert codes(dose, replace(PRESCRIBED, needs_witness=True)) == ["no_witness"]
        assert codes(replace(dose, takes_stock=False), replace(PRESCRIBED, needs_witness=True)) == []

    def test_without_a_witness_at_night_is_noted_where_the_policy_allows_it(self) -> None:
        dose = replace(GIVEN, may_be_unwitnessed=True, no_witness_reason="alone on shift")
        (found,) = judge(dose, replace(PRESCRIBED, needs_witness=True), window=WINDOW, due_amount=ONE)
        assert found.to_json() == {"code": "unwitnessed", "level": "note", "reason": "alone on shift"}

    def test_a_witness_who_is_somebody_else_is_fine(self) -> None:
        assert codes(replace(GIVEN, witness_id="ben"), replace(PRESCRIBED, needs_witness=True)) == []


class TestAmount:
    def test_more_than_prescribed_is_the_wrong_amount(self) -> None:
        assert codes(replace(GIVEN, amount=Decimal(2))) == ["wrong_amount"]

    def test_within_a_range_any_amount_is_right(self) -> None:
        assert codes(replace(GIVEN, amount=Decimal("1.5")), due_amount=Amount(Decimal(1), Decimal(2))) == []

    def test_less_is_right_only_when_part_was_given(self) -> None:
        half = replace(GIVEN, amount=Decimal("0.5"))
        assert codes(half) == ["wrong_amount"]
        assert codes(replace(half, outcome="part_given")) == []

    def test_another_unit_is_found(self) -> None:
        assert codes(replace(GIVEN, unit="ml")) == ["wrong_unit"]


class TestPack:
    def test_another_residents_pack_is_the_wrong_resident(self) -> None:
        assert codes(packs=[replace(PACK, resident_id="bill")]) == ["wrong_resident"]

    def test_the_homes_own_pack_is_anybodys(self) -> None:
        assert codes(packs=[replace(PACK, resident_id=None)]) == []

    def test_the_last_day_of_use_is_good_in_the_homes_own_day(self) -> None:
        # 23:30 UTC on 30 June is already 1 July in the home.
        at = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
        window = Window(at, at, at + HOUR)
        dose = replace(GIVEN, given_at=at, received_at=at)
        assert codes(dose, window=window, packs=[replace(PACK, expires_on=date(2026, 7, 1))]) == []
        assert codes(dose, window=window, packs=[replace(PACK, expires_on=date(2026, 6, 30))]) == ["expired"]

    def test_opened_too_long_and_quarantined_are_found(self) -> None:
        bad = replace(PACK, status="quarantined", use_by=date(2026, 11, 2))
        assert codes(packs=[bad]) == ["quarantined", "opened_too_long"]


class TestLimitsAndReadings:
    def test_paracetamol_counts_across_products(self) -> None:
        prescribed = replace(
            PRESCRIBED,
            is_when_required=True,
            limits=(paracetamol_limit("paracetamol"),),
            ingredients_per_unit={"paracetamol": Decimal(500)},
        )
        co_codamol = GivenDose(DUE - 3 * HOUR, Decimal(2), "other", {"paracetamol": Decimal(1000)})
        assert codes(GIVEN, prescribed, window=None, past=[co_codamol]) == ["prn_too_soon"]
        assert codes(GIVEN, prescribed, window=None, past=[replace(co_codamol, given_at=DUE - 4 * HOUR)]) == []

    def test_over_the_maximum_names_when_it_opens(self) -> None:
        prescribed = replace(PRESCRIBED, is_when_required=True, limits=(Limit(None, Decimal(4)),))
        past = [GivenDose(DUE - timedelta(hours=20 - step), Decimal(1), "rx") for step in range(4)]
        (only,) = judge(GIVEN, prescribed, due_amount=ONE, past=past)
        assert only.code == "prn_over_maximum"
        assert only.facts["next_allowed_at"] == "2026-11-03T12:00:00Z"

    def test_a_refusal_is_never_too_soon(self) -> None:
        prescribed = replace(PRESCRIBED, is_when_required=True, limits=(Limit(HOUR),))
        dose = replace(GIVEN, outcome="refused", amount=None)
        assert codes(dose, prescribed, past=[GivenDose(DUE, Decimal(1), "rx")]) == []

    def test_a_pulse_under_the_limit_means_it_should_have_been_held(self) -> None:
        prescribed = replace(PRESCRIBED, holds=(HoldRule("pulse", Decimal(60), None),))
        assert codes(replace(GIVEN, readings={"pulse": Decimal(59)}), prescribed) == ["hold_rule"]
        assert codes(replace(GIVEN, readings={"pulse": Decimal(60)}), prescribed) == []
        assert codes(GIVEN, prescribed) == ["reading_first"]


@given(
    outcome=st.sampled_from([*sorted(OUTCOMES), "", "nonsense"]),
    amount=st.none() | st.decimals(-5, 50, places=2),
    unit=st.sampled_from(["tablet", "ml", ""]),
    minutes=st.integers(-3000, 3000),
    given_by=st.none() | st.just("ann"),
    resident=st.sampled_from(["joan", "bill"]),
    prescribed=st.none() | st.just(PRESCRIBED),
    has_window=st.booleans(),
    other=st.none() | st.sampled_from(sorted(OUTCOMES)),
)
def test_whatever_is_recorded_is_judged_without_raising(
    outcome: str,
    amount: Decimal | None,
    unit: str,
    minutes: int,
    given_by: str | None,
    resident: str,
    prescribed: Prescribed | None,
    has_window: bool,
    other: str | None,
) -> None:
    dose = replace(
        GIVEN,
        outcome=outcome,
        amount=amount,
        unit=unit,
        given_at=DUE + timedelta(minutes=minutes),
        given_by=given_by,
        resident_id=resident,
    )
    found = judge(
        dose,
        prescribed,
        due_amount=ONE,
        window=WINDOW if has_window else None,
        packs=[PACK],
        others=[] if other is None else [OtherAnswer(other, DUE)],
    )
    by_code = [each.code for each in found]
    assert ("no_performer" in by_code) == (given_by is None and outcome in OUTCOMES and outcome != "not_recorded")
    if resident == "bill" and prescribed is not None:
        assert "wrong_resident" in by_code
    if outcome in NOT_GIVEN_WORDS:
        assert not {"early", "too_early", "wrong_amount", "expired"} & set(by_code)


def test_a_place_that_is_on_no_body_map_is_kept_and_noted() -> None:
    assert codes(replace(GIVEN, site="left upper arm")) == []
    assert codes(replace(GIVEN, site="tummy, near the button")) == ["unknown_site"]
