"""When doses with a fixed gap in real hours fall due: patches above all, with putting on and taking off.

A patch works for 72 hours whatever the clocks do, so after a clock change it is changed an hour earlier or
later by the clock on the wall. Medicines given at breakfast are rules.regular's job.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from emar.rules.amounts import NOTHING, Amount, ScheduleError, amount_from_json, amount_to_json
from emar.rules.due import Answered, DueDose, DueEvent
from emar.rules.patterns import whole_number
from emar.rules.terms import Terms, clock_from_json, clock_to_json
from emar.rules.wall_clock import ONE_DAY, instant, local_day

_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class IntervalPlan:
    """From `first_at`, every so many real hours.

    `worn` is None for a dose that is not worn; otherwise a patch: as long as `every` it is changed for the
    next one, shorter it leaves a patch-free gap. `check_at` is when, each day, someone looks that it is in
    place. `sites` are those to rotate through. `doses` ends the course by count.
    """

    first_at: datetime
    every: timedelta
    amount: Amount
    worn: timedelta | None = None
    check_at: time | None = None
    sites: tuple[str, ...] = ()
    doses: int | None = None


def interval_doses(
    plan: IntervalPlan, terms: Terms, since: datetime, until: datetime, answered: Sequence[Answered] = ()
) -> list[DueDose]:
    """Return the doses, or the putting on and taking off of patches, from `since` until before `until`.

    A patch put back on after it fell off starts the hours again. A late one does so only where the terms
    say that late doses move the rest. Putting the next one on takes the one before off, so there is a
    `take_off` of its own only before a patch-free gap and at the end of a course.
    """
    event: DueEvent = "give" if plan.worn is None else "put_on"
    ons = _due_times(plan, terms, until, answered)
    found = [
        DueDose(at, plan.amount, terms.unit, None, 0, event, (), terms.reading) for at in ons if since <= at < until
    ]
    offs = _off_times(plan, terms, ons, answered)
    found += [
        DueDose(at, NOTHING, terms.unit, None, 0, "take_off") for at in offs if since <= at < until and at not in ons
    ]
    return sorted(found, key=lambda dose: dose.due_at)


def check_times(
    plan: IntervalPlan, terms: Terms, since: datetime, until: datetime, answered: Sequence[Answered] = ()
) -> list[datetime]:
    """Return when someone looks that the patch is in place: daily at the plan's time while one is worn.

    The day a patch is put on has no check: whoever puts it on has seen it.
    """
    if plan.check_at is None or plan.worn is None:
        return []
    ons = _due_times(plan, terms, until, answered)
    offs = _off_times(plan, terms, ons, answered)
    days_on = {local_day(at) for at in ons}
    checks = []
    day, last = local_day(since), local_day(until)
    while day <= last:
        at = instant(day, plan.check_at)
        if since <= at < until and day not in days_on and _is_worn(at, ons, offs):
            checks.append(at)
        day += ONE_DAY
    return checks


def next_site(sites: Sequence[str], used: Sequence[tuple[datetime, str]]) -> str | None:
    """Return the site to use next: one never used, in the order listed, or else the one rested longest.

    Never the site of the last patch, unless it is the only one. None when no sites are listed.
    """
    last_used = {site: at for at, site in sorted(used) if site in sites}
    previous = max(used)[1] if used else None
    choices = [site for site in sites if site != previous] or list(sites)
    beginning = datetime.min.replace(tzinfo=UTC)
    return min(choices, key=lambda site: last_used.get(site, beginning), default=None)


def _due_times(plan: IntervalPlan, terms: Terms, until: datetime, answered: Sequence[Answered]) -> list[datetime]:
    """Return every due time from the first until before `until`, those of the whole course so far."""
    end = _FAR if terms.ends_on is None else instant(terms.ends_on, time())
    stop = min(until, end)
    starts = _starts(plan, terms, answered)
    found: list[datetime] = []
    for place, (counts_from, at) in enumerate(starts):
        ends = starts[place + 1][0] if place + 1 < len(starts) else stop
        while at < min(ends, stop):
            if at >= counts_from:
                found.append(at)
            at += plan.every
    return found if plan.doses is None else found[: plan.doses]


def _starts(plan: IntervalPlan, terms: Terms, answered: Sequence[Answered]) -> list[tuple[datetime, datetime]]:
    """Return pairs of (from when it counts, first due time) for each time the hours start again."""
    starts = [(plan.first_at, plan.first_at)]
    moves = terms.late is not None and terms.late.rule == "move"
    moment = timedelta(microseconds=1)
    for answer in sorted(answered, key=lambda each: each.given_at):
        given_at = answer.given_at.astimezone(UTC)
        if answer.due_at is None:
            starts.append((given_at + moment, given_at + plan.every))
        elif moves and answer.due_at.astimezone(UTC) >= plan.first_at:
            starts.append((answer.due_at.astimezone(UTC) + moment, given_at + plan.every))
    return starts


def _off_times(
    plan: IntervalPlan, terms: Terms, ons: Sequence[datetime], answered: Sequence[Answered]
) -> list[datetime]:
    """Return when a patch comes off without another going on."""
    if plan.worn is None or not ons:
        return []
    put_on_at = {answer.due_at.astimezone(UTC): answer.given_at.astimezone(UTC) for answer in answered if answer.due_at}
    put_back = [answer.given_at.astimezone(UTC) for answer in answered if answer.due_at is None]
    worn_from = sorted({*(put_on_at.get(at, at) for at in ons), *put_back})
    if plan.worn < plan.every:
        # One that fell off and was put back does not also come off at the first one's time.
        return [
            at + plan.worn
            for at, after in zip(worn_from, [*worn_from[1:], _FAR], strict=True)
            if after >= at + plan.worn
        ]
    has_ended = plan.doses is not None and len(ons) >= plan.doses
    if terms.ends_on is not None:
        has_ended = has_ended or ons[-1] + plan.every >= instant(terms.ends_on, time())
    return [worn_from[-1] + plan.worn] if has_ended else []


def _is_worn(at: datetime, ons: Sequence[datetime], offs: Sequence[datetime]) -> bool:
    last_on = max((each for each in ons if each <= at), default=None)
    last_off = max((each for each in offs if each <= at), default=None)
    return last_on is not None and (last_off is None or last_off < last_on)


INTERVAL_FIELDS = {"first_at", "every_minutes", "amount", "worn_minutes", "check_at", "sites", "doses"}


def interval_from_json(value: Mapping[str, Any]) -> IntervalPlan:
    """Return the plan in `{"first_at", "every_minutes", "amount", "worn_minutes"?, "check_at"?, "sites"?, "doses"?}`.

    `first_at` is an instant with an offset. Raises ScheduleError.
    """
    every = timedelta(minutes=whole_number(value.get("every_minutes"), "The gap in minutes", most=525_600))
    worn_minutes, doses, check_at = value.get("worn_minutes"), value.get("doses"), value.get("check_at")
    worn = None
    if worn_minutes is not None:
        worn = timedelta(minutes=whole_number(worn_minutes, "How long it is worn, in minutes,", most=525_600))
        if worn > every:
            raise ScheduleError("A patch cannot be worn for longer than until the next one.")
    sites = value.get("sites") or []
    if not isinstance(sites, list) or not all(isinstance(site, str) and site.strip() for site in sites):
        raise ScheduleError("Sites come as a list of words, such as left upper arm.")
    if len(set(sites)) != len(sites):
        raise ScheduleError("A site is listed twice.")
    return IntervalPlan(
        _instant_from_json(value.get("first_at")),
        every,
        amount_from_json(value.get("amount")),
        worn,
        None if check_at is None else clock_from_json(check_at, "The time of the daily check"),
        tuple(sites),
        None if doses is None else whole_number(doses, "The number of doses"),
    )


def interval_to_json(plan: IntervalPlan) -> dict[str, Any]:
    """Return JSON that `interval_from_json` reads back to an equal plan."""
    found: dict[str, Any] = {
        "first_at": plan.first_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "every_minutes": plan.every // timedelta(minutes=1),
        "amount": amount_to_json(plan.amount),
    }
    if plan.worn is not None:
        found["worn_minutes"] = plan.worn // timedelta(minutes=1)
    if plan.check_at is not None:
        found["check_at"] = clock_to_json(plan.check_at)
    if plan.sites:
        found["sites"] = list(plan.sites)
    if plan.doses is not None:
        found["doses"] = plan.doses
    return found


def _instant_from_json(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ScheduleError(f"The first time must be an instant such as 2026-11-01T09:00:00Z, not {value!r}.")
    return moment.astimezone(UTC).replace(microsecond=0)


def first_day(plan: IntervalPlan) -> date:
    """Return the day in the home on which the first one falls."""
    return local_day(plan.first_at)
