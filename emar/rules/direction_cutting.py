"""How is a label sentence cut into the phrases that are known, the longest at each place?

What the phrases mean together is rules.direction_reading's job.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emar.rules.direction_advice import ADVICE
from emar.rules.direction_numbers import Unclear
from emar.rules.direction_phrases import AMOUNTS_AND_TIMES, EQUALS, Phrase

_GAPS = re.compile(r"[\s,;:()\[\]*]+|\.(?!\d)|(?<![\w])[-–—](?![\w])|(?<=\w)-(?=\s)|[-–—](?=\s)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A phrase found in the sentence: its kind, its meaning, its own words."""

    kind: str
    meaning: Any
    words: str
    comma_before: bool


class Refused(ValueError):
    """A sentence is refused: why, and which words."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(why)
        self.why = why
        self.words = words


def pieces_of(sentence: str) -> list[Piece]:
    """Cut the sentence into known phrases, the longest at each place; refuse at the first unknown word."""
    small = sentence.lower()
    pieces: list[Piece] = []
    place, gap = 0, ""
    while place < len(small):
        # Beside its amount, or in a sentence of its own at the end, as rules.direction_words writes it.
        is_said_again = bool(pieces) and (pieces[-1].kind == "amount" or "." in gap)
        same = EQUALS.match(small, place) if is_said_again else None
        if same is not None:
            pieces.append(Piece("note", None, sentence[place : same.end()].strip(), False))
            place, gap = same.end(), ""
            continue
        space = _GAPS.match(small, place)
        if space is not None:
            gap += space[0]
            place = space.end()
            continue
        found = _longest(small, place, pieces[-1].kind if pieces else "")
        if found is None:
            raise Refused("these words are not understood", _unknown_words(sentence, place))
        phrase, match = found
        words = sentence[match.start() : match.end()]
        try:
            meaning = phrase.meaning(match)
        except Unclear as unclear:
            raise Refused(str(unclear), words) from None
        pieces.append(Piece(phrase.kind, meaning, words, "," in gap))
        place, gap = match.end(), ""
    return pieces


_PHRASES: Sequence[Phrase] = (*AMOUNTS_AND_TIMES, *ADVICE)


def _longest(small: str, place: int, before: str) -> tuple[Phrase, re.Match[str]] | None:
    if place and (small[place - 1].isalnum() and small[place].isalnum()) and not _is_figure_end(small, place):
        return None
    best: tuple[Phrase, re.Match[str]] | None = None
    for phrase in _PHRASES:
        if phrase.kind == "clock_on" and before not in ("clock", "clock_on", "clock_bare", "at", "and"):
            continue
        match = phrase.pattern.match(small, place)
        if match and (best is None or match.end() > best[1].end()):
            best = (phrase, match)
    return best


def _is_figure_end(small: str, place: int) -> bool:
    """Return whether a figure ends and a word begins here, as in "1bd"."""
    return small[place - 1].isdigit() and small[place].isalpha()


def _unknown_words(sentence: str, place: int) -> str:
    """Return the words from here to the next place where something known begins, or to the end."""
    small = sentence.lower()
    for space in re.finditer(r"\s", sentence[place:]):
        after = place + space.end()
        if _longest(small, after, "") is not None:
            return sentence[place : after - 1].rstrip(" ,.;:")
    return sentence[place:].rstrip(" ,.;:")
