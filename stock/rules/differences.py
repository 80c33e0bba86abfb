"""Why book and cupboard can disagree: the reasons somebody may sign, and what each does to the book.

The reasons are structured so that drift can be attributed; the words beside them say what really happened. What is
done with a difference is stock.operations.counts' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass

#: The reason of a movement that brings the book to what was counted.
COUNT_SIGNED = "count_signed"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `moves_book` when the book was wrong and is brought to what was found."""

    words: str
    moves_book: bool = True
    needs_words: bool = False


MISCOUNTED, COUNTED_AGAIN, IN_THE_BOOK, UNEXPLAINED = "miscounted", "counted_again", "in_the_book", "unexplained"
#: The reasons in the order in which a form offers them.
REASONS: Mapping[str, Reason] = {
    MISCOUNTED: Reason("Counted wrongly: the book was right", moves_book=False),
    IN_THE_BOOK: Reason("Put right in the book since: a dose or delivery was entered late", moves_book=False),
    "not_recorded": Reason("Given and not recorded"),
    "recorded_not_given": Reason("Recorded as given, but not given"),
    "wrong_amount": Reason("Recorded with a wrong amount"),
    "dropped": Reason("Dropped, spilt or spoilt, and not recorded"),
    "not_booked_in": Reason("Came in and was not booked in"),
    "wrong_quantity": Reason("Booked in with a wrong quantity"),
    "left_unrecorded": Reason("Returned, destroyed or sent out, and not recorded"),
    "other_resident": Reason("Given from, or put back into, somebody else’s stock", needs_words=True),
    "measuring": Reason("Liquid or cream: over-filled bottle, or what measuring loses"),
    "missing": Reason("Lost or taken", needs_words=True),
    UNEXPLAINED: Reason("Nobody can say, after a search", needs_words=True),
    "other": Reason("Something else", needs_words=True),
}
#: Written by the system when a later count stands for an earlier one; nobody chooses it.
SUPERSEDED = Reason("Counted again: see the later count", moves_book=False)

EXPLAINED, REPORTED, POLICE = "explained", "reported", "police"
#: What came of a discrepancy of a controlled drug, as its manager signs it.
OUTCOMES: Mapping[str, str] = {
    EXPLAINED: "Explained: nothing is missing",
    "procedure": "Explained: a procedure was not followed, and that was dealt with",
    REPORTED: "Not explained: reported to the accountable officer",
    POLICE: "Loss or theft: reported to the accountable officer and the police",
}


def reason_words(code: str) -> str:
    """Return a reason as a page says it."""
    if code == COUNTED_AGAIN:
        return SUPERSEDED.words
    return REASONS[code].words if code in REASONS else "Signed without a category"
