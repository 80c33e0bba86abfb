"""The schedule of each prescription as a value, read once a process.

Kept by id, because what was prescribed never changes on a row: a change is another prescription.
"""

from uuid import UUID

from emar.models import Prescription
from emar.rules.schedule import Schedule, schedule_from_json

MOST_KEPT = 50_000
_schedules: dict[UUID, Schedule] = {}


def schedule_of(prescription: Prescription) -> Schedule:
    """Return the prescription's schedule. Raises ScheduleError where the stored one cannot be read."""
    return kept_schedule(prescription.pk) or keep_schedule(prescription.pk, prescription.schedule)


def kept_schedule(pk: UUID) -> Schedule | None:
    """Return the schedule of a prescription read before in this process."""
    return _schedules.get(pk)


def keep_schedule(pk: UUID, value: object) -> Schedule:
    """Read a stored schedule and keep it for the next question."""
    if len(_schedules) >= MOST_KEPT:
        _schedules.clear()
    return _schedules.setdefault(pk, schedule_from_json(value))
