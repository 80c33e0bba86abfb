"""What came of the tasks that eight weeks of a demo home raise: most were dealt with, the latest still wait."""

from datetime import datetime, timedelta

from emar.demo.chance import portion
from emar.demo.council import team_of
from emar.models import CareHome, Task
from emar.operations.tasks import close

#: Tasks raised longer ago than this were dealt with.
WAITS = timedelta(days=3)
#: Of what the first look of the closing job finds all at once, this share is left to be looked at.
LEFT = 0.12
CAME_OF_IT = {
    Task.Kind.CRITICAL_NOT_GIVEN: (
        "Rang the surgery: give the next dose at its time, watch for bleeding",
        "Spoke to the GP: one missed dose does no harm, ring again if it is refused twice",
        "111 advised: leave this one out, carry on tomorrow",
    ),
    Task.Kind.REVIEW_PRN: (
        "GP asked: still wanted, seldom needed",
        "Pharmacist looked at it with the resident: keeps it for bad days",
        "GP asked: goes on as it is, look again in three months",
    ),
}


def settle_tasks(home: CareHome, *, seed: int, at: datetime) -> None:
    """Close most of the open tasks of a demo home with what came of them, in a senior's name."""
    people = team_of(home).seniors
    for task in Task.objects.filter(home=home, kind__in=CAME_OF_IT, closed_at__isnull=True):
        roll = portion(seed, home.name, task.kind, task.cause)
        is_new = task.kind == Task.Kind.CRITICAL_NOT_GIVEN and task.due_at > at - WAITS
        if is_new or (task.kind == Task.Kind.REVIEW_PRN and roll < LEFT):
            continue
        words = CAME_OF_IT[Task.Kind(task.kind)]
        close(
            tasks=[task],
            outcome=words[int(roll * 97) % len(words)],
            by=people[int(roll * 89) % len(people)].pk,
            at=min(at, task.raised_at + timedelta(hours=2)),
        )
