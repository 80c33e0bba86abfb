"""Eight weeks of one resident's life, lived through the product's operations, and a diary of them kept by hand.

The diary knows the home's clocks and simple sums, and none of the product's rules; whether they agree is
test_eight_weeks.py's question.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from emar.models import Administration, Medicine, Prescription, Presence, Role, Task
from emar.operations import checks, prescriptions, transfers
from emar.operations.administrations import Dose, record
from emar.operations.closing import close_home
from emar.operations.late_entries import enter_late
from emar.operations.residents import PresenceChange, note_presence
from emar.rules.inr import InrRecord
from emar.scope import scope
from stock.models import StockLine
from tests import factories as make
from tests.bedside import make_paracetamol

LONDON = ZoneInfo("Europe/London")
FIRST, DAYS = date(2026, 10, 5), 56
ROUNDS = {"Morning": time(8), "Lunch": time(12), "Tea": time(16, 30), "Night": time(21)}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PATCH_HOURS = timedelta(hours=72)
OUT, BACK = (date(2026, 10, 29), time(10)), (date(2026, 11, 1), time(15))
REDUCING = [6] * 7 + [4] * 7 + [2] * 7 + [1] * 7


def at(day: date, clock: time) -> datetime:
    """Return the instant at which the home's clocks show this time; none of ours falls into a change."""
    return datetime.combine(day, clock, LONDON).astimezone(UTC)


def day_of(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


@dataclass(frozen=True)
class Written:
    """One line of the test's own diary: what was said of which dose, and what left the cupboard."""

    medicine: str
    outcome: str
    given_at: datetime
    due_at: datetime | None
    gone: Decimal = Decimal(0)


@dataclass
class Life:
    """One resident's eight weeks, and the diary of them."""

    diary: list[Written] = field(default_factory=list)
    prescriptions: dict[str, Prescription] = field(default_factory=dict)
    delivered: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    patches_due: list[datetime] = field(default_factory=list)
    lines: dict[str, StockLine] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = make.make_home()
        self.unit = make.make_unit(home=self.home)
        self.carer, self.witness, self.senior, self.nurse = (
            make.make_staff_member(home=self.home, role=role)
            for role in (Role.CARER, Role.SENIOR, Role.SENIOR, Role.NURSE)
        )
        self.manager = make.make_staff_member(home=self.home, role=Role.MANAGER, username=f"manager.{uuid7()}")
        self.joan = make.make_resident(unit=self.unit, preferred_name="Joan", full_name="Joan Whitfield")
        make.make_no_known_allergies(resident=self.joan, by=self.senior)
        cocodamol, paracetamol = make_paracetamol("Co-codamol 8mg/500mg tablets", "Paracetamol 500mg tablets")
        self.medicines: dict[str, Medicine] = {
            "prednisolone": make.make_medicine(name="Prednisolone 5mg tablets"),
            "fentanyl": make.make_medicine(
                name="Fentanyl 25micrograms/hour transdermal patches", form="Patch", dose_unit="patch",
                strength="25micrograms/hour", controlled_drug_category="0002",
            ),
            "warfarin": make.make_medicine(name="Warfarin 1mg tablets", strength="1mg", atc_code="B01AA03"),
            "co-codamol": cocodamol,
            "paracetamol": paracetamol,
            "alendronic acid": make.make_medicine(name="Alendronic acid 70mg tablets", strength="70mg"),
        }  # fmt: skip

    # Writing and booking in

    def write(self, medicine: str, schedule: dict[str, object], when: datetime, **fields: object) -> None:
        """Write a prescription as the senior and check it as the nurse."""
        new = prescriptions.Prescribed(
            id=uuid7(), medicine_id=self.medicines[medicine].pk, authority="hospital", schedule=schedule,
            dose_words="As on the discharge letter", **fields,
        )  # fmt: skip
        with scope(home=self.home.pk):
            written = prescriptions.write(
                new=new, resident=self.joan, by=self.senior.pk, at=when, reason="Agreed with the discharging ward"
            )
            self.prescriptions[medicine] = prescriptions.check(
                prescription=written, by=self.nurse.pk, at=when + 5 * MINUTE
            )

    def book_in(self, medicine: str, quantity: int, when: datetime, unit: str = "tablet") -> None:
        """Open the stock line where there is none, and take in a pack."""
        with scope(home=self.home.pk):
            self.lines[medicine], _ = StockLine.objects.get_or_create(
                home=self.home, resident=self.joan, medicine=self.medicines[medicine], unit=unit,
                defaults={"is_controlled": medicine == "fentanyl"},
            )  # fmt: skip
        make.make_stock_pack(line=self.lines[medicine], by=self.senior, quantity=Decimal(quantity), at=when)
        self.delivered[medicine] += quantity

    # What happens at the bedside

    def tell(self, medicine: str, outcome: str, given_at: datetime, due_at: datetime | None, amount: int) -> list[str]:
        """Record one dose and write it into the diary; return the codes of what was found."""
        is_patch = medicine == "fentanyl"
        gone = Decimal(amount) if outcome == "given" else Decimal(0)
        dose = Dose(
            id=str(uuid7()), resident_id=self.joan.pk, prescription_id=str(self.prescriptions[medicine].pk),
            outcome=outcome, given_at=given_at, entered_at=given_at, given_by_id=self.carer.pk, due_at=due_at,
            amount=gone or None, unit="patch" if is_patch else "tablet", scan_source="wedge",
        )  # fmt: skip
        if is_patch:
            dose = replace(
                dose, witness_id=self.witness.pk, site="Right upper arm",
                counted_balance=self.held("fentanyl") - gone,
            )  # fmt: skip
        with scope(home=self.home.pk):
            [told] = record([dose], home_id=self.home.pk, at=given_at + MINUTE)
        self.diary.append(Written(medicine, outcome, given_at, due_at, gone))
        return [each["code"] for each in told.findings]

    def held(self, medicine: str) -> Decimal:
        """Return what the diary says is left."""
        return self.delivered[medicine] - sum(
            (each.gone for each in self.diary if each.medicine == medicine), Decimal(0)
        )

    def close(self, when: datetime) -> None:
        """Run the closing job."""
        with scope(home=self.home.pk):
            close_home(home_id=self.home.pk, at=when)


def begin() -> Life:
    """Write everything on the day before the first dose, and book in enough of it."""
    life, when = Life(), at(FIRST - DAY, time(15))
    slot = lambda name, amount: {"round": name, "amount": {"low": str(amount), "high": str(amount)}}  # noqa: E731
    start = {"starts_on": FIRST.isoformat(), "ends_on": None, "unit": "tablet"}
    daily = {"kind": "daily"}
    life.write(
        "prednisolone",
        start | {"kind": "regular", "phases": [
            {"days": 7, "slots": [slot("Morning", tablets)], "pattern": daily} for tablets in (6, 4, 2, 1)
        ]},
        when,
    )  # fmt: skip
    life.write(
        "fentanyl",
        start | {
            "kind": "interval", "unit": "patch", "first_at": at(FIRST, time(9)).isoformat(), "every_minutes": 72 * 60,
            "worn_minutes": 72 * 60, "amount": {"low": "1", "high": "1"},
        },
        when, is_controlled=True,
    )  # fmt: skip
    life.write(
        "warfarin",
        start | {"kind": "by_inr", "slot": {"round": "Tea"}, "records": [
            {"from_on": FIRST.isoformat(), "until_on": (FIRST + 9 * DAY).isoformat(), "amounts": ["3"], "inr": "2.4",
             "tested_on": FIRST.isoformat()}
        ]},
        when,
    )  # fmt: skip
    life.write(
        "co-codamol",
        start | {"kind": "regular", "phases": [
            {"days": None, "slots": [slot("Morning", 2), slot("Night", 2)], "pattern": daily}
        ]},
        when,
    )  # fmt: skip
    life.write(
        "paracetamol",
        start | {"kind": "when_required", "amount": {"low": "1", "high": "2"}, "min_gap_minutes": 240,
                 "max_amount_24h": "8"},
        when, prn_protocol={"condition": "pain in the hip", "effect_after_minutes": 60},
    )  # fmt: skip
    life.write(
        "alendronic acid",
        start | {
            "kind": "regular", "late": {"rule": "move", "agreed_by": "Dr Ahmed, by telephone"},
            "phases": [{"days": None, "slots": [slot("Morning", 1)], "pattern": {"kind": "every_n_weeks", "n": 1}}],
        },
        when,
    )  # fmt: skip
    for medicine, quantity in (
        ("prednisolone", 100), ("warfarin", 200), ("co-codamol", 224), ("paracetamol", 32), ("alendronic acid", 8)
    ):  # fmt: skip
        life.book_in(medicine, quantity, when)
    life.book_in("fentanyl", 25, when, unit="patch")
    return life


def is_away(moment: datetime) -> bool:
    return at(*OUT) <= moment < at(*BACK)


def warfarin_of(day: date) -> int | None:
    """Return how many tablets are due on a day: none on the day that the late test of the fifth week left open."""
    week, weekday = divmod((day - FIRST).days, 7)
    if week == 4:
        return (3, 3, None, 4, 4, 4, 4)[weekday]
    if week == 2:
        return (4, 3)[weekday % 2]
    return 3


def live(life: Life) -> None:
    """Live the eight weeks, a day at a time, giving what the test's own sums say is due."""
    patch_at, weekly_on = at(FIRST, time(9)), FIRST
    for number in range(DAYS):
        day = FIRST + number * DAY
        life.close(at(day, time(3)))
        weekly_on = morning(life, day, number, weekly_on)
        if day == BACK[0]:
            come_back(life)
            patch_at = at(*BACK) + 10 * MINUTE + PATCH_HOURS
        patch_at = patches(life, day, number, patch_at)
        when_required(life, day, number)
        evening(life, day, number)
        if day == OUT[0]:
            go_out(life)
    life.close(at(FIRST + DAYS * DAY, time(3)))


def morning(life: Life, day: date, number: int, weekly_on: date) -> date:
    """Give the morning's tablets, and the weekly one that may be late; return when the next weekly one is due."""
    due = at(day, ROUNDS["Morning"])
    record_inr(life, day)
    if is_away(due):
        return weekly_on
    if number < len(REDUCING):
        outcome = "refused" if number in (9, 10, 11) else "given"
        life.tell("prednisolone", outcome, due + 5 * MINUTE, due, REDUCING[number])
    life.tell("co-codamol", "given", due + 6 * MINUTE, due, 2)
    if day == weekly_on == FIRST + 35 * DAY:
        return weekly_on
    if day == FIRST + 37 * DAY:
        # Two days late: the days move with it, as the doctor agreed.
        life.tell("alendronic acid", "given", due + 10 * MINUTE, at(weekly_on, ROUNDS["Morning"]), 1)
        return day + 7 * DAY
    if day == weekly_on:
        life.tell("alendronic acid", "given", due + 10 * MINUTE, due, 1)
        return day + 7 * DAY
    return weekly_on


def record_inr(life: Life, day: date) -> None:
    """Write each week's INR result on its Monday, and the fifth week's on the Thursday; a colleague checks it."""
    week, weekday = divmod((day - FIRST).days, 7)
    if week == 0 or weekday != (3 if week == 4 else 0):
        return
    amounts = {2: ("4", "3"), 4: ("4",)}.get(week, ("3",))
    until = FIRST + (week + 1) * 7 * DAY + 2 * DAY
    new = InrRecord(day, until, tuple(Decimal(each) for each in amounts), Decimal("2.5"), day)
    with scope(home=life.home.pk):
        written = prescriptions.record_inr(
            prescription=life.prescriptions["warfarin"], record=new, new_id=uuid7(), by=life.senior.pk,
            at=at(day, time(9)),
        )  # fmt: skip
        life.prescriptions["warfarin"] = prescriptions.check(
            prescription=written, by=life.nurse.pk, at=at(day, time(9, 5))
        )


def patches(life: Life, day: date, number: int, patch_at: datetime) -> datetime:
    """Change the patch when its 72 hours are over, and put a new one on where it has fallen off."""
    if number == 15:
        seen = at(day, time(11))
        with scope(home=life.home.pk):
            checks.check_patch(
                home_id=life.home.pk, looked=checks.Looked(str(uuid7()), seen, seen), found="fallen_off",
                prescription_id=str(life.prescriptions["fentanyl"].pk), site="Right upper arm", by=life.carer.pk,
                at=seen,
            )  # fmt: skip
        life.tasks[Task.Kind.PATCH_NOT_IN_PLACE] += 1
        if day_of(patch_at) != day or patch_at > seen:
            life.tell("fentanyl", "given", seen + 10 * MINUTE, None, 1)
            return seen + 10 * MINUTE + PATCH_HOURS
    if day_of(patch_at) == day and not is_away(patch_at):
        life.patches_due.append(patch_at)
        life.tell("fentanyl", "given", patch_at + 4 * MINUTE, patch_at, 1)
        return patch_at + PATCH_HOURS
    return patch_at


def when_required(life: Life, day: date, number: int) -> None:
    """Give paracetamol now and then; once too soon after the co-codamol, which is kept and flagged."""
    if number == 12:
        found = life.tell("paracetamol", "given", at(day, time(10)), None, 1)
        assert "prn_too_soon" in found
        life.tasks[Task.Kind.CHECK_EFFECT] += 1  # nobody looked whether it worked
    elif number in (2, 10, 30, 44):
        given_at = at(day, time(14))
        assert life.tell("paracetamol", "given", given_at, None, 2) == []
        with scope(home=life.home.pk):
            dose = Administration.objects.get(given_at=given_at)
            looked = checks.Looked(str(uuid7()), given_at + HOUR, given_at + HOUR)
            checks.check_effect(
                home_id=life.home.pk, looked=looked, administration_id=str(dose.pk), effect="worked",
                by=life.senior.pk, at=given_at + HOUR,
            )  # fmt: skip


def evening(life: Life, day: date, number: int) -> None:
    """Give warfarin at tea and co-codamol at night; one night's is forgotten and told the next morning."""
    tablets, tea, night = warfarin_of(day), at(day, ROUNDS["Tea"]), at(day, ROUNDS["Night"])
    if tablets is not None and not is_away(tea):
        life.tell("warfarin", "refused" if number == 13 else "given", tea + 8 * MINUTE, tea, tablets)
    if is_away(night):
        return
    if number == 17:
        life.tasks[Task.Kind.NOT_RECORDED] += 1
        return
    life.tell("co-codamol", "given", night + 7 * MINUTE, night, 2)


def tell_the_forgotten_night(life: Life) -> None:
    """Enter the next day what the carer had given and not recorded."""
    night = at(FIRST + 17 * DAY, ROUNDS["Night"])
    dose = Dose(
        id=str(uuid7()), resident_id=life.joan.pk, prescription_id=str(life.prescriptions["co-codamol"].pk),
        outcome="given", given_at=night + 10 * MINUTE, entered_at=night, given_by_id=life.carer.pk, due_at=night,
        amount=Decimal(2), unit="tablet",
    )  # fmt: skip
    with scope(home=life.home.pk):
        enter_late(
            dose=dose, home_id=life.home.pk, reason="the tablet was flat", by=life.senior.pk, at=night + 12 * HOUR
        )
    life.diary.append(Written("co-codamol", "given", night + 10 * MINUTE, night, Decimal(2)))


def go_out(life: Life) -> None:
    """Take her to hospital."""
    change = PresenceChange(Presence.IN_HOSPITAL, since_at=at(*OUT), where="Royal Infirmary")
    with scope(home=life.home.pk):
        note_presence(resident=life.joan, change=change, by=life.senior.pk, at=at(*OUT))


def come_back(life: Life) -> None:
    """Compare her medicines with the discharge letter, and put a new patch on."""
    lines = [
        transfers.FoundMedicine(words=name, decision="continue", before_id=each.pk)
        for name, each in life.prescriptions.items()
    ]
    found = transfers.FoundList(id=uuid7(), occasion="from_hospital", sources=["Discharge letter"], lines=lines)
    with scope(home=life.home.pk):
        done = transfers.reconcile(resident=life.joan, found=found, by=life.senior.pk, at=at(*BACK), back_at=at(*BACK))
        transfers.check(reconciliation=done, by=life.nurse.pk, at=at(*BACK) + 5 * MINUTE)
    life.tell("fentanyl", "given", at(*BACK) + 10 * MINUTE, None, 1)


def live_eight_weeks() -> Life:
    """Live them, and count what should have been asked of a person meanwhile."""
    life = begin()
    live(life)
    tell_the_forgotten_night(life)
    life.tasks[Task.Kind.REFUSED_IN_A_ROW] += 1
    life.tasks[Task.Kind.CRITICAL_NOT_GIVEN] += 1  # warfarin, refused once
    life.tasks[Task.Kind.NOT_RECORDED] += 1  # the weekly tablet of its Monday
    life.tasks[Task.Kind.NO_CURRENT_INR] += 1
    return life
