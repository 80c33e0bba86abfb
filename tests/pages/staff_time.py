"""A running timer, a timing and a cost of a home, for tests of every page."""

from decimal import Decimal
from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import CareHome, StaffMember
from emar.scope import scope
from quality.operations import daily_letter, going_live, savings
from tests.factories import NOW


def with_staff_time(home: CareHome, manager: StaffMember, name: str) -> dict[str, int | UUID | str]:
    """Start a timer, write down a cost and a stage; return their ids."""
    by = {"by": manager.pk, "at": NOW}
    spent = savings.Spent(uuid7(), "direct", f"{name} labels", Decimal(3), is_monthly=True)
    with scope(home=home.pk):
        sample = savings.start(sample_id=uuid7(), home_id=home.pk, process="audit", **by)
        cost = savings.write_cost(home_id=home.pk, spent=spent, **by)
        going_live.reach_stage(step_id=uuid7(), home_id=home.pk, stage="deployment", since_on=NOW.date(), **by)
        reader = daily_letter.add_reader(reader_id=uuid7(), home_id=home.pk, email=f"{name}@home.example", **by)
    return {"sample_id": sample.pk, "cost_id": cost.pk, "reader_id": reader.pk}
