"""May somebody start a round, as far as their yearly assessment goes?

An assessment that has run out stops a new round; it never stops one that is under way, because a resident in the middle
of a dose is safer with a late assessment than without the medicine. A manager may let somebody go on for a while.
(NICE SC1 1.17; CQC: competency is assessed yearly)
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

#: How long before it runs out somebody should be told.
SOON = timedelta(days=30)

Standing = Literal["valid", "ends_soon", "overridden", "expired", "not_assessed"]


@dataclass(frozen=True, slots=True)
class Competence:
    """How one person stands in one subject: the last day counts, `expires_on` is the first without."""

    standing: Standing
    expires_on: date | None = None
    until_at: datetime | None = None

    @property
    def may_start(self) -> bool:
        """Whether a new round, or a new dose of this subject, may be started.

        Somebody whom this home has not assessed may start, and the staff page says so: a home's first day with
        the record would otherwise be a day without medicines.
        """
        return self.standing != "expired"


def competence(expires_on: date | None, overridden_until: datetime | None, today: date, now: datetime) -> Competence:
    """Return how somebody stands whose latest assessment ends on `expires_on`, None where there is none."""
    if expires_on is not None and today < expires_on:
        return Competence("ends_soon" if expires_on - today <= SOON else "valid", expires_on)
    if overridden_until is not None and now < overridden_until:
        return Competence("overridden", expires_on, overridden_until)
    return Competence("not_assessed" if expires_on is None else "expired", expires_on)
