"""How many things of each kind need a person in a home today: counts without names, for the morning's e-mail."""

from collections import Counter
from datetime import datetime

from emar.models import Task
from emar.queries import conflicts, held_events, tasks
from quality.models import LetterReader
from quality.queries import incidents
from quality.rules.daily_letter import Waiting
from stock.queries.discrepancies import open_discrepancies


def waiting(home_id: int, now: datetime) -> list[Waiting]:
    """Return what needs a person today, counted as the pages count it; kinds of which there are none are left out."""
    labels = dict(Task.Kind.choices)
    counted: Counter[tuple[str, bool]] = Counter()
    for group in tasks.open_groups(home_id, now):
        if group.first.kind != Task.Kind.REVIEW_INCIDENT:
            counted[labels[group.first.kind], group.is_urgent] += 1
    found = [Waiting(words, count, is_urgent) for (words, is_urgent), count in counted.items()]
    _, to_judge = incidents.counts(home_id)
    found += [
        Waiting("Two records of one dose: decide which stands", len(conflicts.open_conflicts(home_id)), True),
        Waiting("Events of a device that could not be recorded", held_events.held_count(home_id)),
        Waiting("Incidents to judge", to_judge),
        Waiting("Stock that does not add up", len(open_discrepancies(home_id))),
    ]
    return [each for each in found if each.count]


def readers(home_id: int) -> list[LetterReader]:
    """Return who gets the home's daily e-mail, by address."""
    found = LetterReader.objects.filter(home_id=home_id, ended_at__isnull=True)
    return list(found.select_related("added_by").order_by("email"))
