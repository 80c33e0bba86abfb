"""When warfarin falls due and how much: by the date of a dosing record that rests on an INR.

A day that no record covers has no dose: carrying on with the last dose after the test is overdue is the
error this kind exists to prevent. Such days are listed, so that somebody can ring the clinic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from emar.rules.amounts import Amount, ScheduleError, plain
from emar.rules.due import DueDose
from emar.rules.patterns import day_from_json
from emar.rules.regular import Slot
from emar.rules.regular_json import slot_from_json, slot_to_json
from emar.rules.strengths import make_up
from emar.rules.terms import Terms
from emar.rules.wall_clock import ONE_DAY, instant, local_day


@dataclass(frozen=True, slots=True)
class InrRecord:
    """A dosing record: from `from_on` until before `until_on`, these daily amounts, one after the other.

    One amount is the same every day; two are alternate days; seven a week. Zero is a day without a dose.
    `until_on` is the day by which the next test must have given a new record.
    """

    from_on: date
    until_on: date
    amounts: tuple[Decimal, ...]
    inr: Decimal | None = None
    tested_on: date | None = None

    def amount_on(self, day: date) -> Decimal:
        """Return the amount of a day that the record covers."""
        return self.amounts[(day - self.from_on).days % len(self.amounts)]


@dataclass(frozen=True, slots=True)
class InrPlan:
    """The time of day, and the records so far in the order they were made."""

    slot: Slot
    records: tuple[InrRecord, ...]

    def record_on(self, day: date) -> InrRecord | None:
        """Return the record in force on a day: the latest to begin that covers it; None when none does."""
        covering = [record for record in self.records if record.from_on <= day]
        if not covering:
            return None
        # A newer record ends the one before it for good: an expired new one never revives the old dose.
        latest = max(enumerate(covering), key=lambda pair: (pair[1].from_on, pair[0]))[1]
        return latest if day < latest.until_on else None


def inr_doses(
    plan: InrPlan, terms: Terms, since: datetime, until: datetime, rounds: Mapping[str, time]
) -> list[DueDose]:
    """Return the doses from `since` until before `until`: none on days that no record covers, or of zero."""
    clock = plan.slot.at if plan.slot.at is not None else rounds.get(plan.slot.round_name or "")
    if clock is None:
        raise ScheduleError(f"There is no round called {plan.slot.round_name!r} here: choose one of its rounds.")
    found = []
    for day in _days(terms, since, until):
        record = plan.record_on(day)
        at = instant(day, clock)
        if record is None or not since <= at < until or _is_before_start(terms, day, clock):
            continue
        much = record.amount_on(day)
        if much:
            parts = make_up(much, terms.strengths, halves=terms.has_halves) if terms.strengths else ()
            amount = Amount(much, much)
            found.append(DueDose(at, amount, terms.unit, plan.slot.round_name, 0, "give", parts or (), terms.reading))
    return found


def days_without_record(plan: InrPlan, terms: Terms, since: datetime, until: datetime) -> list[date]:
    """Return the days of a period on which no record says what to give, each a reason to ring the clinic."""
    days = [day for day in _days(terms, since, until) if plan.record_on(day) is None]
    return [day for day in days if since <= instant(day, time(12)) < until]


def uncovered_since(plan: InrPlan, terms: Terms, day: date) -> date | None:
    """Return the first day of the gap between records that a day lies in; None when a record covers it."""
    if day < terms.starts_on or plan.record_on(day) is not None:
        return None
    while day > terms.starts_on and plan.record_on(day - ONE_DAY) is None:
        day -= ONE_DAY
    return day


def _days(terms: Terms, since: datetime, until: datetime) -> Sequence[date]:
    day = max(terms.starts_on, local_day(since))
    last = local_day(until)
    if terms.ends_on is not None:
        last = min(last, terms.ends_on - ONE_DAY)
    return [day + timedelta(days=step) for step in range((last - day).days + 1)]


def _is_before_start(terms: Terms, day: date, clock: time) -> bool:
    return terms.starts_from is not None and day == terms.starts_on and clock < terms.starts_from


INR_FIELDS = {"slot", "records"}


def inr_from_json(value: Mapping[str, Any]) -> InrPlan:
    """Return the plan in `{"slot": {"round"|"at"}, "records": [...]}`; raises ScheduleError.

    A record is `{"from_on", "until_on", "amounts": ["3", "4"], "inr"?, "tested_on"?}`.
    """
    slot = slot_from_json(value.get("slot"), Amount(Decimal(0), Decimal(0)))
    if slot != Slot(slot.round_name, slot.at):
        raise ScheduleError("The time of a dose by INR is a round or a clock time and nothing else.")
    records = value.get("records")
    if not isinstance(records, list):
        raise ScheduleError("The dosing records come as a list, which may be empty.")
    return InrPlan(slot, tuple(_record(each) for each in records))


def inr_to_json(plan: InrPlan) -> dict[str, Any]:
    """Return JSON that `inr_from_json` reads back to an equal plan."""
    slot = slot_to_json(plan.slot)
    del slot["amount"]
    return {
        "slot": slot,
        "records": [
            {
                "from_on": record.from_on.isoformat(),
                "until_on": record.until_on.isoformat(),
                "amounts": [plain(amount) for amount in record.amounts],
                **({} if record.inr is None else {"inr": plain(record.inr)}),
                **({} if record.tested_on is None else {"tested_on": record.tested_on.isoformat()}),
            }
            for record in plan.records
        ],
    }


def _record(value: object) -> InrRecord:
    if not isinstance(value, Mapping) or set(value) - {"from_on", "until_on", "amounts", "inr", "tested_on"}:
        raise ScheduleError(f"A dosing record has dates, amounts and the INR, not {value!r}.")
    from_on = day_from_json(value.get("from_on"), "The first day of a dosing record")
    until_on = day_from_json(value.get("until_on"), "The end of a dosing record")
    if until_on <= from_on:
        raise ScheduleError("A dosing record must end after it begins.")
    amounts = value.get("amounts")
    if not isinstance(amounts, list) or not amounts:
        raise ScheduleError("A dosing record needs at least one daily amount.")
    tested_on = value.get("tested_on")
    return InrRecord(
        from_on,
        until_on,
        tuple(_number(amount, "A daily amount") for amount in amounts),
        None if value.get("inr") is None else _number(value["inr"], "An INR"),
        None if tested_on is None else day_from_json(tested_on, "The day of the test"),
    )


def _number(value: object, what: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ScheduleError(f'{what} must be a number written as text, such as "3", not {value!r}.')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ScheduleError(f"{what} is not a number: {value!r}.") from None
    if not number.is_finite() or number < 0:
        raise ScheduleError(f"{what} cannot be less than nothing: {value!r}.")
    return number
