"""The controlled drugs register of a home: one page for each resident, medicine, form and strength.

A page is a stock line: nothing of the register is stored. Its lines are the ledger's movements with the
records they belong to, its notes the counts and corrections. (Misuse of Drugs Regulations 2001, regulation 19
and 20; domain.md, Controlled drugs)
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from emar.models import Administration, Correction
from emar.rules.controlled import IN_REGISTER
from emar.rules.wall_clock import local
from stock.models import Discrepancy, Place, StockCount, StockLine, StockMovement
from stock.queries.balances import line_balances
from stock.rules.balance import change, given_back_id

REGISTER_LINES = """
    SELECT line.id, coalesce(last.balance, 0)
      FROM stock_stockline AS line
      JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
      LEFT JOIN LATERAL (
           SELECT balance FROM stock_stockmovement
            WHERE line_id = line.id ORDER BY line_sequence DESC LIMIT 1) AS last ON true
     WHERE line.home_id = %(home)s
       AND (line.is_controlled
            OR medicine.controlled_drug_category = ANY (%(categories)s)
            OR EXISTS (SELECT FROM emar_prescription AS prescribed
                         JOIN emar_medicine AS product ON product.id = prescribed.medicine_id
                        WHERE prescribed.home_id = %(home)s AND prescribed.resident_id = line.resident_id
                          AND prescribed.is_controlled
                          AND coalesce(product.generic_id, product.id) = line.medicine_id))
"""
#: What somebody found about a dose that makes it a matter for the manager.
EXCEPTIONS = ("no_witness", "unwitnessed", "witness_is_giver", "witness_unproven", "witness_apart", "balance_differs")


@dataclass(slots=True)
class Book:
    """What the ledger says of one line now, and what has moved on it lately, by when it happened."""

    balance: Decimal
    moves: list[tuple[datetime, Decimal]]

    def move(self, moved_at: datetime, much: Decimal) -> None:
        """Take a movement into account that is about to be written."""
        self.balance += much
        self.moves.append((moved_at, much))

    def at(self, moment: datetime) -> Decimal:
        """Return what the cupboard must have held at an instant: what happened after it is taken back."""
        return self.balance - sum((much for moved_at, much in self.moves if moved_at > moment), Decimal(0))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the register: the stock line, what the book says, and when it was last counted by two people."""

    line: StockLine
    balance: Decimal
    counted_at: datetime | None
    discrepancies: tuple[Discrepancy, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a page: what came in, went out or was wasted, from or to whom, by whom, before whom.

    `witness_counted` is what the second person counted afterwards without being shown the balance.
    """

    at: datetime
    received_at: datetime
    words: str
    party: str
    came_in: Decimal | None
    went_out: Decimal | None
    wasted: Decimal | None
    by: str
    witness: str
    balance: Decimal
    witness_counted: Decimal | None = None
    record_id: UUID | None = None
    note: str = ""
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class CountNote:
    """A count of a page, which changes no balance: what was found, what the book said, and by whom."""

    at: datetime
    counted: Decimal
    book: Decimal
    by: str
    witness: str
    discrepancy: Discrepancy | None
    is_recount: bool = False

    @property
    def agrees(self) -> bool:
        """Whether book and cupboard said the same."""
        return self.counted == self.book


@dataclass(frozen=True, slots=True)
class PageRow:
    """One row of a page as it is read from top to bottom: an entry or a count."""

    entry: Entry | None = None
    count: CountNote | None = None


def register_balances(home_id: int) -> dict[int, Decimal]:
    """Return the stock lines that have a page in the register, each with what the book says. One statement.

    By law those of schedule 2 products; and whatever is prescribed or kept as a CD by the home's own policy.
    """
    with connection.cursor() as cursor:
        cursor.execute(REGISTER_LINES, {"home": home_id, "categories": sorted(IN_REGISTER)})
        return dict(cursor.fetchall())


def pages(home_id: int) -> list[Page]:
    """Return the pages of a home's register by resident and medicine, those without anything left last."""
    balances = register_balances(home_id)
    lines = StockLine.objects.filter(home_id=home_id, pk__in=balances).select_related("resident", "medicine")
    counted = dict(
        StockCount.objects.filter(home_id=home_id, line_id__in=balances, witness__isnull=False)
        .order_by("line_id", "-counted_at")
        .distinct("line_id")
        .values_list("line_id", "counted_at")
    )
    open_of: dict[int, list[Discrepancy]] = defaultdict(list)
    for each in Discrepancy.objects.filter(home_id=home_id, line_id__in=balances, closed_at__isnull=True):
        open_of[each.line_id].append(each)
    found = [Page(each, balances[each.pk], counted.get(each.pk), tuple(open_of[each.pk])) for each in lines]
    return sorted(found, key=_place)


def _place(page: Page) -> tuple[bool, str, str, str]:
    resident = page.line.resident
    return not page.balance, resident.full_name if resident else "", page.line.medicine.name, page.line.unit


def page(home_id: int, line_id: int) -> Page | None:
    """Return one page of the home's register, None where the line has none."""
    return next((each for each in pages(home_id) if each.line.pk == line_id), None)


def page_rows(line: StockLine) -> list[PageRow]:
    """Return everything on a page in the order it was entered: the order in which the balance runs. Five statements."""
    movements = list(
        StockMovement.objects.filter(line=line).select_related("moved_by", "witness").order_by("line_sequence")
    )
    records = _records(line.home_id, movements)
    corrections = _corrections(line.home_id, records)
    undone = {given_back_id(each.pk): each for each in movements}
    counts = defaultdict(list)
    signed = Discrepancy.objects.filter(line=line, count__isnull=False).select_related("closed_by")
    told = {each.count_id: each for each in signed}
    of_line = StockCount.objects.filter(line=line).select_related("counted_by", "witness", "recount_of__closed_by")
    for each in of_line.order_by("received_at"):
        # What a later count of an open difference found belongs to that difference, and is signed with it.
        counts[each.after_sequence].append(_count(each, each.recount_of or told.get(each.pk)))
    rows = [PageRow(count=each) for each in counts[0]]
    for movement in movements:
        record = records.get(movement.record_id) if movement.record_id else None
        before = undone.get(movement.pk)
        about = before.record_id if before is not None else None
        rows.append(PageRow(entry=_entry(line, movement, record, before, corrections.get(about) if about else None)))
        rows += [PageRow(count=each) for each in counts[movement.line_sequence]]
    return rows


def _records(home_id: int, movements: Iterable[StockMovement]) -> dict[UUID, Administration]:
    ids = [each.record_id for each in movements if each.record_id]
    return {each.pk: each for each in Administration.objects.filter(home_id=home_id, pk__in=ids)}


def _corrections(home_id: int, records: Iterable[UUID]) -> dict[UUID, Correction]:
    found = Correction.objects.filter(home_id=home_id, administration_id__in=list(records))
    return {each.administration_id: each for each in found.select_related("corrected_by")}


def _count(count: StockCount, discrepancy: Discrepancy | None) -> CountNote:
    return CountNote(
        at=count.counted_at,
        counted=count.counted,
        book=count.book,
        by=count.counted_by.full_name,
        witness=count.witness.full_name if count.witness else "",
        discrepancy=discrepancy,
        is_recount=count.recount_of_id is not None,
    )


#: What a movement is called in the register, by where it came from and where it went.
WORDS = {
    (Place.SUPPLIER, Place.HOME): ("Received", "Pharmacy"),
    (Place.HOME, Place.WASTE): ("Wasted", "Destroyed"),
    (Place.HOME, Place.RETURNED): ("Returned", "Pharmacy"),
    (Place.HOME, Place.UNEXPLAINED): ("Difference signed", "Not explained"),
    (Place.UNEXPLAINED, Place.HOME): ("Difference signed", "Not explained"),
    (Place.AWAY, Place.HOME): ("Came back", ""),
    (Place.HOME, Place.AWAY): ("Sent out with them", ""),
    (Place.HOME, Place.RESIDENT): ("Given", ""),
}


def _entry(
    line: StockLine,
    movement: StockMovement,
    record: Administration | None,
    undoes: StockMovement | None,
    correction: Correction | None,
) -> Entry:
    words, party = WORDS.get((Place(movement.source), Place(movement.destination)), ("Moved", ""))
    note = ""
    if undoes is not None:
        words = "Correction"
        note = f"Takes back the line of {local(undoes.moved_at):%d/%m/%Y %H:%M}"
        if correction is not None:
            note = f"{note}: {correction.reason}"
    is_in = movement.destination == Place.HOME
    is_waste = movement.destination == Place.WASTE
    name = line.resident.full_name if line.resident else "the home’s own stock"
    return Entry(
        at=movement.moved_at,
        received_at=movement.received_at,
        words=words,
        party=party or name,
        came_in=movement.quantity if is_in else None,
        went_out=movement.quantity if not is_in and not is_waste else None,
        wasted=movement.quantity if is_waste else None,
        by=movement.moved_by.full_name if movement.moved_by else "",
        witness=movement.witness.full_name if movement.witness else "",
        balance=movement.balance,
        witness_counted=record.counted_balance if record else None,
        record_id=movement.record_id,
        note=note or (record.note if record else ""),
        is_correction=undoes is not None,
    )


def books(home_id: int, line_ids: Collection[int], since: datetime) -> dict[int, Book]:
    """Return what the ledger says of these lines, with what happened on them after an instant. Two statements."""
    found = {each.line_id: Book(each.balance, []) for each in line_balances(home_id) if each.line_id in line_ids}
    later = StockMovement.objects.filter(home_id=home_id, line_id__in=list(line_ids), moved_at__gt=since)
    for line_id, moved_at, source, destination, quantity in later.values_list(
        "line_id", "moved_at", "source", "destination", "quantity"
    ):
        found[line_id].moves.append((moved_at, change(source, destination, quantity)))
    return found


def exceptions(home_id: int, *, limit: int = 200) -> list[Administration]:
    """Return the CD doses that a manager must still look at, the oldest first.

    No witness, the giver named as their own witness, a witness who did not show that it was them, or a
    balance that differed; not corrected away and not reviewed.
    """
    found = _exceptions(home_id).filter(witnessreview__isnull=True).order_by("given_at", "id")
    return list(found[:limit])


def exception_count(home_id: int) -> int:
    """Return how many CD doses wait for a manager's look."""
    return _exceptions(home_id).filter(witnessreview__isnull=True).count()


def reviewed(home_id: int, *, limit: int = 50) -> list[Administration]:
    """Return the CD doses a manager has looked at, with their words, the latest first."""
    found = _exceptions(home_id).filter(witnessreview__isnull=False)
    return list(found.select_related("witnessreview__reviewed_by").order_by("-witnessreview__reviewed_at")[:limit])


def exception(home_id: int, record_id: UUID) -> Administration | None:
    """Return one CD dose that is an exception in this home, reviewed or not; None for any other record."""
    return _exceptions(home_id).filter(pk=record_id).first()


def _exceptions(home_id: int) -> QuerySet[Administration]:
    codes = Q()
    for code in EXCEPTIONS:
        codes |= Q(findings__contains=[{"code": code}])
    found = Administration.objects.filter(codes, home_id=home_id, correction__isnull=True)
    return found.select_related("resident", "prescription__medicine", "given_by", "witness")
