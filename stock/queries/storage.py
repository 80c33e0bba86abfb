"""Where medicines are kept, how warm it was there, and which packs are open and for how much longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from stock.models import OpeningRule, PackStatus, StockPack, StoragePlace, TemperatureReading
from stock.rules.expiry import GROUP_WORDS, USUAL, Lasts, PackedMedicine, opened_group
from stock.rules.temperature import Range, Seen, out_of_range_words

EXPIRES_SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class Judged:
    """One reading with what is not in order about it, and the reading that corrects it where there is one."""

    reading: TemperatureReading
    faults: Sequence[str]
    corrected_as: TemperatureReading | None = None

    @property
    def is_out_of_range(self) -> bool:
        """Whether something about it was not in order."""
        return bool(self.faults)

    @property
    def stands(self) -> bool:
        """Whether nobody has corrected it."""
        return self.corrected_as is None


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """A place with the latest reading that stands, None before its first."""

    place: StoragePlace
    allowed: Range
    latest: Judged | None


def range_of(place: StoragePlace) -> Range:
    """Return which temperatures are in order in a place now."""
    return Range(place.low, place.high, place.is_high_allowed)


def judged(reading: TemperatureReading, corrected_as: TemperatureReading | None = None) -> Judged:
    """Return a reading with what was not in order about it, by the range that held then."""
    allowed = Range(reading.allowed_low, reading.allowed_high, reading.is_high_allowed)
    seen = Seen(reading.current, reading.lowest, reading.highest)
    return Judged(reading, tuple(out_of_range_words(seen, allowed)), corrected_as)


def places(home_id: int) -> list[PlaceNow]:
    """Return the places in use of a home by kind and name, each with its latest reading. Two statements."""
    found = StoragePlace.objects.filter(home_id=home_id, closed_at__isnull=True).order_by("kind", "name")
    latest = {
        each.place_id: each
        for each in _standing(home_id)
        .order_by("place_id", "-read_at", "-received_at")
        .distinct("place_id")
        .select_related("read_by")
    }
    return [PlaceNow(each, range_of(each), judged(latest[each.pk]) if each.pk in latest else None) for each in found]


def place(home_id: int, place_id: UUID) -> StoragePlace | None:
    """Return one place of the home, in use or not, or None."""
    return StoragePlace.objects.filter(home_id=home_id, pk=place_id).first()


def closed_places(home_id: int) -> list[StoragePlace]:
    """Return the places where the home keeps nothing any more, by name."""
    return list(StoragePlace.objects.filter(home_id=home_id, closed_at__isnull=False).order_by("name", "closed_at"))


def readings(home_id: int, place_id: UUID, since: datetime, until: datetime) -> list[Judged]:
    """Return every reading of a place in a period, first to last, corrected ones as well. Two statements."""
    found = TemperatureReading.objects.filter(
        home_id=home_id, place_id=place_id, read_at__gte=since, read_at__lt=until
    ).select_related("read_by", "place")
    rows = list(found.order_by("read_at", "received_at"))
    newer = TemperatureReading.objects.filter(home_id=home_id, place_id=place_id, corrects__in=rows)
    after = {each.corrects_id: each for each in newer.select_related("read_by")}
    return [judged(each, after.get(each.pk)) for each in rows]


def reading(home_id: int, reading_id: UUID) -> TemperatureReading | None:
    """Return one reading of the home with its place, or None."""
    found = TemperatureReading.objects.filter(home_id=home_id, pk=reading_id)
    return found.select_related("place", "read_by", "corrected_as").first()


def unread_places(home_id: int, since: datetime) -> list[StoragePlace]:
    """Return the places in use, there since before an instant, of which nothing was read since then. One statement."""
    found = StoragePlace.objects.filter(home_id=home_id, closed_at__isnull=True, added_at__lt=since)
    read = TemperatureReading.objects.filter(home_id=home_id, read_at__gte=since).values("place_id")
    return list(found.exclude(pk__in=read).order_by("name"))


def _standing(home_id: int) -> QuerySet[TemperatureReading]:
    return TemperatureReading.objects.filter(home_id=home_id, corrected_as__isnull=True)


# Open packs


@dataclass(frozen=True, slots=True)
class GroupRule:
    """How long packs of a group may be used once open: the home's own figure, or the usual one."""

    group: str
    words: str
    lasts: Lasts
    usual: Lasts

    @property
    def is_own(self) -> bool:
        """Whether the home decided otherwise than usual."""
        return self.lasts != self.usual


@dataclass(frozen=True, slots=True)
class OpenPack:
    """A pack whose opening counts: its group, how long that may be open, and how it stands today."""

    pack: StockPack
    group: str
    lasts: Lasts
    today: date

    @property
    def group_words(self) -> str:
        """What kind of pack it is."""
        return GROUP_WORDS[self.group]

    @property
    def last_day(self) -> date | None:
        """The last day on which it may be given from, as far as it is known."""
        return self.pack.use_by or self.pack.expires_on

    @property
    def standing(self) -> str:
        """Return `over`, `soon`, `open` or `unopened`."""
        last = self.last_day
        if last is not None and last < self.today:
            return "over"
        if last is not None and last < self.today + timedelta(days=EXPIRES_SOON_DAYS):
            return "soon"
        return "open" if self.pack.opened_on else "unopened"


def opening_rules(home_id: int) -> list[GroupRule]:
    """Return how long open packs last in a home, group by group. One statement."""
    own = {each.group: Lasts(each.lasts, each.unit) for each in OpeningRule.objects.filter(home_id=home_id)}
    return [GroupRule(group, words, own.get(group, USUAL[group]), USUAL[group]) for group, words in GROUP_WORDS.items()]


def packed(pack: StockPack) -> PackedMedicine:
    """Return what is known of a pack's medicine, for the rule about its opening; its line must be at hand."""
    medicine, product = pack.line.medicine, pack.product
    return PackedMedicine(
        form=medicine.form,
        name=medicine.name,
        atc_code=medicine.atc_code,
        quantity=product.quantity if product is not None else None,
        unit=pack.line.unit,
    )


def pack(home_id: int, pack_id: UUID) -> StockPack | None:
    """Return one pack of the home with its line, medicine, resident and product, or None."""
    return _packs(home_id).filter(pk=pack_id).first()


def open_packs(home_id: int, today: date) -> list[OpenPack]:
    """Return the packs in use whose opening counts, the first to go over first, unopened ones last. Two statements."""
    lasts = {each.group: each.lasts for each in opening_rules(home_id)}
    found = [
        OpenPack(each, group, lasts[group], today)
        for each in _packs(home_id).filter(status=PackStatus.IN_USE)
        if (group := opened_group(packed(each)))
    ]
    order = {"over": 0, "soon": 1, "open": 2, "unopened": 3}
    return sorted(found, key=lambda each: (order[each.standing], each.last_day or date.max, each.pack.label_code))


def unopened(home_id: int, pack_ids: Sequence[UUID | str]) -> list[StockPack]:
    """Return which of these packs nobody has written down as opened. One statement, none for no pack."""
    if not pack_ids:
        return []
    return list(_packs(home_id).filter(pk__in=pack_ids, opened_on__isnull=True))


def over_or_soon_count(home_id: int, today: date) -> int:
    """Return how many open packs are over their day or will be within the week. One statement."""
    before = today + timedelta(days=EXPIRES_SOON_DAYS)
    found = StockPack.objects.filter(home_id=home_id, status=PackStatus.IN_USE, opened_on__isnull=False)
    return found.filter(Q(use_by__lt=before) | Q(use_by__isnull=True, expires_on__lt=before)).count()


def _packs(home_id: int) -> QuerySet[StockPack]:
    found = StockPack.objects.filter(home_id=home_id)
    return found.select_related("line__medicine", "line__resident", "product")
