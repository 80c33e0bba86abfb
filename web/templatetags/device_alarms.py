"""What devices ask people to look at, for the start page, and how far a clock is off in words."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import template
from django.template import Context

from emar.queries import device_gaps, homes
from emar.queries.conflicts import open_conflicts
from emar.queries.held_events import held_count
from emar.queries.medicines import pending_codes
from web.access import MANAGERS, SENIORS

register = template.Library()


@dataclass(frozen=True, slots=True)
class Alarms:
    """How many things of each kind wait for somebody of the reader's role."""

    gaps: int
    held: int
    wrong_clocks: int
    pending: int
    conflicts: int

    @property
    def is_any(self) -> bool:
        """Whether anything waits."""
        return bool(self.gaps or self.held or self.wrong_clocks or self.pending)


@register.simple_tag(takes_context=True)
def device_alarms(context: Context) -> Alarms:
    """Count what devices ask of the person who looks: seniors see gaps and clocks, managers what is held as well."""
    here = context["request"].here
    if here.role not in SENIORS:
        return Alarms(0, 0, 0, 0, 0)
    is_manager = here.role in MANAGERS
    in_use = {device.pk for device in homes.devices(here.home_id) if device.revoked_at is None}
    heard = device_gaps.last_heard(here.home_id)
    return Alarms(
        gaps=len(device_gaps.gaps(here.home_id)),
        held=held_count(here.home_id) if is_manager else 0,
        wrong_clocks=sum(1 for pk, last in heard.items() if pk in in_use and last.is_clock_wrong),
        pending=len(pending_codes(here.home_id)) if is_manager else 0,
        conflicts=len(open_conflicts(here.home_id)),
    )


@register.filter
def off_by(offset: timedelta | Any) -> str:
    """Write how far a clock is off: 5 minutes slow, 2 hours fast."""
    minutes = round(abs(offset) / timedelta(minutes=1))
    amount = f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes < 120 else f"{round(minutes / 60)} hours"
    return f"{amount} {'slow' if offset > timedelta(0) else 'fast'}"
