"""How long each process took at every go, before go-live by the timer and afterwards by the record's own events.

Nobody is named: a go is so many staff minutes. What the record cannot see (audit, change-over, writing charts) is
timed with the timer on both sides.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from emar.models import RoundEvent
from emar.rules.wall_clock import instant
from ordering.models import BookedPack, OrderEvent, OrderLine
from quality.models import ProcessFrequency, TimeSample
from quality.rules.savings import Process, Side
from quality.rules.working_time import worked_minutes
from stock.models import CountedPack

#: How far back the record's own events are looked at.
LOOK_BACK = timedelta(days=91)
DAYS_OF_MONTH = Decimal("30.4375")
#: A round that was left open overnight says nothing of how long it took.
LONGEST_ROUND = timedelta(hours=4)
SHORTEST = timedelta(seconds=20)
CHECKED = (OrderEvent.Kind.ISSUED, OrderEvent.Kind.NOT_ISSUED)

Sides = dict[Process, tuple[Side | None, Side | None]]


def sides(home_id: int, now: datetime, live_on: date | None) -> Sides:
    """Return the times before and after go-live of every process, None on the side where there are none.

    After go-live the record's own events count where there are any, and the timer where there are none: the two are
    never mixed, because they do not measure the same. A constant number of statements.
    """
    timed, said = _timed(home_id), _said(home_id)
    own = _own(home_id, live_on, now) if live_on else {}
    found: Sides = {}
    for process in Process:
        before = _side(timed.get((process, True)), said.get((process, True)))
        seen = own.get(process)
        after = (
            Side(tuple(seen), _per_month(len(seen), live_on, now))
            if seen and live_on
            else _side(timed.get((process, False)), said.get((process, False)))
        )
        found[process] = (before, after)
    return found


def _side(minutes: list[float] | None, per_month: float | None) -> Side | None:
    return Side(tuple(minutes), per_month) if minutes and per_month is not None else None


def _timed(home_id: int) -> dict[tuple[Process, bool], list[float]]:
    """Return the staff minutes of every finished sample, by process and side."""
    found: dict[tuple[Process, bool], list[float]] = defaultdict(list)
    samples = TimeSample.objects.filter(home_id=home_id, ended_at__isnull=False, set_aside_at__isnull=True)
    for each in samples.order_by("started_at"):
        minutes = (each.ended_at - each.started_at) / timedelta(minutes=1) * each.people
        found[Process(each.process), each.is_baseline].append(minutes)
    return found


def _said(home_id: int) -> dict[tuple[Process, bool], float]:
    """Return how often a month each process comes, as somebody last said."""
    said = ProcessFrequency.objects.filter(home_id=home_id).order_by("said_at", "id")
    return {(Process(each.process), each.is_baseline): float(each.per_month) for each in said}


def _per_month(times: int, live_on: date, now: datetime) -> float:
    watched = min(now - instant(live_on, time(0)), LOOK_BACK) / timedelta(days=1)
    return times / max(watched, 1.0) * float(DAYS_OF_MONTH)


def _own(home_id: int, live_on: date, now: datetime) -> dict[Process, list[float]]:
    """Return the staff minutes of every go that the record itself saw, since go-live or in the last three months."""
    since = max(now - LOOK_BACK, instant(live_on, time(0)))
    rounds = RoundEvent.objects.filter(home_id=home_id, entered_at__gte=since, happened__in=("started", "finished"))
    found = {
        Process.ROUND: _rounds(rounds.order_by("entered_at")),
        Process.STOCK_COUNT: _worked(
            CountedPack.objects.filter(home_id=home_id, counted_at__gte=since), "session_id", "counted"
        ),
        Process.BOOKING_IN: _worked(
            BookedPack.objects.filter(home_id=home_id, booked_at__gte=since), "delivery_id", "booked"
        ),
        Process.ORDERING: _worked(
            OrderLine.objects.filter(home_id=home_id, answered_at__gte=since, answered_by__isnull=False),
            "order_id", "answered",
        ),
        Process.CHECKING_PRESCRIPTIONS: _worked(
            OrderEvent.objects.filter(
                home_id=home_id, happened_at__gte=since, kind__in=CHECKED, is_from_pharmacy=False,
                happened_by__isnull=False,
            ),
            "order_id", "happened",
        ),
    }  # fmt: skip
    return {process: minutes for process, minutes in found.items() if minutes}


def _rounds(events: Iterable[RoundEvent]) -> list[float]:
    started: dict[tuple[Any, date], datetime] = {}
    minutes = []
    for each in events:
        key = (each.round_id, each.round_on)
        if each.happened == "started":
            started.setdefault(key, each.entered_at)
        elif (begun := started.pop(key, None)) is not None and SHORTEST <= each.entered_at - begun <= LONGEST_ROUND:
            minutes.append((each.entered_at - begun) / timedelta(minutes=1))
    return minutes


def _worked(acts: QuerySet[Any], of: str, act: str) -> list[float]:
    """Return the staff minutes of each go: of each count, delivery or order, by who did a part of it and when."""
    goes: dict[Any, list[tuple[int, datetime]]] = defaultdict(list)
    for go, person, at in acts.values_list(of, f"{act}_by_id", f"{act}_at"):
        goes[go].append((person, at))
    found = [worked_minutes(each) for each in goes.values()]
    return [each for each in found if each >= SHORTEST / timedelta(minutes=1)]
