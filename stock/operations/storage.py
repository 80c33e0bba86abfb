"""Every write about where medicines are kept: the places, what their thermometers showed, how long open packs last.

What follows from a reading (a task, the audit trail) is emar.operations.storage's, which calls these.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from stock.models import OpeningRule, StoragePlace, TemperatureReading
from stock.operations.ledger import lock_home
from stock.queries.storage import range_of
from stock.rules.expiry import GROUP_WORDS, Lasts
from stock.rules.temperature import Range, Seen, is_out_of_range, misread_words


class ActionMissing(ValueError):
    """A temperature that is not in order is written down together with what was done about it."""


class Misread(ValueError):
    """No thermometer can have shown this."""


class PlaceNameTaken(ValueError):
    """The home has another place of this name."""


class PlaceClosed(Exception):
    """No medicines are kept there any more."""


class CorrectedBefore(Exception):
    """Somebody has corrected this reading before; correct the correction."""


class WhyMissing(ValueError):
    """A reading is corrected only with words that say what was wrong about it."""


class RangeUpsideDown(ValueError):
    """The lowest temperature in order is not below the highest."""


class NoSuchGroup(ValueError):
    """Packs are not counted by such a group of forms."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place as a form says it. `kind` is a StoragePlace.Kind."""

    name: str
    kind: str
    allowed: Range


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of a thermometer as somebody wrote it down, and when they read it.

    Its `id` is made by the form, so that sending it twice is one reading. `corrects` is the reading that was wrong.
    """

    id: UUID
    seen: Seen
    is_reset: bool
    read_at: datetime
    action: str = ""
    note: str = ""
    corrects_id: UUID | None = None


def add_place(*, home_id: int, place: Place, by: int, at: datetime) -> StoragePlace:
    """Add a place where the home keeps medicines. Raises PlaceNameTaken and RangeUpsideDown."""
    with transaction.atomic():
        lock_home(home_id)
        _refuse_taken(home_id, place, but=None)
        return StoragePlace.objects.create(home_id=home_id, added_at=at, added_by_id=by, **_fields(place))


def change_place(*, kept: StoragePlace, place: Place, by: int, at: datetime) -> dict[str, list[str]]:
    """Change a place's name or range from now on, and return what changed as before and after.

    Readings keep the range that held when they were read. Raises PlaceNameTaken, PlaceClosed and RangeUpsideDown.
    """
    with transaction.atomic():
        lock_home(kept.home_id)
        kept.refresh_from_db()
        if kept.closed_at is not None:
            raise PlaceClosed("no medicines are kept there any more")
        _refuse_taken(kept.home_id, place, but=kept.pk)
        fields = _fields(place)
        changes = {
            name: [_plain(getattr(kept, name)), _plain(value)]
            for name, value in fields.items()
            if getattr(kept, name) != value
        }
        for name, value in fields.items():
            setattr(kept, name, value)
        kept.save(update_fields=list(fields))
    return changes


def close_place(*, kept: StoragePlace, by: int, at: datetime) -> None:
    """Say that no medicines are kept in a place any more; its readings stay. Raises PlaceClosed."""
    with transaction.atomic():
        lock_home(kept.home_id)
        kept.refresh_from_db()
        if kept.closed_at is not None:
            raise PlaceClosed("no medicines were kept there before")
        kept.closed_at, kept.closed_by_id = at, by
        kept.save(update_fields=["closed_at", "closed_by"])


def write_reading(*, place: StoragePlace, read: Read, by: int, at: datetime) -> tuple[TemperatureReading, bool]:
    """Write down what a thermometer showed; return the reading and whether it is new. `at` is the server's clock.

    Raises Misread, ActionMissing for one out of range without words on what was done, CorrectedBefore, WhyMissing and
    PlaceClosed.
    """
    if words := misread_words(read.seen):
        raise Misread(words)
    with transaction.atomic():
        lock_home(place.home_id)
        if known := TemperatureReading.objects.filter(pk=read.id, place=place).first():
            return known, False
        place.refresh_from_db()
        if place.closed_at is not None:
            raise PlaceClosed("no medicines are kept there any more")
        allowed = range_of(place)
        if read.corrects_id is not None:
            allowed = _range_corrected(place, read)
        if is_out_of_range(read.seen, allowed) and not read.action.strip():
            raise ActionMissing("say what you did about it: whom you rang, and where the medicines are now")
        return _written(place, read, allowed, by, at), True


def _range_corrected(place: StoragePlace, read: Read) -> Range:
    """Return the range of the reading that is corrected, once it is sure that it may be."""
    wrong = TemperatureReading.objects.get(home_id=place.home_id, place=place, pk=read.corrects_id)
    if TemperatureReading.objects.filter(corrects=wrong).exists():
        raise CorrectedBefore("somebody corrected this reading before: correct the newer one")
    if not read.note.strip():
        raise WhyMissing("say what was wrong about it")
    return Range(wrong.allowed_low, wrong.allowed_high, wrong.is_high_allowed)


def _written(place: StoragePlace, read: Read, allowed: Range, by: int, at: datetime) -> TemperatureReading:
    return TemperatureReading.objects.create(
        pk=read.id,
        home_id=place.home_id,
        place=place,
        current=read.seen.current,
        lowest=read.seen.lowest,
        highest=read.seen.highest,
        allowed_low=allowed.low,
        allowed_high=allowed.high,
        is_high_allowed=allowed.is_high_allowed,
        is_reset=read.is_reset,
        action=read.action.strip(),
        note=read.note.strip(),
        corrects_id=read.corrects_id,
        read_at=read.read_at,
        read_by_id=by,
        received_at=at,
    )


def write_opening_rule(*, home_id: int, group: str, lasts: Lasts, by: int, at: datetime) -> OpeningRule:
    """Say how long packs of a group of forms may be used once open in this home; packs already open keep their day.

    Raises NoSuchGroup.
    """
    if group not in GROUP_WORDS:
        raise NoSuchGroup(group)
    with transaction.atomic():
        lock_home(home_id)
        rule, _ = OpeningRule.objects.update_or_create(
            home_id=home_id,
            group=group,
            defaults={"lasts": lasts.amount, "unit": lasts.unit, "changed_at": at, "changed_by_id": by},
        )
    return rule


def _refuse_taken(home_id: int, place: Place, *, but: UUID | None) -> None:
    if place.allowed.low is not None and place.allowed.low >= place.allowed.high:
        raise RangeUpsideDown("the lowest has to be below the highest")
    others = StoragePlace.objects.filter(home_id=home_id, closed_at__isnull=True, name__iexact=place.name.strip())
    if others.exclude(pk=but).exists():
        raise PlaceNameTaken(f"there is a place called {place.name.strip()} already")


def _fields(place: Place) -> dict[str, object]:
    return {
        "name": place.name.strip(),
        "kind": place.kind,
        "low": place.allowed.low,
        "high": place.allowed.high,
        "is_high_allowed": place.allowed.is_high_allowed,
    }


def _plain(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else "" if value is None else str(value)
