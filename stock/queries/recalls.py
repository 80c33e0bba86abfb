"""Which recalls are in force in a home, which of its packs they are about, and what became of each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from stock.models import Disposal, PackStatus, Recall, RecalledPack, StockPack
from stock.rules.recalls import Called, Match, affects

Step = RecalledPack.Step
#: The classes of an alert as the words of the record with what people see, for pages that may touch no model.
LEVEL_WORDS = {str(value): str(label) for value, label in Recall.Level.choices}
CLASS_1, CLASS_2 = Recall.Level.CLASS_1.value, Recall.Level.CLASS_2.value
STEP_WORDS = {str(value): str(label) for value, label in Step.choices}


@dataclass(frozen=True, slots=True)
class Affected:
    """A pack that a recall is about: for sure, or to be looked at; what was done about it, and how it left."""

    pack: StockPack
    match: Match
    steps: Sequence[RecalledPack]
    left: Disposal | None

    @property
    def _word(self) -> str:
        return next((each.step for each in reversed(self.steps) if each.step != Step.REPLACED), "")

    @property
    def is_cleared(self) -> bool:
        """Whether somebody looked at the box and found another batch."""
        return self._word == Step.NOT_AFFECTED

    @property
    def is_replaced(self) -> bool:
        """Whether the pharmacy has sent another in its place."""
        return any(each.step == Step.REPLACED for each in self.steps)

    @property
    def is_here(self) -> bool:
        """Whether it is still in the home."""
        return self.pack.status != PackStatus.FINISHED

    @property
    def is_in_use(self) -> bool:
        """Whether it may still be given from though nobody has cleared it."""
        return self.pack.status == PackStatus.IN_USE and not self.is_cleared

    @property
    def waits(self) -> bool:
        """Whether something is left to do about it: it is here, and nobody has cleared it."""
        return self.is_here and not self.is_cleared


@dataclass(frozen=True, slots=True)
class RecallStanding:
    """A recall and every pack of the home that it is about, in the order in which they came."""

    recall: Recall
    packs: Sequence[Affected]

    @property
    def in_use(self) -> list[Affected]:
        """The packs that may still be given from."""
        return [each for each in self.packs if each.is_in_use]

    @property
    def waiting(self) -> list[Affected]:
        """The packs that something is left to do about."""
        return [each for each in self.packs if each.waits]


def recalls(home_id: int) -> list[RecallStanding]:
    """Return the recalls of a home, those in force first, then the newest. Five statements."""
    found = Recall.objects.filter(home_id=home_id).select_related("entered_by", "closed_by")
    return _standing(home_id, sorted(found.order_by("-entered_at", "-pk"), key=lambda each: each.closed_at is not None))


def recall(home_id: int, recall_id: UUID) -> RecallStanding | None:
    """Return one recall of the home, or None."""
    found = Recall.objects.filter(home_id=home_id, pk=recall_id).select_related("entered_by", "closed_by")
    return next(iter(_standing(home_id, list(found))), None)


def in_force(home_id: int) -> list[Recall]:
    """Return the recalls of a home that are not closed, the oldest first. One statement."""
    return list(Recall.objects.filter(home_id=home_id, closed_at__isnull=True).order_by("entered_at", "pk"))


def recalled(home_id: int, *, gtin: str, batch: str) -> Recall | None:
    """Return the first recall in force in the home that is about a pack with this GTIN and batch, or None.

    Either may be "" where it is not known. For booking in: such a pack is taken, and put aside. One statement.
    """
    gtins = {gtin} - {""}
    return next((each for each in in_force(home_id) if affects(called(each), gtins=gtins, batch=batch)), None)


def called(recall: Recall) -> Called:
    """Return what a recall calls back, as its rule wants it."""
    return Called(recall.gtin, tuple(recall.batches))


def affected_packs(home_id: int, what: Called) -> list[tuple[StockPack, Match]]:
    """Return the packs of the home, here or gone, that such an alert would be about. Two statements."""
    return _matched(home_id, {0: what})[0]


def _standing(home_id: int, found: Sequence[Recall]) -> list[RecallStanding]:
    if not found:
        return []
    matched = _matched(home_id, {each.pk: called(each) for each in found})
    pack_ids = {pack.pk for packs in matched.values() for pack, _ in packs}
    steps: dict[tuple[UUID, UUID], list[RecalledPack]] = defaultdict(list)
    rows = RecalledPack.objects.filter(home_id=home_id, recall__in=found).select_related("taken_by")
    for step in rows.order_by("taken_at", "pk"):
        steps[step.recall_id, step.pack_id].append(step)
    left = Disposal.objects.filter(home_id=home_id, pack__in=pack_ids).exclude(reason=Disposal.Reason.SPOILT)
    gone = {each.pack_id: each for each in left.select_related("consignment").order_by("pk")}
    return [
        RecallStanding(
            each,
            [Affected(pack, match, steps[each.pk, pack.pk], gone.get(pack.pk)) for pack, match in matched[each.pk]],
        )
        for each in found
    ]


def _matched(home_id: int, wanted: Mapping[Any, Called]) -> dict[Any, list[tuple[StockPack, Match]]]:
    """Return the packs that each alert is about: what the database can rule out is not read."""
    gtins = {each.gtin for each in wanted.values()} - {""}
    may_be = Q(gtin__in=gtins) | Q(gtin="", product__codes__gtin__in=gtins)
    if any(each.keys for each in wanted.values()):
        # A batch is compared without its spaces and dashes, which is the rule's to do: all that have one are asked.
        may_be |= ~Q(batch="")
    packs = StockPack.objects.filter(may_be, home_id=home_id).distinct()
    packs = packs.select_related("line__resident", "line__medicine").prefetch_related("product__codes")
    known = [(pack, _gtins(pack)) for pack in packs.order_by("booked_in_at", "pk")]
    return {
        key: [
            (pack, match)
            for pack, gtins in known
            if (match := affects(called, gtins=gtins, batch=pack.batch)) is not None
        ]
        for key, called in wanted.items()
    }


def _gtins(pack: StockPack) -> Collection[str]:
    """Return the GTINs that a pack may carry: the one that was scanned, else those of what it was booked in as."""
    if pack.gtin:
        return {pack.gtin}
    return {code.gtin for code in pack.product.codes.all()} if pack.product is not None else ()


def waiting_pack_ids(standing: Iterable[RecallStanding]) -> set[UUID]:
    """Return the packs of recalls in force that something is left to do about."""
    return {each.pack.pk for one in standing if one.recall.closed_at is None for each in one.waiting}
