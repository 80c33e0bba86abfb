"""How a movement of stock is said: what it was, and where it came from or went."""

from typing import Any

from emar.rules.outcomes import OUTCOMES
from stock.queries.counts import LOCATION_WORDS
from stock.queries.disposal import REASON_WORDS

#: What a movement is called by where it came from and where it went, where its reason does not say it better.
BY_PLACES = {
    ("supplier", "home"): "Booked in",
    ("home", "resident"): "Given",
    ("home", "waste"): "Wasted",
    ("home", "returned"): "Returned",
    ("home", "unexplained"): "Difference signed: less than the book",
    ("unexplained", "home"): "Difference signed: more than the book",
    ("home", "away"): "Sent out with them",
    ("away", "home"): "Came back with them",
    ("away", "resident"): "Taken while away",
    ("resident", "home"): "Put right: taken back from a dose",
    ("waste", "home"): "Put right: not wasted",
    ("home", "supplier"): "Put right: not booked in",
}


def movement_words(movement: Any) -> tuple[str, str]:
    """Return what a movement was and why, as a page says it: "Wasted", "Refused"."""
    words = BY_PLACES.get((movement.source, movement.destination), "Moved")
    if movement.reason in OUTCOMES:
        label = OUTCOMES[movement.reason].label
        return words, "" if label == words else label
    return words, REASON_WORDS.get(movement.reason, "")


def kept_in(location: str) -> str:
    """Write where a pack is kept inside a sentence: "trolley", "CD cabinet"."""
    words = LOCATION_WORDS[location]
    return words if words[:2].isupper() else words.lower()
