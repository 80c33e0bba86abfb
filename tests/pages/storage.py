"""What a home keeps about storage and disposal: a place, a reading, a pack, and a list of what left."""

from decimal import Decimal
from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import CareHome, StaffMember
from emar.operations import disposal
from emar.scope import scope
from stock.models import StockPack
from stock.operations.disposal import Leaving, Sending
from tests.factories import NOW, make_storage_place, make_temperature_reading


def with_storage(home: CareHome, pack: StockPack, manager: StaffMember, name: str) -> dict[str, int | UUID]:
    """Furnish a home with a fridge, its temperature, and a spoilt tablet that was destroyed; return their ids."""
    place = make_storage_place(home=home, by=manager, name=f"{name} fridge")
    reading = make_temperature_reading(place=place, by=manager, seen=("9", "4", "9"), action=f"{name} rang the chemist")
    leaving = Leaving(pack.line_id, Decimal(1), "spoilt", pack.pk, f"{name} dropped it")
    sending = Sending(id=uuid7(), goes_to="destroyed", leaving=[leaving], note=f"{name} was there")
    with scope(home=home.pk):
        sent = disposal.send(home_id=home.pk, sending=sending, by=manager.pk, at=NOW)
    return {"place_id": place.pk, "reading_id": reading.pk, "pack_id": pack.pk, "consignment_id": sent.pk}
