"""What stands on the paper of an order: in the words kept at its approval, or as they stand while it is a draft."""

from datetime import date
from decimal import Decimal

from emar.models import CareHome, Prescription
from emar.rules.wall_clock import ONE_DAY
from ordering.models import OrderLine
from ordering.queries.calendar import policy_of
from ordering.queries.orders import PlacedOrder
from ordering.rules.order_paper import OrderPaper, PaperLine, packs_words


def words_of(line: OrderLine, prescription: Prescription) -> dict[str, object]:
    """Return what a line says of its resident and medicine, to be kept with the order when it is approved.

    The brand is named where only that brand will do. `line` and `prescription` come with what they point at.
    """
    resident, medicine = line.resident, line.medicine
    name = prescription.medicine.name if prescription.must_be_brand else medicine.name
    return {
        "resident": resident.full_name,
        "born_on": resident.born_on.isoformat(),
        "nhs_number": resident.nhs_number or "",
        "room": resident.room,
        "medicine": name,
        "directions": prescription.dose_words,
        "is_brand": prescription.must_be_brand,
        "is_controlled": prescription.is_controlled,
        "practice": resident.gp_practice.name if resident.gp_practice else "",
        "pharmacy": resident.pharmacy.name if resident.pharmacy else "",
    }


def paper(home_id: int, placed: PlacedOrder) -> OrderPaper | None:
    """Return the sheet of an approved order; None before: what is not approved is on no paper. Two statements."""
    order = placed.order
    if order.approved_at is None or order.approved_by is None:
        return None
    home, policy = CareHome.objects.get(pk=home_id), policy_of(home_id)
    place = order.gp_practice or order.pharmacy
    return OrderPaper(
        number=order.number,
        home=home.name,
        recipient=place.name if place else "Surgery not known",
        is_interim=order.kind == "interim",
        reason=order.reason,
        arrives_on=order.arrives_on,
        covers_from=order.covers_from_on,
        covers_until=order.cover_until_on - ONE_DAY,
        approved_by=order.approved_by.full_name,
        approved_at=order.approved_at,
        telephone=policy.telephone if policy else "",
        reply_to=policy.reply_to if policy else "",
        lines=[_line(each.line) for each in placed.required],
    )


def _line(line: OrderLine) -> PaperLine:
    kept = line.as_sent
    return PaperLine(
        resident=kept["resident"],
        born_on=date.fromisoformat(kept["born_on"]),
        nhs_number=kept["nhs_number"],
        medicine=kept["medicine"],
        directions=kept["directions"],
        quantity=Decimal(line.quantity),
        unit=line.unit,
        packs=packs_words(line.packs),
        is_brand=kept["is_brand"],
        is_controlled=kept["is_controlled"],
    )
