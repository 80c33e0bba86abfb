"""Writing down that a batch is called back, putting its packs aside, and what came of each.

Everything here is of one home. Which homes an alert goes to, who is told, and what its residents had of it is
emar.operations.recalls' to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from stock.models import PackStatus, Recall, RecalledPack, StockPack
from stock.operations.ledger import lock_home
from stock.queries import recalls as queries
from stock.queries.recalls import Affected
from stock.rules.codes import gtin_key
from stock.rules.recalls import Called, batch_key

Step = RecalledPack.Step


class NothingNamed(ValueError):
    """An alert names a batch, a barcode, or both: otherwise it would call everything back."""


class NotAGtin(ValueError):
    """These digits are no barcode number."""


class RecallClosed(Exception):
    """Somebody has closed this recall before, and what came of it stands there."""


class StillHere(Exception):
    """A recall is closed once every pack of it has left the home or was found to be another batch."""


class NotOfRecall(LookupError):
    """The recall is not about this pack, or the pack has left the home."""


class WordsMissing(ValueError):
    """Some acts say nothing without words."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as somebody read it out. `id` is made by the form or by the command that spreads it.

    `level` is a Recall.Level. `gtin` is a barcode number of any length, `batches` are as printed; one is needed.
    """

    id: UUID
    product: str
    level: str
    told_by: str
    gtin: str = ""
    batches: Sequence[str] = ()
    words: str = ""

    def called(self) -> Called:
        """Return what it calls back. Raises NothingNamed and NotAGtin."""
        key = gtin_key("".join(self.gtin.split())) if self.gtin.strip() else ""
        if key is None:
            raise NotAGtin("this is not the number under a barcode: it has 8, 12, 13 or 14 digits, the last a check")
        called = Called(key, tuple(each.strip() for each in self.batches if batch_key(each)))
        if not called.gtin and not called.batches:
            raise NothingNamed("enter a batch number, a barcode number, or both")
        return called


def enter(*, home_id: int, alert: Alert, by: int | None, at: datetime) -> tuple[Recall, bool]:
    """Write an alert down in one home and put its packs aside; return it, and whether it is new there.

    `by` is None when it was spread from outside the home. It stays in force for every pack that is booked in later,
    until it is closed. Raises NothingNamed, NotAGtin and WordsMissing.
    """
    called = alert.called()
    if not alert.product.strip() or not alert.told_by.strip():
        raise WordsMissing("say what is called back, and who sent the alert")
    with transaction.atomic():
        lock_home(home_id)
        if known := Recall.objects.filter(home_id=home_id, alert=alert.id).first():
            return known, False
        recall = Recall.objects.create(
            home_id=home_id,
            alert=alert.id,
            product=alert.product.strip(),
            gtin=called.gtin,
            batches=list(called.batches),
            level=alert.level,
            told_by=alert.told_by.strip(),
            words=alert.words.strip(),
            entered_at=at,
            entered_by_id=by,
        )
        put_aside(recall=recall, by=by, at=at)
    return recall, True


def put_aside(*, recall: Recall, by: int | None, at: datetime) -> list[Affected]:
    """Quarantine every pack of a recall that may still be given from, and return them: scanning one stops the carer.

    Packs that somebody looked at and cleared stay in use.
    """
    with transaction.atomic():
        lock_home(recall.home_id)
        standing = queries.recall(recall.home_id, recall.pk)
        found = standing.in_use if standing and standing.recall.closed_at is None else []
        ids = [each.pack.pk for each in found]
        StockPack.objects.filter(home_id=recall.home_id, pk__in=ids).update(status=PackStatus.QUARANTINED)
        RecalledPack.objects.bulk_create(
            RecalledPack(
                home_id=recall.home_id, recall=recall, pack_id=pk, step=Step.PUT_ASIDE, taken_at=at, taken_by_id=by
            )
            for pk in ids
        )
    return found


def clear_pack(*, step_id: UUID, recall: Recall, pack_id: UUID, words: str, by: int, at: datetime) -> RecalledPack:
    """Say that somebody looked at the box and it is another batch: what the recall put aside may be given again.

    What was put aside for another reason as well, or by another recall, stays aside. The same id twice is one act.
    Raises WordsMissing, NotOfRecall and RecallClosed.
    """
    if not words.strip():
        raise WordsMissing("say which batch stands on the box")
    with transaction.atomic():
        found = _waiting(recall, pack_id, step_id)
        if isinstance(found, RecalledPack):
            return found
        step = _step(step_id, recall, found, Step.NOT_AFFECTED, words, by, at)
        was_in_use = any(each.step == Step.PUT_ASIDE for each in found.steps)
        others = [each for each in queries.recalls(recall.home_id) if each.recall.pk != recall.pk]
        if was_in_use and pack_id not in queries.waiting_pack_ids(others):
            StockPack.objects.filter(pk=pack_id, status=PackStatus.QUARANTINED).update(status=PackStatus.IN_USE)
    return step


def note_replaced(*, step_id: UUID, recall: Recall, pack_id: UUID, words: str, by: int, at: datetime) -> RecalledPack:
    """Write down that another pack came in place of one that is called back, whether it has gone yet or not.

    The same id twice is one act. Raises NotOfRecall.
    """
    with transaction.atomic():
        lock_home(recall.home_id)
        if known := RecalledPack.objects.filter(pk=step_id, recall=recall).first():
            return known
        standing = queries.recall(recall.home_id, recall.pk)
        found = next((each for each in standing.packs if each.pack.pk == pack_id), None) if standing else None
        if found is None:
            raise NotOfRecall("this recall is not about that pack")
        return _step(step_id, recall, found, Step.REPLACED, words, by, at)


def close(*, recall: Recall, outcome: str, by: int, at: datetime) -> Recall:
    """Close a recall with what came of it: no pack that is booked in from now on is asked about it.

    Raises WordsMissing, StillHere and RecallClosed.
    """
    if not outcome.strip():
        raise WordsMissing("say what came of it: what went back, and who was told")
    with transaction.atomic():
        lock_home(recall.home_id)
        standing = queries.recall(recall.home_id, recall.pk)
        if standing is None or standing.recall.closed_at is not None:
            raise RecallClosed
        if left := len(standing.waiting):
            raise StillHere(f"{left} pack{'s' if left != 1 else ''} of it still wait{'' if left != 1 else 's'} here")
        recall = standing.recall
        recall.outcome, recall.closed_at, recall.closed_by_id = outcome.strip(), at, by
        recall.save(update_fields=["outcome", "closed_at", "closed_by"])
    return recall


def _waiting(recall: Recall, pack_id: UUID, step_id: UUID) -> Affected | RecalledPack:
    """Return the pack of the recall that waits for a word, or the word that was said with this id before."""
    lock_home(recall.home_id)
    if known := RecalledPack.objects.filter(pk=step_id, recall=recall).first():
        return known
    standing = queries.recall(recall.home_id, recall.pk)
    if standing is None or standing.recall.closed_at is not None:
        raise RecallClosed
    found = next((each for each in standing.waiting if each.pack.pk == pack_id), None)
    if found is None:
        raise NotOfRecall("this pack has left the home, or somebody has looked at it before")
    return found


def _step(
    step_id: UUID, recall: Recall, found: Affected, step: Step, words: str, by: int, at: datetime
) -> RecalledPack:
    return RecalledPack.objects.create(
        pk=step_id, home_id=recall.home_id, recall=recall, pack=found.pack, step=step, words=words.strip(),
        taken_at=at, taken_by_id=by,
    )  # fmt: skip
