"""When do two words for a time of day mean one time: "in the morning with breakfast", "at night at 22:00"?

Read as two times, one tablet would become two. What says less is left out; what may be one time or two is refused.
"""

import re

#: From which hour until before which other a time of day is, as people say it; past 24 it is the next day's night.
_SPANS = {
    "morning": (4, 12),
    "breakfast": (6, 11),
    "rising": (4, 11),
    "waking": (4, 11),
    "midday": (11, 14),
    "lunchtime": (11, 15),
    "afternoon": (12, 18),
    "teatime": (15, 19),
    "evening": (16, 24),
    "night": (19, 28),
    "bedtime": (19, 28),
}
#: The times of day at which each meal is eaten.
_MEALS = {
    "breakfast": {"morning", "breakfast", "rising", "waking"},
    "lunch": {"lunchtime", "midday", "afternoon"},
    "evening meal": {"evening", "teatime", "night"},
    "dinner": {"evening", "teatime", "night", "lunchtime", "midday"},
    "supper": {"evening", "teatime", "night"},
    "main meal": {"lunchtime", "midday", "evening", "teatime"},
}
#: The second of each says when more exactly.
_CLOSER = (("night", "bedtime"), ("morning", "rising"), ("morning", "waking"), ("evening", "bedtime"))
_CLOCK = re.compile(r"(\d\d):\d\d")
_MEAL = re.compile(r".*?\b(?:with|before|after) (?P<meal>[a-z ]+)")


def one_moment(first: str, second: str) -> str | None:
    """Return the one time that two words mean together, the one that says more; None where they are two times."""
    for pair in ((first, second), (second, first)):
        if pair in _CLOSER:
            return pair[1]
        if _holds_clock(*pair) or pair[0] in _MEALS.get(_meal(pair[1]), ()):
            return pair[1]
    return None


def may_be_one(first: str, second: str) -> bool:
    """Return whether two times may be one, though no words can say both: "at 08:00 with breakfast"."""
    for word, clock in ((first, second), (second, first)):
        meal = _meal(word)
        if meal and _CLOCK.fullmatch(clock) and any(_holds_clock(each, clock) for each in _MEALS[meal]):
            return True
    return one_moment(first, second) is not None or bool(_meal(first) and _meal(first) == _meal(second))


def _meal(word: str) -> str:
    found = _MEAL.fullmatch(word)
    return found["meal"] if found and found["meal"] in _MEALS else ""


def _holds_clock(word: str, clock: str) -> bool:
    found = _CLOCK.fullmatch(clock)
    if found is None or word not in _SPANS:
        return False
    first, last = _SPANS[word]
    return any(first <= hour < last for hour in (int(found[1]), int(found[1]) + 24))
