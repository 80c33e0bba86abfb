"""What a home keeps about recalls: an alert, and a pack of it that was put aside."""

from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import CareHome, StaffMember
from emar.operations import recalls
from emar.scope import scope
from stock.models import StockPack
from stock.operations.recalls import Alert
from tests.factories import NOW


def with_recall(home: CareHome, pack: StockPack, manager: StaffMember, name: str) -> dict[str, int | UUID]:
    """Furnish a home with a recall of the batch that its pack is of, found not to be affected; return its id."""
    alert = Alert(
        uuid7(), f"{name} tablets", "class_2", f"{name} pharmacy", batches=[f"{name} 1"[-21:]], words=f"of {name}"
    )
    with scope(home=home.pk):
        pack.batch = f"{name}1"[-20:]
        pack.save(update_fields=["batch"])
        recall = recalls.enter(home_id=home.pk, alert=alert, by=manager.pk, at=NOW)
        step = {"step_id": uuid7(), "recall": recall, "pack_id": pack.pk, "by": manager.pk, "at": NOW}
        recalls.clear_pack(**step, words=f"{name} read another batch on it")
    return {"recall_id": recall.pk}
