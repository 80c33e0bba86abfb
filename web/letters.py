"""Which letters stand for outcomes on a chart, and which words for what was found about a record.

The record holds words; letters are for paper and small cells, and a chart prints their key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emar.rules.outcomes import OUTCOMES

LETTERS = {
    "given": "G",
    "part_given": "P",
    "self_administered": "SA",
    "made_available": "MA",
    "prompted": "PR",
    "given_by_other_professional": "OP",
    "refused": "R",
    "asleep": "S",
    "not_required": "NR",
    "nausea_or_vomiting": "V",
    "too_ill": "TI",
    "loose_stools": "LS",
    "withheld_on_reading": "WR",
    "withheld_on_advice": "WA",
    "other": "O",
    "away_hospital": "H",
    "away_day_leave": "D",
    "away_social_leave": "L",
    "out_of_stock": "OS",
    "awaiting_stock": "AS",
    "destroyed_or_dropped": "X",
    "out_of_date": "OD",
    "not_recorded": "Blank",
}
#: An absence suspends doses without anybody recording each: the same letters as a recorded absence.
PRESENCE_LETTERS = {"in_hospital": "H", "on_leave": "L", "left": "–", "died": "–"}

FINDING_WORDS = {
    "wrong_resident": "This was another resident’s pack",
    "allergy": "The resident is allergic to it",
    "stopped_medicine": "The prescription had been stopped",
    "wrong_medicine": "A different medicine was scanned",
    "wrong_strength": "A different strength was scanned",
    "quarantined": "The pack is quarantined",
    "expired": "The pack was out of date",
    "opened_too_long": "The pack had been open too long",
    "double_dose": "This dose was recorded twice",
    "two_answers": "This dose has two different answers",
    "in_pot": "It was already in the pot",
    "already_given": "It had been given already",
    "prn_too_soon": "Given sooner than the protocol allows",
    "prn_over_maximum": "More than the most allowed in 24 hours",
    "hold_rule": "The reading said to hold it",
    "too_early": "Given before its time",
    "no_performer": "It is not known who gave it",
    "no_witness": "No second person is named",
    "unwitnessed": "No second person at night, as the home’s policy allows",
    "witness_is_giver": "The giver is named as their own second person",
    "parts_differ": "The tablets scanned do not make up the dose",
    "unknown_site": "The place on the body is in words of its own",
    "witness_apart": "The second person signed more than 2 minutes before or after",
    "witness_unproven": "The second person did not sign in with their own PIN",
    "balance_differs": "What the second person counted is not what the book says",
    "future_time": "The time given lies in the future",
    "missing_reason": "No reason is given",
    "missing_amount": "No amount is given",
    "not_active": "The prescription was not active",
    "unknown_prescription": "The prescription is not known",
    "unknown_outcome": "The outcome is not known",
    "wrong_amount": "The amount is not the prescribed one",
    "wrong_unit": "The unit is not the prescribed one",
    "unknown_barcode": "The barcode was not known",
    "two_packs": "Two packs match",
    "whose_pack": "It is not certain whose pack it was",
    "not_booked_in": "The pack had not been booked in",
    "resident_away": "The resident was away",
    "reading_first": "A reading was needed first",
    "early": "Given early",
    "not_due": "No dose was due then",
    "superseded_prescription": "The prescription had been changed",
    "late": "Given late",
    "tried_before": "It had been offered before",
    "older_pack_open": "An older pack was open",
    "low_stock": "Stock is low",
    "held_staff": "The staff member’s role had ended",
    "late_arrival": "The record arrived late",
    "unknown_pack": "The pack is not known here",
    "not_on_duty": "The staff member had no role here then",
    "device_revoked": "The device was out of use",
    "lease_over": "The device had not been heard of for too long",
}
#: A letter is read in a small cell: longer ones would not fit.
LONGEST_LETTER = 4


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One line of a chart's key: a letter and what it means."""

    letter: str
    label: str


def letters_with(own: Mapping[str, str]) -> dict[str, str]:
    """Return the letter of every outcome, the home's own ones over the usual, no two outcomes with the same.

    What no chart can print (an unknown outcome, an empty or long letter) is left out; a letter that two outcomes
    would share goes to the one that the home gave it to, or else to the first, and the other gets a number.
    """
    found = dict(LETTERS)
    chosen = {}
    for word in OUTCOMES:
        said = " ".join(str(own.get(word, "")).split())
        if said and len(said) <= LONGEST_LETTER:
            chosen[word] = said
    taken: set[str] = set()
    for word in [*chosen, *(word for word in OUTCOMES if word not in chosen)]:
        wanted = chosen.get(word, LETTERS[word])
        number, letter_ = 1, wanted
        while letter_.casefold() in taken:
            number += 1
            letter_ = f"{wanted}{number}"
        taken.add(letter_.casefold())
        found[word] = letter_
    return found


def letter(word: str, letters: Mapping[str, str] = LETTERS) -> str:
    """Return the letter of an outcome."""
    return letters[word]


def key(words: Iterable[str], letters: Mapping[str, str] = LETTERS) -> list[KeyLine]:
    """Return the key of these outcomes, in the order of the outcomes' own list.

    Blanks are left out: they have a line of their own in every key, because a chart computes them.
    """
    used = set(words) - {"not_recorded"}
    return [KeyLine(letters[word], OUTCOMES[word].label) for word in OUTCOMES if word in used]


def finding_words(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what was found about a record, in plain words; an unknown code is shown as it is."""
    codes = [str(finding.get("code", "")) for finding in findings]
    return [FINDING_WORDS.get(code) or code.replace("_", " ").capitalize() for code in codes if code]
