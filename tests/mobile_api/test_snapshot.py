"""Does a device get what it needs for three days: whole, current, of its own home, and in a few statements?"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from emar.models import Prescription
from emar.operations import audit
from emar.queries import due, snapshot
from emar.scope import scope
from stock.operations.ledger import count, lock_home
from tests import factories as make
from tests.bedside import EIGHT, FIVE_PAST, HOUR, NINE, Bedside, make_bedside, make_paracetamol
from tests.tablet import Tablet, zulu

#: The contract with the bedside app: every name it reads, and of which kind the value is.
TEXT, NUMBER, FLAG, LIST, RECORD = str, int, bool, list, dict
OPTIONAL_TEXT, OPTIONAL_NUMBER, OPTIONAL_RECORD = (str, type(None)), (int, type(None)), (dict, type(None))
SHAPE: dict[str, Any] = {
    "cursor": TEXT,
    "server_time": TEXT,
    "schema": NUMBER,
    "home": {"id": NUMBER, "name": TEXT},
    "units": [{"id": NUMBER, "name": TEXT}],
    "rounds": [{"id": NUMBER, "unit_id": NUMBER, "name": TEXT, "starts": TEXT, "ends": TEXT}],
    "staff": [
        {
            "id": NUMBER, "display_name": TEXT, "initials": TEXT, "role": TEXT, "badge_hash": OPTIONAL_TEXT,
            "pin_verifier": OPTIONAL_RECORD,
        }
    ],
    "residents": [
        {
            "id": NUMBER, "unit_id": NUMBER, "room": TEXT, "full_name": TEXT, "preferred_name": TEXT, "born_on": TEXT,
            "photo_url": OPTIONAL_TEXT, "label_code": TEXT, "presence": TEXT,
            "allergies": [{"substance": TEXT, "reaction": TEXT}], "allergy_status": TEXT, "how_i_take": TEXT,
            "corridor_order": NUMBER,
        }
    ],
    "prescriptions": [
        {
            "id": TEXT, "version": NUMBER, "resident_id": NUMBER,
            "medicine": {
                "id": TEXT, "name": TEXT, "strength": TEXT, "form": TEXT, "ingredient_ids": LIST, "is_cd": FLAG,
            },
            "dose_words": TEXT, "instructions": LIST, "reason": TEXT, "unit": TEXT, "kind": TEXT,
            "window_minutes": NUMBER, "time_critical": FLAG, "must_be_brand": FLAG, "status": TEXT,
            "acceptable_gtins": LIST, "accepted_allergies": LIST, "stock_unit": TEXT, "prn": OPTIONAL_RECORD,
            "problem": OPTIONAL_TEXT,
        }
    ],
    "due": [
        {
            "prescription_id": TEXT, "due_at": TEXT, "round_id": OPTIONAL_NUMBER, "low": TEXT, "high": TEXT,
            "unit": TEXT, "opens_at": TEXT, "closes_at": TEXT, "early_from": TEXT, "answered": OPTIONAL_RECORD,
        }
    ],
    "packs": [
        {
            "id": TEXT, "label_code": TEXT, "gtin": OPTIONAL_TEXT, "serial": OPTIONAL_TEXT, "batch": OPTIONAL_TEXT,
            "expires_on": OPTIONAL_TEXT, "opened_on": OPTIONAL_TEXT, "use_by": OPTIONAL_TEXT, "status": TEXT,
            "line_id": NUMBER, "resident_id": OPTIONAL_NUMBER, "medicine_id": TEXT, "location": TEXT,
        }
    ],
    "codes": [{"gtin": TEXT, "medicine_id": TEXT, "pack_name": TEXT}],
    "stock": [
        {"line_id": NUMBER, "resident_id": OPTIONAL_NUMBER, "medicine_id": TEXT, "balance": TEXT, "unit": TEXT}
    ],
}  # fmt: skip
PRN: dict[str, Any] = {
    "condition": TEXT, "min_gap_minutes": OPTIONAL_NUMBER, "max_amount_24h": OPTIONAL_TEXT, "low": TEXT, "high": TEXT,
    "next_allowed_at": OPTIONAL_TEXT, "given_24h": TEXT, "last_given_at": OPTIONAL_TEXT,
}  # fmt: skip


def misshapen(value: Any, shape: Any, at: str = "snapshot") -> list[str]:
    """Return where a value is not of the shape; a list must have something in it, or it shows nothing."""
    if isinstance(shape, dict):
        missing = [f"{at}.{name} is missing" for name in shape if name not in value]
        there = [name for name in shape if name in value]
        return missing + [fault for name in there for fault in misshapen(value[name], shape[name], f"{at}.{name}")]
    if isinstance(shape, list):
        faults = [] if value else [f"{at} is empty"]
        return faults + [fault for each in value for fault in misshapen(each, shape[0], f"{at}[]")]
    is_flag_for_number = isinstance(value, bool) and shape is not FLAG
    return [f"{at} is {value!r}"] if not isinstance(value, shape) or is_flag_for_number else []


@pytest.fixture
def full(bedside: Bedside) -> Bedside:
    """Return a home with something in every list."""
    pack = make.make_pack(medicine=bedside.medicine)
    make.make_pack_code(pack=pack, gtin="05012345678900")
    make.make_allergy(resident=bedside.resident, by=bedside.senior)
    make.make_resident_photo(resident=bedside.resident, by=bedside.senior)
    return bedside


def known(tablet: Tablet) -> dict[str, Any]:
    reply = tablet.get("snapshot")
    assert reply.status_code == 200, reply.content
    return reply.json()


def of(tablet: Tablet, name: str, prescription: Prescription) -> dict[str, Any]:
    [found] = [row for row in known(tablet)[name] if row["id"] == str(prescription.pk)]
    return found


def test_the_snapshot_is_of_the_agreed_shape(full: Bedside, tablet: Tablet) -> None:
    prn = full.another(resident=full.resident, schedule=make.when_required(), prn_protocol={"condition": "Pain"})
    told = known(tablet)
    assert misshapen(told, SHAPE) == []
    asked = [each["prn"] for each in told["prescriptions"] if each["id"] == str(prn.prescription.pk)]
    assert misshapen(asked[0], PRN) == []
    assert asked[0]["condition"] == "Pain"


def test_no_number_with_a_fraction_travels(full: Bedside, tablet: Tablet) -> None:
    full.record(full.dose(amount=Decimal("0.5")))

    def fractions(value: Any) -> bool:
        if isinstance(value, dict):
            return any(map(fractions, value.values()))
        return any(map(fractions, value)) if isinstance(value, list) else isinstance(value, float)

    assert not fractions(known(tablet))
    assert known(tablet)["stock"][0]["balance"] == "27.5"


@pytest.mark.protocol(2)
def test_three_days_ahead_and_the_day_before_are_there(bedside: Bedside, tablet: Tablet) -> None:
    days = [each["due_at"] for each in known(tablet)["due"]]
    assert days == [f"2026-11-{day}T08:00:00.000Z" for day in (17, 18, 19, 20, 21)]


def test_a_dose_given_by_a_colleague_is_answered(bedside: Bedside, tablet: Tablet) -> None:
    dose = bedside.dose()
    bedside.record(dose)
    answered = [each["answered"] for each in known(tablet)["due"] if each["answered"]]
    assert answered == [
        {
            "administration_id": dose.id,
            "outcome": "given",
            "given_at": "2026-11-18T08:05:00.000Z",
            "by_initials": bedside.carer.initials,
        }
    ]


@pytest.mark.hazard("H09", control="the snapshot carries what was had and from when more may be", shows="exists")
def test_what_was_had_of_a_when_required_medicine(bedside: Bedside, tablet: Tablet) -> None:
    tablets, co_codamol = make_paracetamol("Paracetamol 500mg tablets", "Co-codamol 15mg/500mg tablets")
    own = bedside.another(resident=bedside.resident, medicine=tablets, schedule=make.when_required())
    other = bedside.another(resident=bedside.resident, medicine=co_codamol, schedule=make.when_required())
    own.record(own.dose(due_at=None, given_at=EIGHT, amount=Decimal(2)))
    prn = of(tablet, "prescriptions", own.prescription)["prn"]
    assert (prn["given_24h"], prn["last_given_at"]) == ("2", "2026-11-18T08:00:00.000Z")
    assert prn["next_allowed_at"] == "2026-11-18T12:00:00.000Z"
    # The other product has the same ingredient, so it waits as well though it was never given.
    prn = of(tablet, "prescriptions", other.prescription)["prn"]
    assert (prn["given_24h"], prn["last_given_at"]) == ("0", None)
    assert prn["next_allowed_at"] == "2026-11-18T12:00:00.000Z"


@pytest.mark.hazard("H07", control="unknown allergies are never shown as none", shows="works")
def test_allergies_are_recorded_none_known_or_not_recorded(bedside: Bedside, tablet: Tablet) -> None:
    none_known, not_recorded = (make.make_resident(unit=bedside.unit) for _ in range(2))
    make.make_no_known_allergies(resident=none_known, by=bedside.senior)
    make.make_allergy(resident=bedside.resident, by=bedside.senior, substance="Latex", reaction="Hives")
    told = {each["id"]: each for each in known(tablet)["residents"]}
    assert told[bedside.resident.pk]["allergy_status"] == "recorded"
    assert told[bedside.resident.pk]["allergies"][0]["substance"] == "Latex"
    assert told[none_known.pk]["allergy_status"] == "none_known"
    assert told[not_recorded.pk]["allergy_status"] == "not_recorded"


@pytest.mark.hazard("H31", control="who left or died is not on the list; who is away is shown as away", shows="works")
def test_presence(bedside: Bedside, tablet: Tablet) -> None:
    away, gone = (make.make_resident(unit=bedside.unit) for _ in range(2))
    make.make_presence(resident=away, by=bedside.senior, presence="in_hospital", since_at=EIGHT)
    make.make_presence(resident=gone, by=bedside.senior, presence="died", since_at=EIGHT)
    told = {each["id"]: each["presence"] for each in known(tablet)["residents"]}
    assert told == {bedside.resident.pk: "present", away.pk: "in_hospital"}


@pytest.mark.hazard("H12", control="a snapshot has rows of one home only", shows="works")
def test_another_homes_rows_are_not_in_it(full: Bedside, tablet: Tablet) -> None:
    stranger = make_bedside()
    told = tablet.get("snapshot").content.decode()
    for theirs in (
        str(stranger.prescription.pk), stranger.resident.full_name, stranger.pack.label_code,
        stranger.carer.display_name, stranger.home.name,
    ):  # fmt: skip
        assert f'"{theirs}"' not in told
    assert f'"{full.resident.full_name}"' in told


@pytest.mark.hazard("H20", control="one prescription without times hides nobody else's doses", shows="works")
def test_a_round_that_was_renamed_is_told_and_hides_nothing_else(bedside: Bedside, tablet: Tablet) -> None:
    other = bedside.another(schedule=make.regular("Night"))
    with scope(home=bedside.home.pk):
        bedside.unit.medicineround_set.filter(name="Morning").update(name="Breakfast")
    told = known(tablet)
    assert {each["prescription_id"] for each in told["due"]} == {str(other.prescription.pk)}
    problems = {each["id"]: each["problem"] for each in told["prescriptions"]}
    assert problems[str(other.prescription.pk)] is None
    assert "Morning" in problems[str(bedside.prescription.pk)]


@pytest.mark.hazard("H05", control="a move to a unit with other rounds loses no dose", shows="works")
@pytest.mark.parametrize("rounds", [{}, {"Breakfast": make.ROUNDS["Morning"]}])
def test_a_resident_who_moved_keeps_the_doses_of_a_round_their_new_unit_lacks(
    bedside: Bedside, tablet: Tablet, rounds: dict[str, Any]
) -> None:
    unit = make.make_unit(home=bedside.home, rounds=rounds)
    with scope(home=bedside.home.pk):
        bedside.resident.unit = unit
        bedside.resident.save()
    assert [each["round_id"] for each in known(tablet)["due"]] == [None] * 5
    assert bedside.told() == ("recorded", [])


# Old and new


def test_nothing_changed_is_said_in_a_word(tablet: Tablet) -> None:
    cursor = known(tablet)["cursor"]
    reply = tablet.get("snapshot", since=cursor)
    assert (reply.status_code, reply.content) == (304, b"")
    for other in ("", "0", cursor + "0", "x" * 500, "é\u0000"):
        assert tablet.get("snapshot", since=other).status_code == 200


WRITES: dict[str, Callable[[Bedside, Tablet], object]] = {
    "a dose of a colleague": lambda bedside, tablet: bedside.record(bedside.dose()),
    "a dose of this device": lambda bedside, tablet: tablet.answers(tablet.given(bedside)),
    "a pack booked in": lambda bedside, tablet: make.make_stock_pack(line=bedside.line, by=bedside.senior),
    "a count": lambda bedside, tablet: make.make_discrepancy(line=bedside.line, by=bedside.senior),
    "something done at the desk": lambda bedside, tablet: audited(bedside, "prescription_stopped"),
}


def audited(bedside: Bedside, action: str) -> None:
    with scope(home=bedside.home.pk):
        audit.note(action=action, by=bedside.senior.pk, at=NINE, home_id=bedside.home.pk)


@pytest.mark.hazard("H06", control="every write of the home makes the snapshots of its devices old", shows="works")
@pytest.mark.parametrize("name", WRITES)
@pytest.mark.protocol(2)
def test_after_any_write_the_snapshot_is_another(bedside: Bedside, tablet: Tablet, name: str) -> None:
    cursor = known(tablet)["cursor"]
    WRITES[name](bedside, tablet)
    assert tablet.get("snapshot", since=cursor).status_code == 200


def test_reading_and_other_homes_writing_make_no_snapshot_old(bedside: Bedside, tablet: Tablet) -> None:
    cursor = known(tablet)["cursor"]
    audited(bedside, "record_read")
    stranger = make_bedside()
    stranger.record(stranger.dose())
    assert tablet.get("snapshot", since=cursor).status_code == 304


def test_time_alone_makes_a_snapshot_old(tablet: Tablet, set_clock: Callable[[datetime], None]) -> None:
    cursor = known(tablet)["cursor"]
    set_clock(NINE + timedelta(minutes=10))
    assert tablet.get("snapshot", since=cursor).status_code == 200


@pytest.mark.hazard("H06", control="a write that lands while a snapshot is read makes it old", shows="works")
def test_a_write_while_the_snapshot_is_read_makes_it_old(bedside: Bedside, tablet: Tablet) -> None:
    read = due.prescriptions_between

    def meanwhile(*asked: Any, **named: Any) -> Any:
        found = read(*asked, **named)
        with scope(home=bedside.home.pk):
            lock_home(bedside.home.pk)  # another device's write
        return found

    with mock.patch.object(due, "prescriptions_between", meanwhile):
        cursor = known(tablet)["cursor"]
    assert tablet.get("snapshot", since=cursor).status_code == 200


# The number of statements


@pytest.mark.hazard("H20", control="a full home costs no more statements than a small one", shows="works")
def test_thirty_residents_take_as_many_statements_as_three(bedside: Bedside, tablet: Tablet) -> None:
    def statements() -> int:
        with scope(home=bedside.home.pk), CaptureQueriesContext(connection) as asked:
            snapshot.snapshot(bedside.home.pk, NINE)
        return len(asked)

    def fill(residents: int) -> None:
        for number in range(residents):
            schedule = make.when_required() if number % 2 else make.regular()
            one = bedside.another(medicine=bedside.medicine, schedule=schedule)
            one.record(one.dose(due_at=None if number % 2 else EIGHT))

    fill(2)
    statements()
    three = statements()
    fill(27)
    statements()
    assert statements() == three <= 38


def test_a_count_is_a_write_of_the_home(bedside: Bedside, tablet: Tablet) -> None:
    cursor = known(tablet)["cursor"]
    with scope(home=bedside.home.pk):
        found = count(count_id=make.uuid7(), line=bedside.line, counted=Decimal(28), by=bedside.carer.pk, at=NINE)
        assert found is None
    assert tablet.get("snapshot", since=cursor).status_code == 200


def test_what_is_late_is_still_there_tomorrow(
    bedside: Bedside, tablet: Tablet, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(FIVE_PAST + 11 * HOUR)
    assert zulu(EIGHT)[:19] in [each["due_at"][:19] for each in known(tablet)["due"] if not each["answered"]]
