"""How far is a delivery booked in: what came of each line, what came besides, what was caught, what is still short?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from emar.models import Medicine, Resident, Task
from ordering.models import (
    BookedPack,
    Delivery,
    DeliveryLine,
    LabelSheet,
    StoppedPack,
)
from ordering.queries.door import come_of_lines
from stock.models import StockMovement, StockPack
from stock.rules.balance import change

#: How many deliveries that are over a list shows.
CLOSED_SHOWN = 30
LATEST_SHOWN = 6
#: What can become of what did not come, with its words.
OUTCOMES = list(DeliveryLine.Outcome.choices)


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a delivery is: packs booked in of those expected, what is caught, what waits for a second look."""

    delivery: Delivery
    expected: int
    booked: int
    extra: int
    stopped: int
    unchecked: int
    faults: int

    @property
    def share(self) -> int:
        """How much of what is expected has come, in whole percent."""
        return 100 if not self.expected else min(100, 100 * (self.booked - self.extra) // self.expected)

    @property
    def is_open(self) -> bool:
        """Whether packs can be booked in."""
        return self.delivery.closed_at is None


@dataclass(frozen=True, slots=True)
class Booked:
    """One pack booked in, with what became of it since."""

    row: BookedPack
    is_undone: bool
    is_checked: bool

    @property
    def pack(self) -> StockPack:
        """The pack itself."""
        pack: StockPack = self.row.pack
        return pack

    @property
    def waits(self) -> bool:
        """Whether a second person has still to look at it."""
        return self.row.must_be_checked and not self.is_checked and not self.is_undone


@dataclass(frozen=True, slots=True)
class LineStanding:
    """One expected line and what came of it: `come` of its quantity, in `packs` packs."""

    line: DeliveryLine
    come: Decimal
    packs: int
    booked: Sequence[Booked] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything that was expected has come."""
        line = self.line
        return self.come >= line.quantity if line.quantity is not None else self.packs >= line.packs

    @property
    def short(self) -> Decimal | None:
        """How much is missing, None where nobody said how much was to come."""
        return None if self.line.quantity is None else max(self.line.quantity - self.come, Decimal(0))

    @property
    def packs_left(self) -> int:
        """How many packs are still to come, as far as is known."""
        return 0 if self.is_complete else max(self.line.packs - self.packs, 1)


@dataclass(frozen=True, slots=True)
class Bag:
    """What is expected for one person, or for the home itself, and for nobody that the note named."""

    resident: Resident | None
    is_for_home: bool
    lines: Sequence[LineStanding]

    @property
    def expected(self) -> int:
        """How many packs are expected."""
        return sum(each.line.packs for each in self.lines)

    @property
    def booked(self) -> int:
        """How many of them have come."""
        return sum(min(each.packs, each.line.packs) for each in self.lines)

    @property
    def is_complete(self) -> bool:
        """Whether everything has come."""
        return all(each.is_complete for each in self.lines)


@dataclass(frozen=True, slots=True)
class Standing:
    """A delivery as it stands."""

    tally: Tally
    bags: Sequence[Bag]
    extra: Sequence[Booked]
    stopped: Sequence[StoppedPack]
    latest: Sequence[Booked]

    @property
    def delivery(self) -> Delivery:
        """The delivery itself."""
        return self.tally.delivery

    @property
    def is_complete(self) -> bool:
        """Whether everything that was expected has come."""
        return all(each.is_complete for each in self.bags)


_TALLIES = """
    SELECT delivery.id,
           (SELECT coalesce(sum(packs), 0) FROM ordering_deliveryline AS line
             WHERE line.home_id = delivery.home_id AND line.delivery_id = delivery.id),
           (SELECT count(*) FROM ordering_deliveryline AS line
             WHERE line.home_id = delivery.home_id AND line.delivery_id = delivery.id AND faults <> '{}'),
           (SELECT count(*) FROM ordering_stoppedpack AS stopped
             WHERE stopped.home_id = delivery.home_id AND stopped.delivery_id = delivery.id),
           booked.packs, booked.extra, booked.unchecked
      FROM ordering_delivery AS delivery
     CROSS JOIN LATERAL (
           SELECT count(*) AS packs,
                  count(*) FILTER (WHERE line_id IS NULL) AS extra,
                  count(*) FILTER (WHERE must_be_checked AND NOT EXISTS (
                      SELECT FROM ordering_packcheck WHERE booked_id = booked.id)) AS unchecked
             FROM ordering_bookedpack AS booked
            WHERE booked.home_id = delivery.home_id AND booked.delivery_id = delivery.id
              AND NOT EXISTS (SELECT FROM ordering_undonebooking WHERE booked_id = booked.id)) AS booked
     WHERE delivery.home_id = %s AND delivery.id = ANY (%s)
"""


def tallies(home_id: int, found: Iterable[Delivery]) -> list[Tally]:
    """Return how far each of these deliveries is. One statement."""
    found = list(found)
    with connection.cursor() as cursor:
        cursor.execute(_TALLIES, [home_id, [each.pk for each in found]])
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    answer = []
    for each in found:
        expected, faults, stopped, packs, extra, unchecked = counted[each.pk]
        answer.append(Tally(each, expected, packs, extra, stopped, unchecked, faults))
    return answer


def open_deliveries(home_id: int) -> list[Tally]:
    """Return the deliveries that are expected or being booked in, the first expected first. Two statements."""
    found = Delivery.objects.filter(home_id=home_id, closed_at__isnull=True).select_related("resident", "opened_by")
    return tallies(home_id, found.order_by("expected_on", "opened_at"))


def closed_deliveries(home_id: int) -> list[Tally]:
    """Return the deliveries that are over, the latest first. Two statements."""
    found = Delivery.objects.filter(home_id=home_id, closed_at__isnull=False).select_related("resident", "closed_by")
    return tallies(home_id, found.order_by("-closed_at")[:CLOSED_SHOWN])


def delivery_of(home_id: int, delivery_id: UUID) -> Delivery | None:
    """Return a delivery of this home, None for any other."""
    found = Delivery.objects.filter(pk=delivery_id, home_id=home_id)
    return found.select_related("resident", "opened_by", "closed_by").first()


def tally_of(delivery: Delivery) -> Tally:
    """Return how far one delivery is. One statement."""
    return tallies(delivery.home_id, [delivery])[0]


#: What pages say of a booked pack. Whole rows of residents and medicines would cost more than all the rest of a scan.
_OF_PACK = (
    "line__packs", "line__resident", "line__is_for_home", "line__medicine", "line__delivery", "line__words",
    "delivery__home", "delivery__closed_at", "pack__home", "pack__label_code", "pack__batch", "pack__gtin",
    "pack__serial", "pack__expires_on", "pack__location", "pack__status", "pack__booked_in_at", "pack__line__unit",
    "pack__line__home", "pack__line__medicine__name", "pack__line__resident__full_name",
    "pack__line__resident__preferred_name", "pack__line__resident__room", "pack__line__resident__home",
    "booked_by__full_name", "booked_by__display_name", "packcheck__id", "undonebooking__id",
)  # fmt: skip
_OWN = tuple(field.name for field in BookedPack._meta.concrete_fields)


def booked_packs(packs: QuerySet[BookedPack]) -> list[Booked]:
    """Return packs with what became of them, in the order of booking. One statement."""
    rows = packs.select_related(
        "line", "delivery", "pack__line__medicine", "pack__line__resident", "booked_by", "packcheck", "undonebooking"
    ).only(*_OWN, *_OF_PACK)
    return [
        Booked(each, _has(each, "undonebooking"), _has(each, "packcheck")) for each in rows.order_by("booked_at", "pk")
    ]


def _has(row: BookedPack, name: str) -> bool:
    return getattr(row, name, None) is not None


def standing(delivery: Delivery) -> Standing:
    """Return how a delivery stands, by the people it is for. Five statements, however much came."""
    home_id = delivery.home_id
    booked = booked_packs(BookedPack.objects.filter(home_id=home_id, delivery=delivery))
    of_line: dict[UUID | None, list[Booked]] = defaultdict(list)
    for each in booked:
        of_line[each.row.line_id].append(each)
    stopped = StoppedPack.objects.filter(home_id=home_id, delivery=delivery)
    return Standing(
        tally_of(delivery),
        _bags(_standings(delivery, of_line)),
        [each for each in of_line[None] if not each.is_undone],
        list(stopped.select_related("resident", "medicine", "stopped_by").order_by("-stopped_at")),
        [each for each in reversed(booked) if not each.is_undone][:LATEST_SHOWN],
    )


def after_scan(delivery: Delivery, line: DeliveryLine | None) -> tuple[Tally, Bag | None, list[Booked]]:
    """Return what one scan may have changed on the page: the tally, the bag of its line, what came last.

    Five statements, and few rows however long the list is: this is asked for at every pack.
    """
    rows = BookedPack.objects.filter(home_id=delivery.home_id, delivery=delivery, undonebooking__isnull=True)
    latest = list(rows.order_by("-booked_at", "-pk").values_list("pk", flat=True)[:LATEST_SHOWN])
    found = list(reversed(booked_packs(BookedPack.objects.filter(home_id=delivery.home_id, pk__in=latest))))
    bag = None
    if line is not None:
        whose = Q(resident_id=line.resident_id, is_for_home=line.is_for_home)
        bag = next(iter(_bags(_standings(delivery, {}, whose))), None)
    return tally_of(delivery), bag, found


def _standings(
    delivery: Delivery, of_line: Mapping[UUID | None, Sequence[Booked]], whose: Q | None = None
) -> list[LineStanding]:
    come = come_of_lines(delivery)
    lines = DeliveryLine.objects.filter(whose or Q(), delivery=delivery).select_related("resident__unit", "medicine")
    return [
        LineStanding(each, *come.get(each.pk, (Decimal(0), 0)), of_line.get(each.pk, ()))
        for each in lines.order_by("position")
    ]


def _bags(lines: Sequence[LineStanding]) -> list[Bag]:
    found: dict[tuple[bool, int | None], list[LineStanding]] = defaultdict(list)
    for each in lines:
        found[each.line.is_for_home, each.line.resident_id].append(each)
    bags = [Bag(of[0].line.resident, of[0].line.is_for_home, of) for of in found.values()]
    return sorted(bags, key=_place)


def _place(bag: Bag) -> tuple[int, str, int, str]:
    # Whom the note did not name comes first: somebody has to say.
    if bag.resident is None:
        return (2 if bag.is_for_home else 0, "", 0, "")
    return 1, bag.resident.unit.name, bag.resident.corridor_order or 0, bag.resident.room


def short_lines(delivery: Delivery) -> list[DeliveryLine]:
    """Return the lines of which not everything came. Two statements."""
    return [each.line for each in short_standings(delivery)]


def short_standings(delivery: Delivery) -> list[LineStanding]:
    """Return the lines of which not everything came, with how much did. Two statements."""
    return [each for each in _standings(delivery, {}) if not each.is_complete]


def line_of(home_id: int, line_id: UUID) -> DeliveryLine | None:
    """Return an expected line of this home, None for any other."""
    found = DeliveryLine.objects.filter(pk=line_id, home_id=home_id)
    return found.select_related("delivery", "resident__unit", "medicine").first()


def booked_of(home_id: int, booked_id: UUID) -> Booked | None:
    """Return one booked pack of this home, None for any other."""
    found = booked_packs(BookedPack.objects.filter(home_id=home_id, pk=booked_id))
    return found[0] if found else None


def waiting_for_check(home_id: int) -> list[Booked]:
    """Return the packs that a second person has still to look at, the longest waiting first. One statement."""
    found = BookedPack.objects.filter(
        home_id=home_id, must_be_checked=True, packcheck__isnull=True, undonebooking__isnull=True
    )
    return booked_packs(found.select_related("delivery"))


def unchecked_packs(home_id: int, pack_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the packs among these that wait for a second look, each with its booking. One statement."""
    found = BookedPack.objects.filter(
        home_id=home_id, pack_id__in=list(pack_ids), must_be_checked=True, packcheck__isnull=True,
        undonebooking__isnull=True,
    )  # fmt: skip
    return dict(found.values_list("pack_id", "pk"))


def booked_with_label(home_id: int, label_code: str) -> tuple[StockPack, Booked | None] | None:
    """Return the pack that one of our own labels belongs on, and its booking where it came with a delivery."""
    pack = (
        StockPack.objects.filter(home_id=home_id, label_code=label_code)
        .select_related("line__resident__unit", "line__medicine")
        .first()
    )
    if pack is None:
        return None
    booked = booked_packs(BookedPack.objects.filter(home_id=home_id, pack=pack))
    return pack, booked[0] if booked else None


def moved_of_pack(pack: StockPack) -> tuple[StockMovement | None, Decimal]:
    """Return the movement that brought a pack in, and how much of it is still here by the book. One statement."""
    came, left = None, Decimal(0)
    for each in StockMovement.objects.filter(home_id=pack.home_id, pack=pack).order_by("line_sequence"):
        came = came or each
        left += change(each.source, each.destination, each.quantity)
    return came, left


# Labels


def label_sheets(delivery: Delivery) -> list[LabelSheet]:
    """Return the sheets of labels printed for a delivery, the latest first."""
    found = LabelSheet.objects.filter(home_id=delivery.home_id, delivery=delivery).select_related("printed_by")
    return list(found.order_by("-printed_at"))


def label_sheet(home_id: int, sheet_id: UUID) -> tuple[LabelSheet, list[Booked]] | None:
    """Return one sheet with its packs in the order of the labels, None where this home has no such sheet."""
    sheet = LabelSheet.objects.filter(pk=sheet_id, home_id=home_id).select_related("delivery").first()
    if sheet is None:
        return None
    found = {
        each.row.pk: each for each in booked_packs(BookedPack.objects.filter(home_id=home_id, pk__in=sheet.booked))
    }
    return sheet, [found[pk] for pk in sheet.booked if pk in found]


def unlabelled(delivery: Delivery) -> list[Booked]:
    """Return the booked packs of a delivery whose label was never printed, in the order of booking. Two statements."""
    printed = {pk for each in LabelSheet.objects.filter(delivery=delivery).only("booked") for pk in each.booked}
    return [each for each in packs_of(delivery) if each.row.pk not in printed]


def packs_of(delivery: Delivery) -> list[Booked]:
    """Return the packs of a delivery that stand, in the order of booking. One statement."""
    booked = booked_packs(BookedPack.objects.filter(home_id=delivery.home_id, delivery=delivery))
    return [each for each in booked if not each.is_undone]


def packs_come(row: BookedPack) -> int:
    """Return the how-manyth pack of its line this one is. One statement."""
    return BookedPack.objects.filter(
        home_id=row.home_id, line_id=row.line_id, undonebooking__isnull=True, booked_at__lte=row.booked_at
    ).count()


def next_free_place(delivery: Delivery, layout: str, each_page: int) -> int:
    """Return how many places of a sheet of this paper are used, by what was printed last on it in this home."""
    last = LabelSheet.objects.filter(home_id=delivery.home_id, layout=layout).order_by("-printed_at").first()
    return 0 if last is None else (last.skipped + len(last.booked)) % each_page


def names_of(medicine_ids: Iterable[str]) -> Mapping[str, str]:
    """Return the names of medicines."""
    return dict(Medicine.objects.filter(pk__in=set(medicine_ids)).values_list("pk", "name"))


def task_of(delivery: Delivery) -> Any:
    """Return the open task that asks for a delivery to be booked in, None where there is none."""
    return Task.objects.filter(
        home_id=delivery.home_id,
        kind=Task.Kind.BOOK_IN_DELIVERY,
        cause=f"delivery {delivery.pk}",
        closed_at__isnull=True,
    ).first()
