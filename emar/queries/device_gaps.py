"""What may be missing of what the home's devices recorded, and whose clocks are wrong.

A device numbers its events without a gap and each names the hash of the one before it. A number that never came, or
an event that follows another one than it should, means that something was recorded and is not here. (bedside.md,
Offline, 10)
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from emar.models import Device, DeviceSignIn

#: How far back a device's numbers are looked through: some weeks of its work.
LAST_EVENTS = 5_000
CLOCK_WARNING = timedelta(minutes=2)
NO_NEW_ROUND = timedelta(minutes=10)

FAULTS_OF_DEVICES = """
    SELECT device.id, device.name, found.before, found.sequence, found.came_before, found.came_after, found.kind
      FROM emar_device AS device
     CROSS JOIN LATERAL (
           SELECT coalesce(max(sequence), 0) - %(events)s AS since
             FROM emar_deviceevent WHERE home_id = %(home)s AND device_id = device.id) AS recent
     CROSS JOIN LATERAL (
           SELECT before, sequence, came_before, came_after,
                  CASE WHEN told = 'records_lost' THEN 'lost' WHEN sequence = before THEN 'twice'
                       WHEN sequence > before + 1 THEN 'missing' ELSE 'chain' END AS kind
             FROM (SELECT sequence, previous_hash, kind AS told, received_at AS came_after,
                          lag(received_at) OVER numbers AS came_before, lag(hash) OVER numbers AS hash_before,
                          coalesce(lag(sequence) OVER numbers, CASE WHEN recent.since <= 0 THEN 0 END) AS before
                     FROM emar_deviceevent
                    WHERE home_id = %(home)s AND device_id = device.id AND sequence > greatest(recent.since, 0)
                   WINDOW numbers AS (ORDER BY sequence, received_at, id)) AS numbered
            WHERE before IS NOT NULL
              AND (sequence <> before + 1 OR told = 'records_lost'
                   OR hash_before IS NOT NULL AND previous_hash NOT IN ('', hash_before))
           ) AS found
     WHERE device.home_id = %(home)s
       AND NOT EXISTS (SELECT FROM emar_devicegapreview AS review
                        WHERE review.home_id = %(home)s AND review.device_id = device.id
                          AND review.after_sequence = found.before AND review.before_sequence = found.sequence)
     ORDER BY found.came_after DESC, device.id, found.sequence
"""
LAST_EVENT_OF_DEVICES = """
    SELECT device.id, last.received_at, last.content, last.answer
      FROM emar_device AS device
     CROSS JOIN LATERAL (
           SELECT received_at, content, answer FROM emar_deviceevent
            WHERE home_id = %(home)s AND device_id = device.id
            ORDER BY sequence DESC LIMIT 1) AS last
     WHERE device.home_id = %(home)s
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in a device's events where something is wrong.

    `kind` is `missing` (numbers between the two never came), `chain` (they follow, but the second was made after
    another event than the first), `twice` (two events have one number) or `lost` (the device says itself that its
    records were wiped or put back from an old copy). `came_before` is None at the beginning.
    """

    device_id: UUID
    device_name: str
    after_sequence: int
    before_sequence: int
    came_before: datetime | None
    came_after: datetime
    kind: str

    @property
    def missing(self) -> int:
        """How many events are missing for certain."""
        return max(0, self.before_sequence - self.after_sequence - 1)


@dataclass(frozen=True, slots=True)
class LastHeard:
    """What a device last sent, and how far its clock was off then (positive: behind ours; None: not measured)."""

    received_at: datetime
    clock_off: timedelta | None

    @property
    def is_clock_wrong(self) -> bool:
        """Whether the clock is off by more than people should have to know."""
        return self.clock_off is not None and abs(self.clock_off) > CLOCK_WARNING

    @property
    def is_round_refused(self) -> bool:
        """Whether the device starts no new round until its clock is set."""
        return self.clock_off is not None and abs(self.clock_off) > NO_NEW_ROUND


@dataclass(frozen=True, slots=True)
class MayHold:
    """What a device that is lost may still hold: acts since it was last heard of, of whoever was signed in."""

    device: Device
    last_heard: LastHeard | None
    signed_in: tuple[str, ...]


def gaps(home_id: int) -> list[Gap]:
    """Return every gap of the home's devices that nobody has explained yet, the latest first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(FAULTS_OF_DEVICES, {"home": home_id, "events": LAST_EVENTS})
        return [Gap(*row) for row in cursor.fetchall()]


def last_heard(home_id: int) -> dict[UUID, LastHeard]:
    """Return what each device of the home sent last; devices that never sent anything are left out. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_EVENT_OF_DEVICES, {"home": home_id})
        return {pk: LastHeard(at, _clock_off(content)) for pk, at, content, _ in cursor.fetchall()}


def _clock_off(content: str) -> timedelta | None:
    # A held event may say anything.
    try:
        offset = json.loads(content).get("clock_offset_ms")
    except (ValueError, RecursionError):
        return None
    if not isinstance(offset, int) or isinstance(offset, bool) or abs(offset) > 10**12:
        return None
    return timedelta(milliseconds=offset)


def lost_devices(home_id: int) -> list[MayHold]:
    """Return the devices reported lost and not found again, with what each may still hold; the latest first."""
    lost = list(
        Device.objects.filter(home_id=home_id, lost_at__isnull=False).select_related("lost_by").order_by("-lost_at")
    )
    heard = last_heard(home_id)
    people: dict[UUID, list[str]] = {}
    sign_ins = DeviceSignIn.objects.filter(home_id=home_id, device__in=lost).select_related("staff_member")
    for each in sign_ins.order_by("device_id", "-signed_in_at"):
        last = heard.get(each.device_id)
        names = people.setdefault(each.device_id, [])
        # Only whoever was signed in when it was last heard of, or after, can have acts on it that are not here.
        is_since = last is None or each.expires_at > last.received_at
        if is_since and each.staff_member.full_name not in names:
            names.append(each.staff_member.full_name)
    return [MayHold(each, heard.get(each.pk), tuple(people.get(each.pk, ()))) for each in lost]
