"""Where stock drifts: by the reason signed, by the form of the medicine, by the round in which it was handled.

Never by whoever gave, counted or signed: a report that names people gets fewer differences reported, not fewer
differences. Nobody's name is read here, so none can stand on a page or in a file made from it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from emar.models import Administration
from emar.queries.due import round_times
from emar.rules.round_times import NO_ROUNDS, RoundTimes
from emar.rules.wall_clock import local, local_day
from stock.models import Discrepancy, StockCount, StockMovement
from stock.queries.counts import NO_DRIFT
from stock.rules.differences import reason_words

NOT_SIGNED = "Not signed yet"
WHEN_REQUIRED, NO_ROUND = "When required", "No dose in between: delivery, storage or counting"
#: A difference found by a line's first count is put down to the doses of this long before it.
AT_MOST = timedelta(days=28)


@dataclass(slots=True)
class Share:
    """One row of the report: how many differences, and how much was missing or too much, by unit.

    A difference found after doses of several rounds counts in each by its part of the doses.
    """

    name: str
    differences: Decimal = Decimal(0)
    missing: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    surplus: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    counts: int | None = None

    def add(self, difference: Decimal, unit: str, part: Decimal = Decimal(1)) -> None:
        """Take a difference into account, or a part of one."""
        self.differences += part
        kind = self.missing if difference < 0 else self.surplus
        kind[unit] += abs(difference) * part


@dataclass(frozen=True, slots=True)
class Drift:
    """What drifted in a period, three ways. `counts` is how often anything was counted."""

    counts: int
    differences: int
    by_reason: Sequence[Share]
    by_form: Sequence[Share]
    by_round: Sequence[Share]


@dataclass(frozen=True, slots=True)
class _Found:
    """One difference as the count that stands for it found it: after which movements, since which count before."""

    line_id: int
    unit: str
    form: str
    unit_id: int | None
    reason: str
    difference: Decimal
    after: int
    until: int
    since: datetime


@dataclass(frozen=True, slots=True)
class _Dose:
    sequence: int
    moved_at: datetime
    due_at: datetime | None
    round_name: str | None


def drift(home_id: int, since: datetime, until: datetime) -> Drift:
    """Return what drifted in a half-open period. A constant number of statements."""
    counts = StockCount.objects.filter(home_id=home_id, counted_at__gte=since, counted_at__lt=until)
    by_form = Counter(counts.values_list("line__medicine__form", flat=True))
    found = _found(home_id, since, until)
    reasons, forms = _Shares(), _Shares()
    for each in found:
        reasons.of(each.reason).add(each.difference, each.unit)
        forms.of(each.form or "Form not known").add(each.difference, each.unit)
    for form, number in by_form.items():
        if share := forms.shares.get(form or "Form not known"):
            share.counts = number
    return Drift(sum(by_form.values()), len(found), reasons.rows(), forms.rows(), _by_round(home_id, found))


class _Shares:
    def __init__(self) -> None:
        self.shares: dict[str, Share] = {}

    def of(self, name: str) -> Share:
        return self.shares.setdefault(name, Share(name))

    def rows(self) -> list[Share]:
        return sorted(self.shares.values(), key=lambda each: (-each.differences, each.name))


def _found(home_id: int, since: datetime, until: datetime) -> list[_Found]:
    cases = list(
        Discrepancy.objects.filter(home_id=home_id, kind="count_differs", opened_at__gte=since, opened_at__lt=until)
        .exclude(reason_code__in=NO_DRIFT)
        .values(
            "pk", "line_id", "line__unit", "line__medicine__form", "line__resident__unit_id", "reason_code",
            "closed_at", "count_id",
        )
    )  # fmt: skip
    counts: dict[int, list[StockCount]] = defaultdict(list)
    of_lines = StockCount.objects.filter(home_id=home_id, line_id__in={each["line_id"] for each in cases})
    for count in of_lines.order_by("received_at", "pk"):
        counts[count.line_id].append(count)
    found = []
    for each in cases:
        its = counts[each["line_id"]]
        first = next(place for place, count in enumerate(its) if count.pk == each["count_id"])
        stands = next((count for count in reversed(its) if count.recount_of_id == each["pk"]), its[first])
        if stands.counted == stands.book:
            continue
        before = its[first - 1] if first else None
        found.append(
            _Found(
                each["line_id"], each["line__unit"], each["line__medicine__form"], each["line__resident__unit_id"],
                reason_words(each["reason_code"]) if each["closed_at"] else NOT_SIGNED,
                stands.counted - stands.book, before.after_sequence if before else 0, its[first].after_sequence,
                max(before.counted_at if before else its[first].counted_at - AT_MOST, its[first].counted_at - AT_MOST),
            )
        )  # fmt: skip
    return found


def _by_round(home_id: int, found: Sequence[_Found]) -> list[Share]:
    """Put each difference down to the rounds in which its line was handled since the count before."""
    shares, rounds = _Shares(), round_times(home_id)
    doses = _doses(home_id, found)
    for each in found:
        handled = Counter(
            dose.round_name or _round(dose.due_at, rounds.get(each.unit_id or 0, NO_ROUNDS))
            for dose in doses.get(each.line_id, ())
            if each.after < dose.sequence <= each.until and dose.moved_at > each.since
        )
        if not handled:
            shares.of(NO_ROUND).add(each.difference, each.unit)
        for name, number in handled.items():
            part = Decimal(number) / Decimal(handled.total())
            shares.of(name).add(each.difference, each.unit, part)
    return shares.rows()


def _doses(home_id: int, found: Iterable[_Found]) -> dict[int, list[_Dose]]:
    wanted = list(found)
    if not wanted:
        return {}
    moved = list(
        StockMovement.objects.filter(
            home_id=home_id, line_id__in={each.line_id for each in wanted}, record_id__isnull=False,
            moved_at__gt=min(each.since for each in wanted),
        ).values_list("line_id", "line_sequence", "moved_at", "record_id")
    )  # fmt: skip
    records = Administration.objects.filter(home_id=home_id, pk__in=[record_id for *_, record_id in moved])
    known = {pk: (due_at, name) for pk, due_at, name in records.values_list("pk", "due_at", "round__name")}
    doses: dict[int, list[_Dose]] = defaultdict(list)
    for line_id, sequence, moved_at, record_id in moved:
        if record_id in known:
            doses[line_id].append(_Dose(sequence, moved_at, *known[record_id]))
    return doses


def _round(due_at: datetime | None, times: RoundTimes) -> str:
    """Return the round that a dose belonged to: the last to start by then, the night's for one after midnight."""
    if due_at is None:
        return WHEN_REQUIRED
    starts = sorted((clock, name) for name, clock in times.on(local_day(due_at)).items())
    if not starts:
        return NO_ROUND
    clock = local(due_at).time()
    return next((name for start, name in reversed(starts) if start <= clock), starts[-1][1])
