"""Which scans stopped a carer in the demo's past: about twelve in a thousand attempts (Szczepura 2011)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from emar.demo.chance import draw, id_at, portion
from emar.models import CareHome, Resident, ScanEvent
from emar.operations.administrations import Dose

SHARE = 0.012
#: What stopped or asked: code, result, weight. Nearly half of them were about the time (Szczepura 2011).
KINDS = (
    ("too_early", "stopped", 30),
    ("already_given", "stopped", 16),
    ("wrong_resident", "stopped", 24),
    ("wrong_strength", "stopped", 6),
    ("stopped_medicine", "stopped", 6),
    ("expired", "stopped", 2),
    ("unknown_barcode", "asked", 16),
)


def near_misses(
    home: CareHome, doses: Sequence[Dose], residents: Mapping[int, Resident], seed: str
) -> Iterator[ScanEvent]:
    """Yield the scans that were stopped or asked about shortly before some of these doses were given right."""
    for dose in doses:
        if dose.scan_source == "by_hand" or dose.given_by_id is None:
            continue
        if portion(seed, dose.id, "near miss") >= SHARE:
            continue
        chance = draw(seed, dose.id, "what was near")
        code, result, _ = chance.choices(KINDS, [weight for *_, weight in KINDS])[0]
        at = dose.entered_at - timedelta(seconds=chance.randint(8, 40))
        is_gtin = code == "unknown_barcode"
        yield ScanEvent(
            id=id_at(at, seed, dose.id, "near miss"),
            home=home,
            device_id=UUID(dose.device_id) if dose.device_id else None,
            resident=residents[dose.resident_id],
            prescription_id=UUID(dose.prescription_id),
            due_at=dose.due_at,
            scan_source=dose.scan_source,
            text="9529999000002" if is_gtin else dose.scan_text,
            meaning="gtin" if is_gtin else "own_label",
            result=result,
            findings=[code],
            entered_at=at,
            entered_by_id=dose.given_by_id,
            received_at=at,
        )
