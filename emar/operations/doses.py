"""What does somebody say happened to one dose, and what does the record answer?"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from emar.rules.outcomes import StockEffect, stock_effect
from emar.rules.taken import PartGiven


class AdministrationRefused(Exception):
    """What must not happen: an id used again for something else, or a dose of a prescription nobody knows."""


@dataclass(frozen=True, slots=True)
class Dose:
    """What somebody says happened to one dose. The id is made before sending, once for each act.

    `content_hash` is what the sender sealed; left empty, it is computed from the fields. `prepared` is what
    was put in the pot when that is more than the person had. `source` is a ScanSource. `counted_balance` is
    what the second person counted afterwards without being told what the book says; `is_witness_proven` is
    whether they showed that it was them, `witnessed_at` when they signed. `parts` are the strengths that went into it.
    """

    id: str
    resident_id: int
    prescription_id: str
    outcome: str
    given_at: datetime
    entered_at: datetime
    given_by_id: int | None
    entered_by_id: int | None = None
    due_at: datetime | None = None
    amount: Decimal | None = None
    prepared: Decimal | None = None
    unit: str = ""
    round_id: int | None = None
    device_id: str | None = None
    witness_id: int | None = None
    pack_id: str | None = None
    scan_source: str = "by_hand"
    scan_text: str = ""
    by_hand_reason: str = ""
    note: str = ""
    site: str = ""
    readings: Mapping[str, Decimal] = field(default_factory=dict)
    counted_balance: Decimal | None = None
    is_witness_proven: bool = True
    no_witness_reason: str = ""
    witnessed_at: datetime | None = None
    parts: tuple[PartGiven, ...] = ()
    content_hash: str = ""

    @property
    def pack_ids(self) -> list[str]:
        """The packs it was taken from, the first one first."""
        return list(dict.fromkeys(pk for pk in (self.pack_id, *(part.pack_id for part in self.parts)) if pk))

    @property
    def effect(self) -> StockEffect:
        """What leaves stock for it, and how much of that reached the person."""
        return stock_effect(self.outcome, self.amount, prepared=self.prepared, was_in_pot=bool(self.prepared))

    def sealed(self) -> str:
        """Return the hash of the content: the sender's own, or one over every field."""
        if self.content_hash:
            return self.content_hash
        content = {each.name: getattr(self, each.name) for each in fields(self)}
        for later in ("witnessed_at", "parts"):
            # Doses sealed before these were kept have the seal that they had then.
            if not content[later]:
                del content[later]
        for name, value in content.items():
            if isinstance(value, datetime):
                content[name] = value.astimezone(UTC).isoformat()
            elif isinstance(value, Mapping):
                content[name] = dict(value)
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Told:
    """What the record says of one dose: for ever the same for the same id and content."""

    id: str
    answer: str
    findings: tuple[Mapping[str, Any], ...] = ()
