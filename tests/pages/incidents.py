"""An incident with a judgement, a decision, an action and a note, for tests of every page."""

from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import Prescription, StaffMember
from emar.scope import scope
from quality.operations import incidents
from quality.rules.incidents import Assessment
from tests.factories import NOW


def with_incident(prescription: Prescription, manager: StaffMember, name: str) -> dict[str, int | UUID | str]:
    """Report and judge an incident, and plan an action; return their ids."""
    by, home_id = {"by": manager.pk, "at": NOW}, prescription.home_id
    said = incidents.Report(
        uuid7(), "wrong_time", f"{name} had it late", NOW, has_reached=True, resident_id=prescription.resident_id
    )
    with scope(home=home_id):
        incident = incidents.report(home_id=home_id, said=said, **by)
        judged = incidents.Judgement(uuid7(), Assessment("C", "none", "none"), f"{name} was asked")
        incidents.assess(incident=incident, judgement=judged, **by)
        action = incidents.plan_action(
            action_id=uuid7(), incident=incident, words=f"{name} first", who_id=manager.pk, until_on=NOW.date(), **by
        )
    return {"incident_id": incident.pk, "action_id": action.pk, "duty": "cqc"}
