"""What a second person counts when a controlled drug is given, and what the register and the manager see of it."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from emar.models import Administration, HomePolicy, StaffMember, WitnessReview
from emar.operations.administrations import correct
from emar.operations.register import review
from emar.operations.reviews import AlreadyReviewed, WordsMissing
from emar.queries import register
from emar.rules import pins
from emar.scope import scope
from stock.models import Discrepancy, StockCount
from stock.queries.ledger_faults import ledger_faults
from tests import factories as make
from tests.bedside import EIGHT, FIVE_PAST, HOUR, MINUTE, NINE, Bedside, make_bedside
from tests.tablet import Tablet, enrol_tablet, give_pin

NIGHT = datetime(2026, 11, 18, 23, 0, tzinfo=UTC)


@pytest.fixture
def bedside(db: None) -> Bedside:
    return make_bedside(
        is_controlled=True, medicine=make.make_medicine(name="Morphine 10mg tablets", controlled_drug_category="0002")
    )


@pytest.fixture
def witness(bedside: Bedside) -> StaffMember:
    return make.make_staff_member(home=bedside.home, full_name="Wilma Witness")


def codes(bedside: Bedside, **fields: Any) -> list[str]:
    (told,) = bedside.record(bedside.dose(**fields))
    return [each["code"] for each in told.findings]


def counts(bedside: Bedside) -> list[tuple[Decimal, Decimal]]:
    with scope(home=bedside.home.pk):
        assert list(ledger_faults(bedside.home.pk)) == []
        return list(StockCount.objects.order_by("received_at").values_list("counted", "book"))


def discrepancies(bedside: Bedside) -> list[tuple[Decimal, Decimal]]:
    with scope(home=bedside.home.pk):
        return list(Discrepancy.objects.values_list("expected", "found"))


@pytest.mark.hazard("H16", control="the witness counts without seeing the balance", shows="works")
def test_a_count_that_agrees_is_kept_by_the_one_who_counted(bedside: Bedside, witness: StaffMember) -> None:
    assert codes(bedside, witness_id=witness.pk, counted_balance=Decimal(27)) == []
    assert counts(bedside) == [(27, 27)]
    assert discrepancies(bedside) == []
    with scope(home=bedside.home.pk):
        count = StockCount.objects.get()
        assert (count.counted_by_id, count.witness_id) == (witness.pk, bedside.carer.pk)
    assert bedside.administrations()[0].counted_balance == 27


@pytest.mark.hazard("H15", control="a count that differs opens a discrepancy with the dose", shows="works")
def test_a_count_that_differs_opens_a_discrepancy_and_tells_no_balance(bedside: Bedside, witness: StaffMember) -> None:
    (told,) = bedside.record(bedside.dose(witness_id=witness.pk, counted_balance=Decimal(26)))
    assert told.findings == ({"code": "balance_differs", "level": "ask"},)
    assert counts(bedside) == [(26, 27)]
    assert discrepancies(bedside) == [(27, 26)]
    assert bedside.balance() == 27


def test_each_count_of_a_batch_is_compared_with_what_the_doses_before_it_left(
    bedside: Bedside, witness: StaffMember
) -> None:
    doses = [
        bedside.dose(due_at=None, given_at=FIVE_PAST + step * MINUTE, witness_id=witness.pk, counted_balance=left)
        for step, left in enumerate((Decimal(27), Decimal(26), Decimal(24)))
    ]
    found = [[each["code"] for each in told.findings] for told in bedside.record(*doses)]
    assert ["balance_differs" in each for each in found] == [False, False, True]
    assert discrepancies(bedside) == [(25, 24)]


def test_a_dose_sent_late_is_compared_with_the_cupboard_as_it_was(bedside: Bedside, witness: StaffMember) -> None:
    """The later dose reached the server first: both counts were right when they were made."""
    later = bedside.dose(due_at=None, given_at=EIGHT + 2 * HOUR, witness_id=witness.pk, counted_balance=Decimal(26))
    earlier = bedside.dose(witness_id=witness.pk, counted_balance=Decimal(27))
    bedside.record(bedside.dose(due_at=None, given_at=EIGHT + HOUR), at=EIGHT + 3 * HOUR)
    (told,) = bedside.record(earlier, at=EIGHT + 3 * HOUR)
    assert told.findings == ()
    assert discrepancies(bedside) == []
    bedside.record(later, at=EIGHT + 3 * HOUR)
    # Between the two the third was given, so the cupboard held 25 after the last.
    assert discrepancies(bedside) == [(25, 26)]
    counts(bedside)


@pytest.mark.hazard("H16", control="the giver cannot be their own witness", shows="works")
def test_a_giver_who_is_the_witness_is_a_conflict(bedside: Bedside) -> None:
    (told,) = bedside.record(bedside.dose(witness_id=bedside.carer.pk))
    assert (told.answer, told.findings[0]["code"]) == ("conflict", "witness_is_giver")


@pytest.mark.hazard("H16", control="a witness who signed at another time is asked about", shows="works")
@pytest.mark.parametrize(
    ("apart", "found"),
    [
        (timedelta(), []),
        (timedelta(minutes=2), []),
        (-timedelta(minutes=2), []),
        (timedelta(minutes=2, seconds=1), ["witness_apart"]),
        (-timedelta(minutes=2, seconds=1), ["witness_apart"]),
        (None, []),
    ],
)
def test_a_witness_signs_within_two_minutes(
    bedside: Bedside, witness: StaffMember, apart: timedelta | None, found: list[str]
) -> None:
    signed = None if apart is None else FIVE_PAST + apart
    (told,) = bedside.record(bedside.dose(witness_id=witness.pk, witnessed_at=signed))
    assert [each["code"] for each in told.findings] == found
    with scope(home=bedside.home.pk):
        waiting = [str(each.pk) for each in register.exceptions(bedside.home.pk)]
    assert waiting == ([told.id] if found else [])


def test_a_dose_sealed_before_a_witness_had_a_time_or_a_dose_had_parts_keeps_its_seal(
    bedside: Bedside, witness: StaffMember
) -> None:
    dose = bedside.dose(witness_id=witness.pk)
    assert dose.sealed() != replace(dose, witnessed_at=FIVE_PAST).sealed()
    content = {
        each.name: getattr(dose, each.name) for each in fields(dose) if each.name not in ("witnessed_at", "parts")
    }
    content |= {name: value.astimezone(UTC).isoformat() for name, value in content.items() if hasattr(value, "tzinfo")}
    said = json.dumps(content, sort_keys=True, default=str)
    assert dose.sealed() == hashlib.sha256(said.encode()).hexdigest()


def allow_nights(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        HomePolicy.objects.create(home=bedside.home, has_unwitnessed_nights=True, changed_at=NINE)


@pytest.mark.parametrize(
    ("is_allowed", "given_at", "found"),
    [(False, NIGHT, "no_witness"), (True, NIGHT, "unwitnessed"), (True, EIGHT + HOUR, "no_witness")],
)
def test_without_a_witness_only_at_night_and_by_policy(
    bedside: Bedside, is_allowed: bool, given_at: datetime, found: str
) -> None:
    if is_allowed:
        allow_nights(bedside)
    dose = bedside.dose(due_at=None, given_at=given_at, no_witness_reason="alone on shift")
    (told,) = bedside.record(dose, at=given_at)
    (exception,) = [each for each in told.findings if each["code"] in ("no_witness", "unwitnessed")]
    assert (exception["code"], exception["reason"]) == (found, "alone on shift")
    with scope(home=bedside.home.pk):
        assert [str(each.pk) for each in register.exceptions(bedside.home.pk)] == [dose.id]


def test_a_manager_reviews_an_exception_once_and_with_words(bedside: Bedside) -> None:
    codes(bedside)
    with scope(home=bedside.home.pk):
        (record,) = register.exceptions(bedside.home.pk)
        how = {"administration": record, "by": bedside.senior.pk, "at": NINE}
        with pytest.raises(WordsMissing):
            review(review_id=uuid7(), words=" ", **how)
        pk = uuid7()
        assert review(review_id=pk, words="spoke to both", **how) == review(review_id=pk, words="spoke to both", **how)
        with pytest.raises(AlreadyReviewed):
            review(review_id=uuid7(), words="another word", **how)
        assert WitnessReview.objects.count() == 1
        assert register.exceptions(bedside.home.pk) == []
        assert [each.pk for each in register.reviewed(bedside.home.pk)] == [record.pk]


def proven(tablet: Tablet, bedside: Bedside, witness: StaffMember, **wrong: Any) -> dict[str, Any]:
    with scope(home=bedside.home.pk):
        key = StaffMember.objects.get(pk=witness.pk).pin_key
    pk = str(uuid7())
    proof = pins.proof(key, f"{pk}:{witness.pk}")
    body = {"witness_id": witness.pk, "witness_proof": proof, "balance_counted": "27"} | wrong
    return tablet.given(bedside, wrong={"id": pk}, **body)


def told_codes(tablet: Tablet, event: dict[str, Any]) -> list[str]:
    (answer,) = tablet.answers(event)
    # The server's clock is the real one here, so the event lay on the device for long.
    return [each["code"] for each in answer["findings"] if each["code"] != "lease_over"]


@pytest.mark.hazard("H16", control="a witness signs in for themselves, for this very dose", shows="works")
def test_a_device_shows_that_the_witness_typed_their_own_pin(bedside: Bedside, witness: StaffMember) -> None:
    give_pin(bedside, witness)
    tablet = enrol_tablet(bedside)
    assert told_codes(tablet, proven(tablet, bedside, witness)) == []
    assert counts(bedside) == [(27, 27)]


@pytest.mark.parametrize("proof", [None, "", "00" * 32, "é"])
def test_without_that_proof_the_manager_is_told(bedside: Bedside, witness: StaffMember, proof: str | None) -> None:
    give_pin(bedside, witness)
    tablet = enrol_tablet(bedside)
    assert told_codes(tablet, proven(tablet, bedside, witness, witness_proof=proof)) == ["witness_unproven"]
    with scope(home=bedside.home.pk):
        assert register.exception_count(bedside.home.pk) == 1


def test_the_register_reads_from_the_first_line_to_the_last(bedside: Bedside, witness: StaffMember) -> None:
    codes(bedside, witness_id=witness.pk, counted_balance=Decimal(27))
    codes(bedside, due_at=None, outcome="refused", amount=None, prepared=Decimal(1), witness_id=witness.pk)
    with scope(home=bedside.home.pk):
        given = Administration.objects.get(outcome="given")
        correct(
            correction_id=uuid7(), administration=given, replacement=None, reason="entered for another",
            by=bedside.senior.pk, at=NINE,
        )  # fmt: skip
        (page,) = register.pages(bedside.home.pk)
        rows = register.page_rows(page.line)
    entries = [row.entry for row in rows if row.entry]
    assert [(each.words, each.came_in, each.went_out, each.wasted, each.balance) for each in entries] == [
        ("Received", 28, None, None, 28),
        ("Given", None, 1, None, 27),
        ("Wasted", None, None, 1, 26),
        ("Correction", 1, None, None, 27),
    ]
    assert [each.witness for each in entries][1:3] == ["Wilma Witness", "Wilma Witness"]
    assert "entered for another" in entries[3].note
    assert entries[1].witness_counted == 27
    (count,) = [row.count for row in rows if row.count]
    assert count.agrees
    assert page.balance == 27


def test_only_controlled_drugs_have_a_page(bedside: Bedside) -> None:
    bedside.another()
    chosen = bedside.another(is_controlled=True)  # by the home's own policy
    with scope(home=bedside.home.pk):
        assert set(register.register_balances(bedside.home.pk)) == {bedside.line.pk, chosen.line.pk}


def test_a_page_takes_the_same_number_of_statements_however_long_it_is(
    bedside: Bedside, witness: StaffMember, django_assert_num_queries: Any
) -> None:
    for step in range(5):
        bedside.record(
            bedside.dose(
                due_at=None, given_at=FIVE_PAST + step * MINUTE, witness_id=witness.pk,
                counted_balance=Decimal(27 - step),
            )
        )  # fmt: skip
    with scope(home=bedside.home.pk), django_assert_num_queries(5):
        assert len(register.page_rows(bedside.line)) == 11
