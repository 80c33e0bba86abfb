"""Timing the work with two taps, saying how often it comes and what it costs, and counting what is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from emar.operations import audit
from quality.models import Cost, ProcessFrequency, SavingFigure, SavingsPolicy, TimeSample
from quality.queries import savings as queries
from quality.queries.going_live import live_since
from quality.queries.timings import sides
from quality.rules.savings import Process, saving
from stock.operations.ledger import lock_home

#: A timer that runs longer was forgotten: it is set aside when somebody stops it.
LONGEST = timedelta(hours=8)
HUNDREDTH = Decimal("0.01")


class TimerRuns(ValueError):
    """Somebody times this process already."""


class AlreadyStopped(ValueError):
    """This timer was stopped, or set aside, before."""


class WordsMissing(ValueError):
    """A cost says what it is for."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What somebody says the record costs."""

    id: UUID
    kind: str
    words: str
    pounds: Decimal
    is_monthly: bool


def start(*, sample_id: UUID, home_id: int, process: str, by: int, at: datetime) -> TimeSample:
    """Begin to time a process: the first tap. The same id twice is one timer.

    Before the home went live it is a baseline. Raises TimerRuns when the same person times the same process already.
    """
    with transaction.atomic():
        lock_home(home_id)
        if known := TimeSample.objects.filter(home_id=home_id, pk=sample_id).first():
            return known
        if any(each.started_by_id == by and each.process == process for each in queries.running(home_id)):
            raise TimerRuns("you time this already: stop that one first")
        sample = TimeSample.objects.create(
            id=sample_id, home_id=home_id, process=process, is_baseline=live_since(home_id) is None, started_at=at,
            started_by_id=by,
        )  # fmt: skip
        audit.note(action="timer_started", by=by, at=at, home_id=home_id, about=sample)
    return sample


def stop(*, sample: TimeSample, people: int, by: int, at: datetime) -> None:
    """Stop a timer: the second tap. `people` worked at it together.

    One that ran for longer than eight hours was forgotten and is set aside. Raises AlreadyStopped.
    """
    with transaction.atomic():
        lock_home(sample.home_id)
        _still_runs(sample)
        sample.people, sample.ended_at, sample.ended_by_id = people, at, by
        if at - sample.started_at > LONGEST:
            sample.set_aside_at, sample.set_aside_by_id = at, by
        sample.save(update_fields=["people", "ended_at", "ended_by", "set_aside_at", "set_aside_by"])
        audit.note(action="timer_stopped", by=by, at=at, home_id=sample.home_id, about=sample)


def set_aside(*, sample: TimeSample, by: int, at: datetime) -> None:
    """Leave a timing out of every figure: a wrong tap, or somebody was called away. Twice is once."""
    with transaction.atomic():
        lock_home(sample.home_id)
        sample.refresh_from_db()
        if sample.set_aside_at is not None:
            return
        sample.set_aside_at, sample.set_aside_by_id = at, by
        sample.save(update_fields=["set_aside_at", "set_aside_by"])
        audit.note(action="timing_set_aside", by=by, at=at, home_id=sample.home_id, about=sample)


def say_frequency(
    *, said_id: UUID, home_id: int, process: str, is_baseline: bool, per_month: Decimal, by: int, at: datetime
) -> ProcessFrequency:
    """Write down how often a month a process comes; the same id twice is once."""
    with transaction.atomic():
        lock_home(home_id)
        if known := ProcessFrequency.objects.filter(home_id=home_id, pk=said_id).first():
            return known
        said = ProcessFrequency.objects.create(
            id=said_id, home_id=home_id, process=process, is_baseline=is_baseline, per_month=per_month, said_at=at,
            said_by_id=by,
        )  # fmt: skip
        audit.note(action="frequency_said", by=by, at=at, home_id=home_id, about=said)
    return said


def write_cost(*, home_id: int, spent: Spent, by: int, at: datetime) -> Cost:
    """Write down what the record costs; the same id twice is one cost. Raises WordsMissing."""
    if not spent.words.strip():
        raise WordsMissing("say what it is for")
    with transaction.atomic():
        lock_home(home_id)
        if known := Cost.objects.filter(home_id=home_id, pk=spent.id).first():
            return known
        cost = Cost.objects.create(
            id=spent.id, home_id=home_id, kind=spent.kind, words=spent.words.strip(), pounds=spent.pounds,
            is_monthly=spent.is_monthly, written_at=at, written_by_id=by,
        )  # fmt: skip
        audit.note(action="cost_written", by=by, at=at, home_id=home_id, about=cost)
    return cost


def withdraw_cost(*, cost: Cost, by: int, at: datetime) -> None:
    """Take a cost out of every figure; it stays on the list with who withdrew it. Twice is once."""
    with transaction.atomic():
        lock_home(cost.home_id)
        cost.refresh_from_db()
        if cost.withdrawn_at is not None:
            return
        cost.withdrawn_at, cost.withdrawn_by_id = at, by
        cost.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.note(action="cost_withdrawn", by=by, at=at, home_id=cost.home_id, about=cost)


def set_policy(*, home_id: int, figures: Mapping[str, Decimal | None], by: int, at: datetime) -> SavingsPolicy:
    """Write down what an hour is worth here and what was wasted before; what stood before is in the audit trail."""
    with transaction.atomic():
        lock_home(home_id)
        policy = queries.policy_of(home_id)
        changes = {}
        for name, figure in figures.items():
            if (before := getattr(policy, name)) != figure:
                changes[name] = [str(before), str(figure)]
                setattr(policy, name, figure)
        policy.changed_at, policy.changed_by_id = at, by
        policy.save()
        audit.note(action="savings_policy_changed", by=by, at=at, home_id=home_id, about=policy, changes=changes)
    return policy


def count(*, home_id: int, at: datetime) -> int:
    """Count again what each process saves, and write down what a council may read of it; return how many changed.

    The home must be in scope. What is written equals what queries.savings works out at that moment.
    """
    if not _changed(home_id, at):
        return 0
    with transaction.atomic():
        lock_home(home_id)
        changed = _changed(home_id, at)
        for row in changed:
            row.save()
    return len(changed)


def _changed(home_id: int, at: datetime) -> list[SavingFigure]:
    """Return the figures that are not what is written down, as they should be."""
    known = {each.process: each for each in SavingFigure.objects.filter(home_id=home_id)}
    changed = []
    for process, (before, after) in sides(home_id, at, live_since(home_id)).items():
        found = saving(Process(process), before, after)
        hours = found.hours
        figures = {
            "before": found.before, "after": found.after, "grade": str(found.grade or ""),
            "hours": _hundredths(hours.figure) if hours else None, "low": _hundredths(hours.low) if hours else None,
            "high": _hundredths(hours.high) if hours else None,
        }  # fmt: skip
        row = known.get(str(process)) or SavingFigure(home_id=home_id, process=str(process))
        if row.pk is None or any(getattr(row, name) != figure for name, figure in figures.items()):
            for name, figure in figures.items():
                setattr(row, name, figure)
            row.counted_at = at
            changed.append(row)
    return changed


def _hundredths(hours: float) -> Decimal:
    return Decimal(repr(hours)).quantize(HUNDREDTH)


def _still_runs(sample: TimeSample) -> None:
    sample.refresh_from_db()
    if sample.ended_at is not None or sample.set_aside_at is not None:
        raise AlreadyStopped("this timer was stopped before")
