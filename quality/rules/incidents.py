"""How an incident is told, graded and weighed: words, contradictions, and what the law and the home's policy ask for.

Grading is somebody's judgement; what stands here is the field's scales, what cannot both be true, and which duties
follow. Nothing here decides: it advises and says why. Which facts make an incident is rules.drafting's question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What went wrong, or nearly."""

    CD_COUNT_DIFFERS = "cd_count_differs"
    DOUBLE_DOSE = "double_dose"
    CRITICAL_MISSED = "critical_missed"
    NOT_AVAILABLE = "not_available"
    PRN_OVER_LIMIT = "prn_over_limit"
    GIVEN_DESPITE_STOP = "given_despite_stop"
    WRONG_PACK_REPEATED = "wrong_pack_repeated"
    WRONG_MEDICINE = "wrong_medicine"
    WRONG_RESIDENT = "wrong_resident"
    WRONG_DOSE = "wrong_dose"
    WRONG_TIME = "wrong_time"
    MISSED = "missed"
    RECORD = "record"
    STORAGE = "storage"
    SUPPLY = "supply"
    PRESCRIBING = "prescribing"
    OTHER = "other"


KIND_WORDS: dict[str, str] = {
    Kind.CD_COUNT_DIFFERS: "CD count and register differ",
    Kind.DOUBLE_DOSE: "Dose given twice",
    Kind.CRITICAL_MISSED: "Critical dose missed",
    Kind.NOT_AVAILABLE: "Doses missed because the medicine was not there",
    Kind.PRN_OVER_LIMIT: "When-required dose too soon or over the maximum",
    Kind.GIVEN_DESPITE_STOP: "Given although a check stands against it",
    Kind.WRONG_PACK_REPEATED: "Wrong pack scanned again and again",
    Kind.WRONG_MEDICINE: "Wrong medicine, strength or form",
    Kind.WRONG_RESIDENT: "Wrong resident",
    Kind.WRONG_DOSE: "Wrong dose",
    Kind.WRONG_TIME: "Wrong time",
    Kind.MISSED: "Dose missed",
    Kind.RECORD: "Record wrong or missing",
    Kind.STORAGE: "Kept wrongly",
    Kind.SUPPLY: "Supplied wrongly by the pharmacy",
    Kind.PRESCRIBING: "Prescribed wrongly",
    Kind.OTHER: "Something else",
}

Physical = Literal["none", "low", "moderate", "severe", "fatal"]
Psychological = Literal["none", "low", "moderate", "severe"]

#: Learn From Patient Safety Events, levels of harm (NHS England, policy guidance on recording patient safety events).
PHYSICAL: dict[str, str] = {
    "none": "No physical harm",
    "low": "Low: more observation or minor treatment, no further healthcare beyond one visit",
    "moderate": "Moderate: further healthcare needed, independence limited for under 6 months",
    "severe": "Severe: permanent harm, life-saving treatment, or independence limited for 6 months or more",
    "fatal": "Fatal: the incident is likely to have contributed to the death",
}
PSYCHOLOGICAL: dict[str, str] = {
    "none": "No psychological harm",
    "low": "Low: distress that needed no or little extra attention",
    "moderate": "Moderate: distress that needs treatment, or limits daily life for under 6 months",
    "severe": "Severe: distress that limits daily life for 6 months or more, or a risk to life",
}
#: National Coordinating Council for Medication Error Reporting and Prevention, index of 2022, categories A to I.
MERP: dict[str, str] = {
    "A": "Circumstances that could cause an error",
    "B": "An error that did not reach the person",
    "C": "Reached the person, no harm",
    "D": "Reached the person, and they had to be watched or treated to be sure of no harm",
    "E": "Temporary harm that needed treatment",
    "F": "Temporary harm that needed hospital, or a longer stay there",
    "G": "Permanent harm",
    "H": "Treatment needed to keep the person alive",
    "I": "Contributed to the person’s death",
}
NEAR_MISSES = frozenset({"A", "B"})
_HARMLESS = frozenset({"A", "B", "C", "D"})
HARMFUL = frozenset(MERP) - _HARMLESS
#: The physical harm that each category of harm speaks of.
_HARM_OF: dict[str, frozenset[str]] = {
    "E": frozenset({"low", "moderate"}),
    "F": frozenset({"moderate", "severe"}),
    "G": frozenset({"severe"}),
    "H": frozenset({"severe"}),
    "I": frozenset({"fatal"}),
}
#: Contributing factors, grouped as the Yorkshire Contributory Factors Framework groups them.
FACTORS: dict[str, str] = {
    "interrupted": "Interrupted or distracted",
    "workload": "Too much to do, too few staff",
    "tired": "Tired or unwell",
    "knowledge": "Did not know, or not trained",
    "procedure": "Procedure unclear, missing or not followed",
    "handover": "Handover or communication",
    "look_alike": "Look-alike or sound-alike names or packs",
    "label": "Label or instructions unclear",
    "prescription": "Prescription unclear, late or wrong",
    "pharmacy": "Supplied late or wrong",
    "record": "Record hard to read or out of date",
    "device": "Device, scanner or network",
    "storage": "Storage or layout of the trolley",
    "resident": "Condition or behaviour of the resident",
    "room": "Light, noise, space",
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """How somebody judged an incident: the two scales side by side, and what the duties depend on.

    `is_lasting`: the harm lasted or is likely to last 28 days, or treatment was needed to prevent that.
    """

    merp: str
    physical: Physical
    psychological: Psychological
    is_lasting: bool = False
    is_abuse_alleged: bool = False
    are_police_told: bool = False

    @property
    def reached_the_person(self) -> bool:
        """Whether the error got past everybody; a near miss did not."""
        return self.merp not in NEAR_MISSES


def contradictions(found: Assessment) -> list[str]:
    """Return what in an assessment cannot both be true, in words for whoever wrote it; empty when it holds."""
    words = []
    harmed = found.physical != "none" or found.psychological != "none"
    if found.merp in NEAR_MISSES and harmed:
        words.append(f"Category {found.merp} did not reach the person, so it cannot have harmed them: change one.")
    elif found.merp in _HARMLESS and found.physical != "none":
        words.append(f"Category {found.merp} means no physical harm: change the category or the harm.")
    elif found.merp in _HARM_OF and found.physical not in _HARM_OF[found.merp]:
        expected = " or ".join(sorted(_HARM_OF[found.merp]))
        words.append(f"Category {found.merp} means {expected} physical harm: change the category or the harm.")
    if found.is_lasting and not harmed:
        words.append("Harm that lasts is harm: say which, or take the mark away.")
    return words


Duty = Literal["cqc", "safeguarding", "duty_of_candour"]
Strength = Literal["must", "consider", "not_indicated"]

DUTY_WORDS: dict[Duty, str] = {
    "cqc": "Notify the CQC",
    "safeguarding": "Raise a safeguarding concern",
    "duty_of_candour": "Duty of candour: tell the person and apologise, in words and in writing",
}
STRENGTH_WORDS: dict[Strength, str] = {
    "must": "Do this",
    "consider": "Consider, and write down what you decide",
    "not_indicated": "Not indicated by what is written down",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The local policy, as far as no law fixes it.

    `refer_from` is the least physical or psychological harm that is referred to safeguarding; `people_to_refer` how
    many residents of one incident; `repeats_to_consider` how many incidents that reached somebody within `repeat_days`.
    """

    refer_from: Literal["low", "moderate", "severe"] = "low"
    people_to_refer: int = 2
    repeats_to_consider: int = 3
    repeat_days: int = 28


@dataclass(frozen=True, slots=True)
class Advice:
    """What is asked of the manager about one duty, how strongly, and because of what."""

    duty: Duty
    strength: Strength
    reasons: tuple[str, ...]


_RANKS = {"none": 0, "low": 1, "moderate": 2, "severe": 3, "fatal": 4}


def advice(found: Assessment, *, people: int, repeats: int, thresholds: Thresholds) -> list[Advice]:
    """Return what the CQC, safeguarding and the duty of candour ask for, each with its reasons.

    `people` is how many residents the incident concerns, `repeats` how many incidents that reached somebody the home
    had within the policy's days, this one included. Ordinary medicines errors are not notified to the CQC; death,
    serious injury, abuse and police matters are. (CQC Registration Regulations 2009, 16 and 18; Health and Social Care
    Act 2008 Regulations 2014, 20; domain.md, Errors)
    """
    cqc = _cqc(found)
    return [cqc, _safeguarding(found, cqc, people, repeats, thresholds), _candour(found)]


def _cqc(found: Assessment) -> Advice:
    must = []
    if found.physical == "fatal":
        must.append("The person died, and the incident may have contributed (regulation 16).")
    if found.physical == "severe" or (found.is_lasting and found.physical != "fatal"):
        must.append("A serious injury, or harm that lasts 28 days or more (regulation 18).")
    if found.is_abuse_alleged:
        must.append("Abuse is alleged (regulation 18).")
    if found.are_police_told:
        must.append("The police were told or are investigating (regulation 18).")
    if must:
        return Advice("cqc", "must", tuple(must))
    if found.physical == "moderate" or found.psychological in ("moderate", "severe"):
        return Advice("cqc", "consider", ("Moderate harm: ask whether it is a serious injury (regulation 18).",))
    return Advice("cqc", "not_indicated", ("A medicines error without serious harm, abuse or police is not notified.",))


def _safeguarding(
    found: Assessment, cqc: Advice, people: int, repeats: int, thresholds: Thresholds
) -> Advice:  # fmt: skip
    must = []
    if cqc.strength == "must":
        must.append("What is notified to the CQC is always raised with safeguarding as well.")
    harm = max(_RANKS[found.physical], _RANKS[found.psychological])
    if harm >= _RANKS[thresholds.refer_from]:
        must.append(f"Harm: the policy refers from {thresholds.refer_from} harm.")
    if found.reached_the_person and people >= thresholds.people_to_refer:
        must.append(f"{people} residents: the policy refers from {thresholds.people_to_refer}.")
    if must:
        return Advice("safeguarding", "must", tuple(must))
    if found.reached_the_person and repeats >= thresholds.repeats_to_consider:
        repeated = f"{repeats} incidents reached residents within {thresholds.repeat_days} days."
        return Advice("safeguarding", "consider", (repeated,))
    return Advice("safeguarding", "not_indicated", ("No harm, one resident, not repeated.",))


def _candour(found: Assessment) -> Advice:
    must = []
    if found.physical in ("severe", "fatal") or found.psychological == "severe":
        must.append("Death or severe harm is a notifiable safety incident (regulation 20).")
    if found.is_lasting:
        must.append("Harm of 28 days or more, or treatment to prevent it (regulation 20).")
    if must:
        return Advice("duty_of_candour", "must", tuple(must))
    if found.physical == "moderate" or found.psychological == "moderate":
        asked = "Moderate harm: ask whether it lasts 28 days, or was treated to prevent that."
        return Advice("duty_of_candour", "consider", (asked,))
    if found.reached_the_person:
        return Advice("duty_of_candour", "not_indicated", ("Below the legal duty. Being open is still right.",))
    return Advice("duty_of_candour", "not_indicated", ("It did not reach the person.",))


def undecided(given: Sequence[Advice], decided: frozenset[str]) -> list[Advice]:
    """Return the advice that a manager must answer before the incident is closed: done, or why not."""
    return [each for each in given if each.strength != "not_indicated" and each.duty not in decided]
