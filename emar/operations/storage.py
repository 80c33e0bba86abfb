"""Every write about storage that the record has to know of: readings with their tasks, packs opened, the home's rules.

The rows are the ledger's (stock.operations.storage); what somebody has to do because of them is a task here.
"""

from datetime import date, datetime, time

from django.db import transaction

from emar.models import Task
from emar.operations import audit, tasks
from emar.rules.wall_clock import instant, local_day
from stock.models import StockPack, StoragePlace, TemperatureReading
from stock.operations import packs
from stock.operations import storage as ledger
from stock.operations.ledger import lock_home
from stock.queries.storage import judged, packed, unread_places
from stock.rules.expiry import Lasts, opened_group

#: A place that nobody has read by noon is asked for, while there is still a day left to read it.
READ_BY = time(12)


class ReadInFuture(ValueError):
    """Nobody has read a thermometer at a time that is still to come."""


def record_reading(*, place: StoragePlace, read: ledger.Read, by: int, at: datetime) -> TemperatureReading:
    """Write down what a thermometer showed; out of range, raise an urgent task that stays open until it is settled.

    A reading settles the task that asked for it, and a correction the task of the reading that was wrong. Raises
    ReadInFuture and what stock.operations.storage.write_reading does.
    """
    if read.read_at > at:
        raise ReadInFuture("enter the time when you read it, not one that is still to come")
    with transaction.atomic():
        lock_home(place.home_id)
        written, is_new = ledger.write_reading(place=place, read=read, by=by, at=at)
        if not is_new:
            return written
        action = "reading_corrected" if read.corrects_id else "temperature_read"
        audit.note(action=action, by=by, at=at, home_id=place.home_id, about=written)
        _settle(place, read, by, at)
        if (found := judged(written)).is_out_of_range:
            cause = tasks.Cause(
                kind=Task.Kind.TEMPERATURE_OUT_OF_RANGE,
                cause=str(written.pk),
                due_at=at,
                is_urgent=True,
                facts={
                    "place": place.name, "place_id": str(place.pk), "found": list(found.faults),
                    "action": written.action, "read_at": written.read_at.isoformat(),
                },
            )  # fmt: skip
            tasks.raise_tasks(home_id=place.home_id, causes=[cause], at=at, by=None)
    return written


def _settle(place: StoragePlace, read: ledger.Read, by: int, at: datetime) -> None:
    asked = Task.objects.filter(
        home_id=place.home_id,
        kind=Task.Kind.READING_MISSING,
        closed_at__isnull=True,
        facts__place_id=str(place.pk),
    )
    tasks.close_settled(
        home_id=place.home_id, kind=Task.Kind.READING_MISSING, about=[each.cause for each in asked], by=by, at=at
    )
    if read.corrects_id is not None:
        tasks.close_settled(
            home_id=place.home_id, kind=Task.Kind.TEMPERATURE_OUT_OF_RANGE, about=[read.corrects_id], by=by, at=at
        )


def missing_readings(*, home_id: int, at: datetime) -> list[tasks.Cause]:
    """Return a cause for each place of which nobody has read the temperature today, from noon on.

    A place that was asked for before and not read since is not asked for twice. The closing job raises them.
    """
    today = local_day(at)
    if at < instant(today, READ_BY):
        return []
    unread = unread_places(home_id, instant(today, time(0)))
    if not unread:
        return []
    asked = Task.objects.filter(home_id=home_id, kind=Task.Kind.READING_MISSING, closed_at__isnull=True)
    waiting = {each.facts.get("place_id") for each in asked}
    return [
        tasks.Cause(
            kind=Task.Kind.READING_MISSING,
            cause=f"{place.pk} {today.isoformat()}",
            due_at=instant(today, READ_BY),
            facts={"place": place.name, "place_id": str(place.pk), "day": today.isoformat()},
        )
        for place in unread
        if str(place.pk) not in waiting
    ]


def add_place(*, home_id: int, place: ledger.Place, by: int, at: datetime) -> StoragePlace:
    """Add a place whose temperature is read daily. Raises what stock.operations.storage.add_place does."""
    with transaction.atomic():
        added = ledger.add_place(home_id=home_id, place=place, by=by, at=at)
        audit.note(action="storage_place_added", by=by, at=at, home_id=home_id, about=added)
    return added


def change_place(*, kept: StoragePlace, place: ledger.Place, by: int, at: datetime) -> None:
    """Change a place's name or range from now on. Raises what stock.operations.storage.change_place does."""
    with transaction.atomic():
        if changes := ledger.change_place(kept=kept, place=place, by=by, at=at):
            audit.note(
                action="storage_place_changed", by=by, at=at, home_id=kept.home_id, about=kept, changes=dict(changes)
            )


def close_place(*, kept: StoragePlace, by: int, at: datetime) -> None:
    """Say that no medicines are kept in a place any more. Raises stock.operations.storage.PlaceClosed."""
    with transaction.atomic():
        ledger.close_place(kept=kept, by=by, at=at)
        audit.note(action="storage_place_closed", by=by, at=at, home_id=kept.home_id, about=kept)
        asked = Task.objects.filter(
            home_id=kept.home_id, kind=Task.Kind.READING_MISSING, facts__place_id=str(kept.pk), closed_at__isnull=True
        )
        if found := list(asked):
            tasks.close(tasks=found, outcome="No medicines are kept there any more.", by=by, at=at)


def decide_opening(*, home_id: int, group: str, lasts: Lasts, by: int, at: datetime) -> None:
    """Decide how long packs of a group of forms may be used once open; packs already open keep their day.

    Raises stock.operations.storage.NoSuchGroup.
    """
    with transaction.atomic():
        rule = ledger.write_opening_rule(home_id=home_id, group=group, lasts=lasts, by=by, at=at)
        audit.note(
            action="opening_rule_decided", by=by, at=at, home_id=home_id, about=rule, changes={group: lasts.words}
        )


def mark_opened(*, pack: StockPack, opened_on: date, by: int, at: datetime) -> None:
    """Write down on which day a pack was opened; said again, the new day holds and the trail keeps the old one.

    Its last day of use becomes the earlier of its expiry and what opening allows in this home. Raises
    stock.operations.packs.OpenedInFuture.
    """
    with transaction.atomic():
        was_opened, was_use_by = packs.note_opened(
            pack=pack, opened_on=opened_on, group=opened_group(packed(pack)), by=by, at=at
        )
        audit.note(
            action="pack_opened", by=by, at=at, home_id=pack.home_id, resident_id=pack.line.resident_id, about=pack,
            changes={
                "opened_on": [_day(was_opened), _day(pack.opened_on)], "use_by": [_day(was_use_by), _day(pack.use_by)],
            },
        )  # fmt: skip


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
