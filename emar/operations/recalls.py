"""Taking in an alert that calls medicines back: in one home, or in every home of a council or provider in turn.

The database shows one home at a time, so an alert is written down in each home in that home's own scope: nobody gains
a view over several homes by it, and whoever spreads it is told counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from emar.models import Task
from emar.operations import audit, tasks
from emar.scope import scope
from stock.models import Recall, RecalledPack
from stock.operations import recalls as ledger
from stock.operations.ledger import lock_home
from stock.operations.recalls import Alert
from stock.queries import recalls as queries
from stock.queries.recalls import Affected, RecallStanding

#: How long a home has, by the class of the alert. (MHRA: A guide to defective medicinal products)
WITHIN = {
    Recall.Level.CLASS_1: timedelta(),
    Recall.Level.CLASS_2: timedelta(hours=48),
    Recall.Level.CLASS_3: timedelta(days=5),
    Recall.Level.CLASS_4: timedelta(days=5),
}
URGENT = frozenset({Recall.Level.CLASS_1, Recall.Level.CLASS_2})


@dataclass(frozen=True, slots=True)
class Spread:
    """What an alert met in one home: how many packs it is about, and how many of them were put aside now."""

    home_id: int
    packs: int
    put_aside: int
    is_new: bool


def enter(*, home_id: int, alert: Alert, by: int | None, at: datetime) -> Recall:
    """Write an alert down in one home, put its packs aside, and ask for what is to be done about them.

    `by` is None when it was spread from outside the home. Nobody is asked for anything where no pack of it is or was.
    Raises what stock.operations.recalls.enter does.
    """
    with transaction.atomic():
        lock_home(home_id)
        recall, is_new = ledger.enter(home_id=home_id, alert=alert, by=by, at=at)
        if is_new:
            audit.note(action="recall_entered", by=by, at=at, home_id=home_id, about=recall)
            standing = queries.recall(home_id, recall.pk)
            if standing is not None and standing.packs:
                _ask(standing, standing.packs, str(recall.pk), by, at)
    return recall


def spread(*, homes: Iterable[int], alert: Alert, by: int | None, at: datetime) -> Iterator[Spread]:
    """Write one alert down in each of these homes, each in its own scope and transaction, and say what it met there.

    The same alert again changes nothing. Raises what stock.operations.recalls.enter does, before the first home.
    """
    alert.called()
    for home_id in homes:
        with scope(home=home_id):
            is_new = not Recall.objects.filter(home_id=home_id, alert=alert.id).exists()
            recall = enter(home_id=home_id, alert=alert, by=by, at=at)
            standing = queries.recall(home_id, recall.pk)
            packs = standing.packs if standing is not None else []
            aside = [each for each in packs if any(step.step == RecalledPack.Step.PUT_ASIDE for step in each.steps)]
            yield Spread(home_id, len(packs), len(aside) if is_new else 0, is_new)


def catch(*, home_id: int, by: int | None, at: datetime) -> int:
    """Put aside whatever recalls in force are about and may still be given from; return how many packs that was.

    For packs booked in, or whose batch was written down, after the alert. Called when a pack comes in, and by the job.
    """
    if not queries.in_force(home_id):
        return 0
    caught = 0
    # Putting aside and asking look, and lock only where something is new: this runs every hour.
    with transaction.atomic():
        for standing in queries.recalls(home_id):
            recall = standing.recall
            if recall.closed_at is not None:
                continue
            found = ledger.put_aside(recall=recall, by=by, at=at) if standing.in_use else []
            caught += len(found)
            aside = {each.pack.pk for each in found}
            # Booking in may have put it aside itself: it is asked about as well, once.
            for each in standing.waiting:
                if each.pack.pk in aside or each.pack.booked_in_at >= recall.entered_at:
                    _ask(standing, [each], f"{recall.pk} {each.pack.pk}", by, at)
    return caught


def clear_pack(*, step_id: UUID, recall: Recall, pack_id: UUID, words: str, by: int, at: datetime) -> RecalledPack:
    """Say that a pack is another batch, and settle the task once nothing of the recall waits any more.

    Raises what stock.operations.recalls.clear_pack does.
    """
    with transaction.atomic():
        step = ledger.clear_pack(step_id=step_id, recall=recall, pack_id=pack_id, words=words, by=by, at=at)
        _note(recall, step, "recalled_pack_cleared", by, at)
        settle(home_id=recall.home_id, by=by, at=at)
    return step


def note_replaced(*, step_id: UUID, recall: Recall, pack_id: UUID, words: str, by: int, at: datetime) -> RecalledPack:
    """Write down that another pack came in place of one that is called back.

    Raises what stock.operations.recalls.note_replaced does.
    """
    with transaction.atomic():
        step = ledger.note_replaced(step_id=step_id, recall=recall, pack_id=pack_id, words=words, by=by, at=at)
        _note(recall, step, "recalled_pack_replaced", by, at)
    return step


def close(*, recall: Recall, outcome: str, by: int, at: datetime) -> Recall:
    """Close a recall with what came of it. Raises what stock.operations.recalls.close does."""
    with transaction.atomic():
        closed = ledger.close(recall=recall, outcome=outcome, by=by, at=at)
        audit.note(action="recall_closed", by=by, at=at, home_id=recall.home_id, about=recall)
        settle(home_id=recall.home_id, by=by, at=at)
    return closed


def settle(*, home_id: int, by: int | None, at: datetime) -> int:
    """Close the tasks of recalls of which nothing waits in the home any more; return how many."""
    done = [str(each.recall.pk) for each in queries.recalls(home_id) if not each.waiting]
    causes = Task.objects.filter(home_id=home_id, kind=Task.Kind.PACK_RECALLED, closed_at__isnull=True)
    about = [cause for cause in causes.values_list("cause", flat=True) if cause.split(" ")[0] in done]
    return tasks.close_settled(home_id=home_id, kind=Task.Kind.PACK_RECALLED, about=about, by=by, at=at)


def _ask(standing: RecallStanding, packs: Sequence[Affected], cause: str, by: int | None, at: datetime) -> None:
    recall = standing.recall
    facts = {
        "recall_id": str(recall.pk), "product": recall.product, "packs": len(packs),
        "here": sum(each.is_here for each in packs), "batches": list(recall.batches),
    }  # fmt: skip
    asked = tasks.Cause(
        kind=Task.Kind.PACK_RECALLED,
        cause=cause,
        due_at=at + WITHIN[Recall.Level(recall.level)],
        is_urgent=recall.level in URGENT,
        facts=facts,
    )
    tasks.raise_tasks(home_id=recall.home_id, causes=[asked], at=at, by=by)


def _note(recall: Recall, step: RecalledPack, action: str, by: int, at: datetime) -> None:
    resident_id = step.pack.line.resident_id
    audit.note(action=action, by=by, at=at, home_id=recall.home_id, resident_id=resident_id, about=step)
