"""How long people worked at something, from the instants at which they did a part of it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

#: A longer gap between two acts is an interruption: somebody answered a call bell.
LONGEST_GAP = timedelta(minutes=5)
#: The first act of a stretch took time as well, which nothing recorded: the least that an act takes.
FIRST_ACT = timedelta(seconds=5)


def worked_minutes(acts: Iterable[tuple[int, datetime]]) -> float:
    """Return the staff minutes in which these acts were done: each is a person and an instant.

    Gaps of up to five minutes between two acts of one person count as work, longer ones do not; two people at once
    count twice. It never counts time that nobody can have worked, so it is rather too short than too long.
    """
    of_person: dict[int, list[datetime]] = defaultdict(list)
    for person, at in acts:
        of_person[person].append(at)
    worked = timedelta()
    for instants in of_person.values():
        instants.sort()
        worked += FIRST_ACT
        for earlier, later in pairwise(instants):
            gap = later - earlier
            worked += gap if gap <= LONGEST_GAP else FIRST_ACT
    return worked / timedelta(minutes=1)
