"""How far a count has come, and what is known of each line before it is chosen for one.

Nothing here gives the book's figure of a line that is still to be counted: a page that asks this file stays blind.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from stock.models import (
    CountedPack,
    Discrepancy,
    LineToCount,
    Location,
    PackStatus,
    StockCount,
    StockCountSession,
    StockLine,
    StockMovement,
    StockPack,
)
from stock.queries.balances import line_end
from stock.rules.balance import change
from stock.rules.counting import WHY_WORDS, Countable, Moved, Part, held_now
from stock.rules.differences import COUNTED_AGAIN, IN_THE_BOOK, MISCOUNTED
from stock.rules.gs1 import ScanValue

#: The kinds of count and the places of packs as words, for pages that may touch no model.
KIND_WORDS = {str(value): str(label) for value, label in StockCountSession.Kind.choices}
LOCATION_WORDS = {str(value): str(label) for value, label in Location.choices}
STATUS_WORDS = {str(value): str(label) for value, label in PackStatus.choices}
#: How far back a line's drift is looked at.
DRIFT_BACK = timedelta(days=90)
#: Differences signed with these reasons were none of the book's.
NO_DRIFT = (MISCOUNTED, COUNTED_AGAIN, IN_THE_BOOK)


@dataclass(frozen=True, slots=True)
class PackToCount:
    """A pack of a line, and what was found in it in this count, None while nobody has."""

    pack: StockPack
    counted: CountedPack | None


@dataclass(frozen=True, slots=True)
class LineOfCount:
    """One line of a count: its packs, what was found, and how it stands.

    `beside` is what was counted without a pack. `counts` are those of this count, first to last.
    """

    line: StockLine
    why: str
    packs: Sequence[PackToCount]
    beside: CountedPack | None
    counts: Sequence[StockCount]
    case: Discrepancy | None

    @property
    def standing(self) -> str:
        """Return `agrees`, `again` (one count that differs), `differs`, `begun` or `todo`."""
        if self.counts:
            if self.counts[-1].counted == self.counts[-1].book:
                return "agrees"
            return "again" if len(self.counts) == 1 else "differs"
        return "begun" if self.beside is not None or any(each.counted for each in self.packs) else "todo"

    @property
    def is_done(self) -> bool:
        """Whether nothing more is asked of whoever counts: it agrees, or it was counted twice."""
        return self.standing in ("agrees", "differs")

    @property
    def why_words(self) -> str:
        """Why this line was chosen, empty where the whole place or resident is counted."""
        return WHY_WORDS.get(self.why, "")


@dataclass(frozen=True, slots=True)
class CountState:
    """A count with its lines in walking order."""

    session: StockCountSession
    lines: Sequence[LineOfCount]

    @property
    def done(self) -> int:
        """How many lines are done."""
        return sum(each.is_done for each in self.lines)

    @property
    def percent(self) -> int:
        """How much of the count is done, of a hundred."""
        return 100 * self.done // max(len(self.lines), 1)

    @property
    def pack_count(self) -> int:
        """How many packs of its lines are in the home."""
        return sum(len(each.packs) for each in self.lines)

    @property
    def packs_counted(self) -> int:
        """How many of them were counted, or are of a line that is done."""
        return sum(len(each.packs) if each.is_done else sum(p.counted is not None for p in each.packs)
                   for each in self.lines)  # fmt: skip

    @property
    def people(self) -> list[str]:
        """Who has counted so far, by name: whom to ask where they have got to."""
        names = {each.counted_by.display_name for line in self.lines for each in line.counts}
        names |= {each.counted.counted_by.display_name for line in self.lines for each in line.packs if each.counted}
        return sorted(names)

    def line(self, line_id: int) -> LineOfCount | None:
        """Return one line of the count, or None."""
        return next((each for each in self.lines if each.line.pk == line_id), None)

    def following(self, line_id: int) -> LineOfCount | None:
        """Return the next line that is not done, after this one and then from the start."""
        order = [each.line.pk for each in self.lines]
        after = order.index(line_id) + 1 if line_id in order else 0
        waiting = [*self.lines[after:], *self.lines[:after]]
        return next((each for each in waiting if not each.is_done and each.line.pk != line_id), None)


def sessions(home_id: int, *, is_finished: bool, limit: int = 30) -> list[StockCountSession]:
    """Return the counts of a home that go on or are finished, the newest first. One statement.

    Each has `line_count` and `counted_count` beside its fields: how many lines it covers, and how many were counted.
    """
    found = StockCountSession.objects.filter(home_id=home_id, finished_at__isnull=not is_finished)
    lines = LineToCount.objects.filter(session=OuterRef("pk")).order_by().values("session")
    counted = StockCount.objects.filter(session=OuterRef("pk")).order_by().values("session")
    whole = lines.annotate(n=Count("pk")).values("n")
    part = counted.annotate(n=Count("line", distinct=True)).values("n")
    found = found.annotate(
        line_count=Coalesce(Subquery(whole, output_field=IntegerField()), 0),
        counted_count=Coalesce(Subquery(part, output_field=IntegerField()), 0),
    )
    return list(found.select_related("resident", "started_by", "finished_by").order_by("-started_at")[:limit])


def being_counted(home_id: int) -> dict[int, UUID]:
    """Return the lines that a count still waits for, each with the count. One statement.

    Whoever counts must not know what to find: pages leave out what the book says of these until they are counted.
    """
    waiting = LineToCount.objects.filter(home_id=home_id, session__finished_at__isnull=True)
    counted = StockCount.objects.filter(session=OuterRef("session"), line=OuterRef("line"))
    return dict(waiting.exclude(Exists(counted)).values_list("line_id", "session_id"))


def session(home_id: int, session_id: UUID) -> StockCountSession | None:
    """Return one count of the home, or None."""
    found = StockCountSession.objects.filter(home_id=home_id, pk=session_id)
    return found.select_related("resident", "started_by", "finished_by").first()


def state(session: StockCountSession) -> CountState:
    """Return a count with its lines, packs and what was found. A constant number of statements."""
    rows = list(
        LineToCount.objects.filter(session=session)
        .prefetch_related("line__resident", "line__medicine")
        .order_by("place")
    )
    ids = [each.line_id for each in rows]
    packs: dict[int, list[StockPack]] = defaultdict(list)
    in_the_home = StockPack.objects.filter(home_id=session.home_id, line__in=ids).exclude(status=PackStatus.FINISHED)
    for pack in in_the_home.select_related("product").order_by("use_by", "expires_on", "booked_in_at"):
        packs[pack.line_id].append(pack)
    counts: dict[int, list[StockCount]] = defaultdict(list)
    for each in StockCount.objects.filter(session=session).select_related("counted_by").order_by("received_at", "pk"):
        counts[each.line_id].append(each)
    found: dict[int, dict[UUID | None, CountedPack]] = defaultdict(dict)
    counted = CountedPack.objects.filter(session=session).select_related("counted_by", "pack__product")
    for each in counted.order_by("counted_at", "pk"):
        # What was found before the last count of a line is behind it: a recount begins as blind as the first.
        if not counts[each.line_id] or each.counted_at > counts[each.line_id][-1].counted_at:
            found[each.line_id][each.pack_id] = each
    cases = {
        each.line_id: each
        for each in Discrepancy.objects.filter(
            home_id=session.home_id, line__in=ids, kind="count_differs", closed_at__isnull=True
        )
    }
    return CountState(
        session,
        [
            LineOfCount(
                line=each.line,
                why=each.why,
                packs=_packs(packs[each.line_id], found[each.line_id]),
                beside=found[each.line_id].get(None),
                counts=counts[each.line_id],
                case=cases.get(each.line_id),
            )
            for each in rows
        ],
    )


def _packs(here: Sequence[StockPack], found: dict[UUID | None, CountedPack]) -> list[PackToCount]:
    """Return the packs of a line with what was found; one that was finished since it was counted stays on the list."""
    known = {pack.pk for pack in here}
    gone = [each.pack for pk, each in found.items() if pk is not None and pk not in known and each.pack is not None]
    return [PackToCount(pack, found.get(pack.pk)) for pack in [*here, *gone]]


COUNTABLES = """
    SELECT line.id, coalesce(last.balance, 0),
           (SELECT max(counted_at) FROM stock_stockcount AS taken
             WHERE taken.line_id = line.id AND (NOT line.id = ANY (%(register)s) OR taken.witness_id IS NOT NULL)),
           coalesce(told.drifted, 0), coalesce(told.is_open, false),
           CASE WHEN told.drifted > 0 THEN (
               SELECT coalesce(sum(quantity), 0) FROM stock_stockmovement AS out
                WHERE out.line_id = line.id AND out.source = 'home' AND out.destination <> 'unexplained'
                  AND out.moved_at > %(since)s) ELSE 0 END
      FROM stock_stockline AS line
      LEFT JOIN LATERAL (
           SELECT balance FROM stock_stockmovement
            WHERE line_id = line.id ORDER BY line_sequence DESC LIMIT 1) AS last ON true
      LEFT JOIN (
           SELECT line_id, bool_or(closed_at IS NULL) AS is_open,
                  sum(CASE WHEN kind = 'count_differs' AND opened_at > %(since)s AND NOT reason_code = ANY (%(none)s)
                           THEN abs(found - expected) ELSE 0 END) AS drifted
             FROM stock_discrepancy WHERE home_id = %(home)s GROUP BY line_id) AS told ON told.line_id = line.id
     WHERE line.home_id = %(home)s AND line.id = ANY (%(lines)s)
     ORDER BY line.id
"""


def countables(
    home_id: int, line_ids: Collection[int], register_lines: Collection[int], now: datetime
) -> list[Countable]:
    """Return what is known of these lines for the choice of what to count. One statement.

    Of lines of the register only a count by two people counts.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTABLES,
            {
                "home": home_id,
                "lines": list(line_ids),
                "register": list(register_lines),
                "since": now - DRIFT_BACK,
                "none": list(NO_DRIFT),
            },
        )
        return [
            Countable(
                line_id=pk,
                is_controlled=pk in register_lines,
                balance=balance,
                counted_at=counted_at,
                drifted=Decimal(drifted),
                used=Decimal(used),
                has_difference=is_open,
            )
            for pk, balance, counted_at, drifted, is_open, used in cursor.fetchall()
        ]


def total_of_packs(session: StockCountSession, line_id: int) -> Decimal | None:
    """Return what must stand in the cupboard now by the packs counted so far, None before the first.

    Doses given between the first pack and the last are taken into account (stock.rules.counting.held_now), for which
    the book is asked: nobody sees it. Three statements.
    """
    if not (latest := _latest(session, line_id)):
        return None
    parts = [
        Part(str(each.pack_id) if each.pack_id else None, each.quantity, each.after_sequence)
        for each in latest.values()
    ]
    since = StockMovement.objects.filter(line_id=line_id, line_sequence__gt=min(each.after_sequence for each in parts))
    moves = [
        Moved(
            each.line_sequence,
            str(each.pack_id) if each.pack_id else None,
            change(each.source, each.destination, each.quantity),
        )
        for each in since.order_by("line_sequence")
    ]
    return max(held_now(parts, moves, line_end(line_id)[1]), Decimal(0))


def counted_empty(session: StockCountSession, line_id: int) -> list[UUID]:
    """Return the packs of a line in which this count found nothing. One statement."""
    return [pk for pk, each in _latest(session, line_id).items() if pk is not None and not each.quantity]


def _latest(session: StockCountSession, line_id: int) -> dict[UUID | None, CountedPack]:
    found = CountedPack.objects.filter(session=session, line_id=line_id)
    counted = StockCount.objects.filter(session=session, line_id=line_id).order_by("-counted_at").first()
    if counted is not None:
        found = found.filter(counted_at__gt=counted.counted_at)
    return {each.pack_id: each for each in found.order_by("counted_at", "pk")}


def packs_of_scan(home_id: int, scan: ScanValue) -> list[StockPack]:
    """Return the packs in the home that a scan means: the labelled one, or those with its GTIN and serial or batch.

    A finished pack is found by its label or serial. One statement, none for a code that is no pack's.
    """
    found = StockPack.objects.filter(home_id=home_id).select_related("line__resident", "line__medicine", "product")
    if scan.kind == "own_label":
        return list(found.filter(label_code=scan.key))
    if scan.kind != "gtin":
        return []
    found = found.filter(gtin=scan.key)
    rows = list(found.order_by("expires_on", "pk"))
    if scan.serial is not None and scan.serial.confirmed:
        if its := [each for each in rows if each.serial == scan.serial.value]:
            return its
        rows = [each for each in rows if not each.serial]
    here = [each for each in rows if each.status != PackStatus.FINISHED]
    if scan.batch is None or not scan.batch.confirmed:
        return here
    return [each for each in here if each.batch in (scan.batch.value, "")]
