"""How an incident and what it rests on are said in words, the same on a page and on paper."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from emar.rules.amounts import plain
from emar.rules.outcomes import OUTCOMES
from quality.rules.incidents import (
    DUTY_WORDS,
    FACTORS,
    KIND_WORDS,
    MERP,
    PHYSICAL,
    PSYCHOLOGICAL,
    STRENGTH_WORDS,
    Kind,
)
from web import letters, record_words
from web.record_words import moment_words


def evidence_words(evidence: Any) -> str:
    """Say what was seen, with its instants and figures, and with nobody's name."""
    facts: Mapping[str, Any] = evidence.facts
    match evidence.kind:
        case Kind.WRONG_PACK_REPEATED if "scans" in facts:
            since = moment_words(datetime.fromisoformat(facts["since"]))
            kinds = "; ".join(letters.finding_words([{"code": code, "level": "stop"} for code in facts["findings"]]))
            return f"{len(facts['scans'])} scans of a wrong pack were stopped since {since}: {kinds}."
        case Kind.CD_COUNT_DIFFERS if "expected" in facts:
            said, held = (plain(Decimal(facts[name])) for name in ("expected", "found"))
            return f"The register said {said}, the cupboard held {held}."
    if evidence.record is None:
        return "Reported by a member of staff."
    return record_facts(evidence.record)


def record_facts(record: Any) -> str:
    """Say what one dose record says: which medicine, what happened, when, and what was found about it."""
    medicine = record.prescription.medicine.name
    amount = f", {record_words.amount(record.amount, record.unit)}" if record.amount else ""
    due = f", due {moment_words(record.due_at)}" if record.due_at else ""
    found = "; ".join(letters.finding_words(record.findings))
    outcome = OUTCOMES[record.outcome].label.lower()
    happened = f"{medicine}{amount}: {outcome} at {moment_words(record.given_at)}{due}."
    return f"{happened} {found}." if found else happened


def heading(incident: Any) -> str:
    """Say which incident this is: Incident 12: dose given twice."""
    return f"Incident {incident.number}: {KIND_WORDS[incident.kind].lower()}"


def kind_words(kind: str) -> str:
    """Say what went wrong, or nearly."""
    return KIND_WORDS[kind]


def factor_words(factors: list[str]) -> str:
    """Say what contributed."""
    return ", ".join(FACTORS[each].lower() for each in factors)


#: What a value of an assessment or advice is called, by the kind of value.
SCALES: dict[str, Mapping[str, str]] = {
    "merp": MERP,
    "physical": PHYSICAL,
    "psychological": PSYCHOLOGICAL,
    "duty": DUTY_WORDS,  # type: ignore[dict-item]
    "strength": STRENGTH_WORDS,  # type: ignore[dict-item]
}


def scale_words(value: str, scale: str) -> str:
    """Say a value of one of the field's scales: Low: more observation …"""
    return SCALES[scale][value]
