"""How far homes are with the record, what they still need, and how well the Wi-Fi of each room carries a round."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from emar.models import Device, DeviceEvent, HomeRole, MedicineRound, Prescription, Subject
from emar.queries.competencies import competences_of
from emar.queries.residents import residents
from emar.rules.wall_clock import local_day
from quality.models import GoLiveStep, ReadinessAnswer, TimeSample
from quality.queries.council import HomeOfCouncil
from quality.rules.going_live import LIVE, WORKED_OUT, Item, Measured, Room, Stage, is_wifi_ready, rooms_of
from quality.rules.savings import ENOUGH, ESTIMATE_COVERS

#: Measurements older than this say nothing about the Wi-Fi of today.
SURVEY_DAYS = 28
ASSESSED = frozenset({"valid", "ends_soon"})
#: One more device than rounds at once.
SPARE = 1


@dataclass(frozen=True, slots=True)
class Ready:
    """One thing a home needs: whether it has it, whether the system worked that out, and the figure it rests on."""

    item: Item
    is_met: bool
    is_worked_out: bool
    words: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """The Wi-Fi of a home as its devices measured it: room by room, and the minutes without any network."""

    rooms: tuple[Room, ...]
    minutes_offline: int
    drops: int
    devices: int
    lived_in: frozenset[tuple[str, str]]

    @property
    def unmeasured(self) -> list[tuple[str, str]]:
        """Rooms that somebody lives in and nobody has measured."""
        return sorted(self.lived_in - {(each.unit, each.room) for each in self.rooms})


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One home on a council's board: its stage and since when, why not, and how many things it still needs."""

    home: HomeOfCouncil
    step: GoLiveStep | None
    met: int
    asked: int


def steps(home_id: int) -> list[GoLiveStep]:
    """Return the stages a home went through, the latest first."""
    return list(GoLiveStep.objects.filter(home_id=home_id).select_related("said_by").order_by("-said_at", "-id"))


def live_since(home_id: int) -> date | None:
    """Return the day on which a home last went live, None while it is not."""
    since = None
    for step in reversed(steps(home_id)):
        since = (since or step.since_on) if Stage(step.stage) in LIVE else None
    return since


def survey(home_id: int, now: datetime) -> Survey:
    """Return what the home's devices measured of its Wi-Fi in the last four weeks. A few statements."""
    since = now - timedelta(days=SURVEY_DAYS)
    events = DeviceEvent.objects.filter(home_id=home_id, kind="network", received_at__gte=since)
    measured: list[Measured] = []
    offline = drops = 0
    devices = set()
    for device_id, content in events.values_list("device_id", "content"):
        said = _said(content)
        devices.add(device_id)
        offline += _whole(said.get("offline_seconds"))
        drops += _whole(said.get("drops"))
        measured += _rooms(said)
    lived_in = {(each.resident.unit.name, each.resident.room) for each in residents(home_id, now)}
    return Survey(tuple(rooms_of(measured)), offline // 60, drops, len(devices), frozenset(lived_in))


def _said(content: str) -> Mapping[str, object]:
    """Return what a device sent with its measurement; nothing where that cannot be read."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    body = found.get("body", found) if isinstance(found, dict) else {}
    return body if isinstance(body, dict) else {}


def _rooms(said: Mapping[str, object]) -> Iterator[Measured]:
    rooms = said.get("rooms")
    for each in rooms if isinstance(rooms, list) else []:
        if isinstance(each, dict) and each.get("room"):
            yield Measured(
                room=str(each["room"]),
                unit=str(each.get("unit", "")),
                tries=_whole(each.get("tries")),
                failed=_whole(each.get("failed")),
                latency_ms=_whole(each.get("latency_ms")),
                slowest_ms=_whole(each.get("slowest_ms")),
            )


def _whole(value: object) -> int:
    return max(0, int(value)) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def readiness(home_id: int, now: datetime, measured: Survey) -> list[Ready]:
    """Return what a home needs before its first round, in order, each worked out or as somebody last answered.

    `measured` is the home's survey of now.
    """
    answered = _answers(home_id)
    worked_out = _worked_out(home_id, now, measured)
    found = []
    for item in Item:
        if item in WORKED_OUT:
            is_met, words = worked_out[item]
            found.append(Ready(item, is_met, True, words))
        else:
            answer = answered.get(item)
            found.append(Ready(item, bool(answer and answer.is_met), False, "", answer.answered_at if answer else None))
    return found


def _answers(home_id: int) -> dict[str, ReadinessAnswer]:
    found = ReadinessAnswer.objects.filter(home_id=home_id).order_by("answered_at", "id")
    return {each.item: each for each in found}


def last_answers(home_id: int) -> dict[str, bool]:
    """Return the last answer to every item, also those that the system wrote down. One statement."""
    return {item: answer.is_met for item, answer in _answers(home_id).items()}


def _worked_out(home_id: int, now: datetime, measured: Survey) -> dict[Item, tuple[bool, str]]:
    return {
        Item.WIFI: _wifi(measured),
        Item.TRAINING: _training(home_id, now),
        Item.BASELINE: _baseline(home_id),
        Item.DEVICES: _devices(home_id, now),
        Item.MEDICINES: _medicines(home_id),
    }


def _wifi(found: Survey) -> tuple[bool, str]:
    good = sum(1 for each in found.rooms if each.verdict == "good" and (each.unit, each.room) in found.lived_in)
    return is_wifi_ready(found.rooms, found.lived_in), f"{good} of {len(found.lived_in)} rooms are good"


def _training(home_id: int, now: datetime) -> tuple[bool, str]:
    roles = HomeRole.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), home_id=home_id)
    people = set(roles.exclude(role="inspector").values_list("staff_member_id", flat=True))
    held = competences_of(home_id, people, now)
    able = sum(1 for each in people if held[each][Subject.MEDICINES].standing in ASSESSED)
    return bool(people) and able == len(people), f"{able} of {len(people)} are assessed"


def _baseline(home_id: int) -> tuple[bool, str]:
    samples = TimeSample.objects.filter(
        home_id=home_id, is_baseline=True, ended_at__isnull=False, set_aside_at__isnull=True
    )
    timed = dict.fromkeys(ESTIMATE_COVERS, 0)
    for process in samples.values_list("process", flat=True):
        if process in timed:
            timed[process] += 1
    enough = sum(1 for times in timed.values() if times >= ENOUGH)
    return enough == len(timed), f"{enough} of {len(timed)} desk processes are timed {ENOUGH} times"


def _devices(home_id: int, now: datetime) -> tuple[bool, str]:
    in_use = Device.objects.filter(home_id=home_id, revoked_at__isnull=True, lost_at__isnull=True).count()
    today = local_day(now)
    units = MedicineRound.objects.filter(home_id=home_id).exclude(ends_on__lte=today).values("unit").distinct().count()
    return in_use >= units + SPARE, f"{in_use} devices for {units} units"


def _medicines(home_id: int) -> tuple[bool, str]:
    active = Prescription.objects.filter(home_id=home_id, stopped_at__isnull=True)
    entered, unchecked = active.count(), active.filter(checked_at__isnull=True).count()
    return entered > 0 and unchecked == 0, f"{entered - unchecked} of {entered} prescriptions are checked"


def board(homes: Sequence[HomeOfCouncil]) -> list[BoardLine]:
    """Return the homes of a council with their stage and what is met, as the council may see them. Two statements."""
    ids = [each.pk for each in homes]
    latest = {each.home_id: each for each in GoLiveStep.objects.filter(home_id__in=ids).order_by("said_at", "id")}
    answers: dict[int, dict[str, bool]] = {}
    for each in ReadinessAnswer.objects.filter(home_id__in=ids).order_by("answered_at", "id"):
        answers.setdefault(each.home_id, {})[each.item] = each.is_met
    return [
        BoardLine(home, latest.get(home.pk), sum(answers.get(home.pk, {}).values()), len(Item)) for home in homes
    ]  # fmt: skip
