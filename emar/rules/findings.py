"""What can be wrong, doubtful or worth noting about a dose, and how strongly each stands in the way.

A finding is a value. At the bedside it stops, asks or notes; the same finding about a dose that already
happened is stored beside its record. Finding them is rules.matching's and rules.judging's job.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["stop", "ask", "note", "conflict"]

# The order is the order of showing: what endangers the person first.
LEVELS: dict[str, Level] = {
    "wrong_resident": "stop",
    "allergy": "stop",
    "stopped_medicine": "stop",
    "wrong_medicine": "stop",
    "wrong_strength": "stop",
    "quarantined": "stop",
    "expired": "stop",
    "opened_too_long": "stop",
    "double_dose": "conflict",
    "two_answers": "conflict",
    "witness_is_giver": "conflict",
    "in_pot": "stop",
    "already_given": "stop",
    "prn_too_soon": "stop",
    "prn_over_maximum": "stop",
    "hold_rule": "stop",
    "too_early": "stop",
    "no_performer": "stop",
    "no_witness": "stop",
    "future_time": "stop",
    "missing_reason": "stop",
    "missing_amount": "stop",
    "not_active": "stop",
    "unknown_prescription": "stop",
    "unknown_outcome": "stop",
    "wrong_amount": "stop",
    "wrong_unit": "stop",
    "unknown_barcode": "ask",
    "two_packs": "ask",
    "whose_pack": "ask",
    "not_booked_in": "ask",
    "resident_away": "ask",
    "reading_first": "ask",
    "early": "ask",
    "not_due": "ask",
    "balance_differs": "ask",
    "witness_unproven": "ask",
    "witness_apart": "ask",
    "parts_differ": "ask",
    "unwitnessed": "note",
    "unknown_site": "note",
    "unknown_pack": "note",
    "not_on_duty": "note",
    "device_revoked": "note",
    "lease_over": "note",
    "superseded_prescription": "note",
    "late": "note",
    "tried_before": "note",
    "older_pack_open": "note",
    "low_stock": "note",
}
_ORDER = {code: place for place, code in enumerate(LEVELS)}
_LEVEL_ORDER = {"stop": 0, "conflict": 0, "ask": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: its code, how strongly it counts, and the facts a screen shows with it."""

    code: str
    level: Level
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return `{"code", "level", …facts}`."""
        return {"code": self.code, "level": self.level, **self.facts}


def finding(code: str, **facts: Any) -> Finding:
    """Return the finding of this code, at its usual level, with these facts."""
    return Finding(code, LEVELS[code], facts)


def in_order(findings: list[Finding]) -> list[Finding]:
    """Return the findings as shown: stops, then questions, then notes, each by danger."""
    return sorted(findings, key=lambda each: (_LEVEL_ORDER[each.level], _ORDER[each.code]))
