"""What each decision of a reconciliation asks for: a reason, a prescription, a pause, a stop.

A reconciliation compares the medicines as found (a discharge letter, a GP's list, the boxes somebody brought) with
what the record has, and says of each what is to happen and why. (NICE SC1 1.7; NG5 1.3)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

Decision = Literal["continue", "start", "change", "stop", "ask"]
#: What happens to the prescription that the record had before: it goes on, ends, or waits without being missed.
Effect = Literal["goes_on", "ends", "waits", "nothing"]


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is missing from one line: in which field, and words that say what to do."""

    field: str
    words: str


def faults_of_line(words: str, decision: str, reason: str, *, has_before: bool) -> Sequence[LineFault]:
    """Return what must be mended before a line can be kept: nothing at all when it is whole.

    Everything but continuing and starting differs from what was found or was given before, so it needs a reason.
    """
    found = []
    if not words.strip():
        found.append(LineFault("words", "Write the medicine as it was found, word for word"))
    if not decision:
        found.append(LineFault("decision", "Choose what is to happen with it"))
    if decision in ("change", "stop", "ask") and not reason.strip():
        found.append(LineFault("reason", "Say why, and by whose word"))
    if decision == "start" and has_before:
        found.append(LineFault("decision", "It is prescribed already: continue, change or stop it"))
    return found


def needs_prescription(decision: str, *, has_before: bool) -> bool:
    """Return whether a prescription has to be written because of this line.

    Continuing what another place gave means writing it here, because this home's record does not have it yet.
    """
    return decision in ("start", "change") or (decision == "continue" and not has_before)


def effect_on_before(decision: str, *, has_before: bool) -> Effect:
    """Return what happens to the prescription that the record had.

    A changed medicine and one that is being asked about both wait: the old dose is known to be wrong or is in
    doubt, and giving it meanwhile would be the harm that reconciliation is there to prevent.
    """
    if not has_before:
        return "nothing"
    if decision == "stop":
        return "ends"
    return "waits" if decision in ("change", "ask") else "goes_on"


def prescription_id_for(line_id: UUID) -> UUID:
    """Return the id of the prescription that is written because of a line.

    The line never changes once it is kept, so the prescription is found by an id that follows from the line's; and
    whoever sends the form twice writes it once.
    """
    return uuid5(line_id, "prescription")
