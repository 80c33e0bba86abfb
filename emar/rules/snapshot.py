"""What a device knows of its home when it matches a scan: the part of the snapshot that matching reads.

The same JSON goes to the bedside app; this reads it into values, so that the Python and the TypeScript
matcher answer the same vectors. Unknown fields are left alone: the snapshot carries more than matching needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from emar.rules.readings import HoldRule

Id = str | int


@dataclass(frozen=True, slots=True)
class Allergy:
    """A substance somebody must not have, with the ingredients that count as it."""

    substance: str
    ingredient_ids: frozenset[Id]


@dataclass(frozen=True, slots=True)
class Resident:
    """A person of the home, by label and allergies."""

    id: Id
    label_code: str
    is_present: bool
    allergies: tuple[Allergy, ...]


@dataclass(frozen=True, slots=True)
class PrnState:
    """What the server worked out of a when-required medicine: from when it may be given, and how much."""

    low: Decimal
    min_gap: timedelta
    max_amount_24h: Decimal | None
    given_24h: Decimal


@dataclass(frozen=True, slots=True)
class PrescribedLine:
    """A prescription as a scan meets it.

    `medicine_ids` are every strength that may make up its dose. `next_allowed_at` is the server's answer to
    gaps and totals by amount and by ingredient, for when-required and regular medicines alike.
    """

    id: Id
    resident_id: Id
    medicine_ids: tuple[Id, ...]
    medicine_name: str
    ingredient_ids: frozenset[Id]
    is_active: bool
    is_when_required: bool
    must_be_brand: bool
    acceptable_gtins: frozenset[str]
    next_allowed_at: datetime | None
    prn: PrnState | None
    holds: tuple[HoldRule, ...]
    accepted_allergies: frozenset[str]
    allergies_met: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DueSlot:
    """A due dose with its window, and what was recorded for it."""

    prescription_id: Id
    due_at: datetime
    early_from: datetime
    opens_at: datetime
    closes_at: datetime
    low: Decimal
    outcome: str | None
    given_at: datetime | None


@dataclass(frozen=True, slots=True)
class StockPack:
    """A pack of the home, whoever it belongs to (None: the home's own)."""

    id: Id
    label_code: str
    gtin: str | None
    serial: str | None
    batch: str | None
    expires_on: date | None
    opened_on: date | None
    use_by: date | None
    status: str
    resident_id: Id | None
    medicine_id: Id
    balance: Decimal | None


@dataclass(frozen=True)
class Snapshot:
    """The home as one device knows it, indexed for the questions a scan asks."""

    residents: Mapping[Id, Resident]
    prescriptions: Sequence[PrescribedLine]
    due: Sequence[DueSlot]
    packs: Sequence[StockPack]
    medicine_of_gtin: Mapping[str, Id]
    ingredients_of_medicine: Mapping[Id, frozenset[Id]]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Snapshot":
        """Return the snapshot that the server's JSON describes."""
        return _snapshot_from_json(value)

    @cached_property
    def pack_of_label(self) -> Mapping[str, StockPack]:
        """Each pack by the code printed on its label."""
        return {pack.label_code: pack for pack in self.packs if pack.label_code}

    @cached_property
    def resident_of_label(self) -> Mapping[str, Resident]:
        """Each resident by the code printed on their label."""
        return {resident.label_code: resident for resident in self.residents.values() if resident.label_code}

    @cached_property
    def prescriptions_of(self) -> Mapping[Id, Sequence[PrescribedLine]]:
        """Each resident's prescriptions."""
        return _grouped(self.prescriptions, lambda line: line.resident_id)

    @cached_property
    def due_of(self) -> Mapping[Id, Sequence[DueSlot]]:
        """Each prescription's due doses in order of time."""
        return _grouped(sorted(self.due, key=lambda slot: slot.due_at), lambda slot: slot.prescription_id)

    def prescription(self, wanted: Id) -> PrescribedLine | None:
        """Return the prescription with this id, None when the device does not know it."""
        return next((line for line in self.prescriptions if line.id == wanted), None)


def moment(text: str) -> datetime:
    """Return the instant in `2026-11-01T08:00:00Z`, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _grouped(rows: Any, key: Any) -> Mapping[Id, Any]:
    groups: dict[Id, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _snapshot_from_json(value: Mapping[str, Any]) -> Snapshot:
    prescriptions = [_prescription(row) for row in value.get("prescriptions", [])]
    ingredients: dict[Id, frozenset[Id]] = {
        row["medicine_id"]: frozenset(row["ingredient_ids"])
        for row in value.get("codes", [])
        if row.get("ingredient_ids")
    }
    for row in value.get("prescriptions", []):
        ingredients[row["medicine"]["id"]] = frozenset(row["medicine"].get("ingredient_ids") or ())
    return Snapshot(
        residents={row["id"]: _resident(row) for row in value.get("residents", [])},
        prescriptions=prescriptions,
        due=[_due(row) for row in value.get("due", [])],
        packs=[_pack(row) for row in value.get("packs", [])],
        medicine_of_gtin={row["gtin"]: row["medicine_id"] for row in value.get("codes", [])},
        ingredients_of_medicine=ingredients,
    )


def _resident(row: Mapping[str, Any]) -> Resident:
    return Resident(
        row["id"],
        row.get("label_code") or "",
        row.get("presence", "present") == "present",
        tuple(
            Allergy(each["substance"], frozenset(each.get("ingredient_ids") or ()))
            for each in row.get("allergies") or ()
        ),
    )


def _prescription(row: Mapping[str, Any]) -> PrescribedLine:
    medicine, prn = row["medicine"], row.get("prn")
    next_at = row.get("next_allowed_at") or (prn or {}).get("next_allowed_at")
    return PrescribedLine(
        id=row["id"],
        resident_id=row["resident_id"],
        medicine_ids=(medicine["id"], *(row.get("combined_medicine_ids") or ())),
        medicine_name=medicine.get("name") or "",
        ingredient_ids=frozenset(medicine.get("ingredient_ids") or ()),
        is_active=row.get("status", "active") == "active",
        is_when_required=row.get("kind") == "when_required",
        must_be_brand=bool(row.get("must_be_brand")),
        acceptable_gtins=frozenset(row.get("acceptable_gtins") or ()),
        next_allowed_at=None if next_at is None else moment(next_at),
        prn=None if prn is None else _prn(prn),
        holds=tuple(
            HoldRule(each["reading"], _decimal(each.get("below")), _decimal(each.get("above")))
            for each in row.get("hold") or ()
        ),
        accepted_allergies=frozenset(row.get("accepted_allergies") or ()),
        allergies_met=frozenset(row.get("allergies_met") or ()),
    )


def _prn(row: Mapping[str, Any]) -> PrnState:
    return PrnState(
        Decimal(row["low"]),
        timedelta(minutes=row.get("min_gap_minutes") or 0),
        _decimal(row.get("max_amount_24h")),
        _decimal(row.get("given_24h")) or Decimal(0),
    )


def _due(row: Mapping[str, Any]) -> DueSlot:
    answered = row.get("answered") or {}
    return DueSlot(
        row["prescription_id"],
        moment(row["due_at"]),
        moment(row["early_from"]),
        moment(row["opens_at"]),
        moment(row["closes_at"]),
        Decimal(row["low"]),
        answered.get("outcome"),
        None if answered.get("given_at") is None else moment(answered["given_at"]),
    )


def _pack(row: Mapping[str, Any]) -> StockPack:
    return StockPack(
        row["id"],
        row.get("label_code") or "",
        row.get("gtin"),
        row.get("serial"),
        row.get("batch"),
        _day(row.get("expires_on")),
        _day(row.get("opened_on")),
        _day(row.get("use_by")),
        row.get("status", "in_use"),
        row.get("resident_id"),
        row["medicine_id"],
        _decimal(row.get("balance")),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
