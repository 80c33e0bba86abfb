"""The words that labels and schedules have in common: days, plurals, food, and how a list is said."""

from collections.abc import Iterable, Mapping

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Where a unit's plural is not the unit with an s.
PLURALS: Mapping[str, str] = {"suppository": "suppositories", "pessary": "pessaries", "patch": "patches"}
#: How a dose stands to food, by the word of rules.terms.
FOOD_WORDS: Mapping[str, str] = {
    "before": "before food",
    "with": "with food",
    "after": "after food",
    "with_or_after": "with or after food",
    "empty_stomach": "on an empty stomach",
}


def listed(parts: Iterable[str]) -> str:
    """Return parts as they are said one after another: one, two and three."""
    found = list(parts)
    if len(found) < 2:
        return "".join(found)
    return ", ".join(found[:-1]) + " and " + found[-1]
