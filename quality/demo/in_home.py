"""What the numbers of a demo home look like: how far it went live, what it timed, what went wrong and came of it.

Everything goes through the operations, as people would do it. The homes differ: one is measured well, one hardly, one
has a slow Wi-Fi, so that every page has something to show and something that is missing.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from emar.demo.chance import draw, id_at
from emar.demo.council import Team, team_of
from emar.models import CareHome, Device, DeviceEvent, Resident
from emar.rules.wall_clock import ONE_DAY, local_day
from emar.scope import scope
from quality.demo.standing import MINUTES
from quality.models import GoLiveStep
from quality.operations import going_live, incidents, savings
from quality.operations.incidents import Judgement, Report
from quality.queries.record_counts import first_day
from quality.rules.going_live import Item, Stage
from quality.rules.incidents import Assessment
from quality.rules.savings import ENOUGH, CostKind

#: How often each home of the demo timed its work on each side; one whose name is not here does as the first.
TIMES = {"Larkfield House": ENOUGH, "Calder Court": 4, "Mersea Rise": 0}
SLOW = "Mersea Rise"


@dataclass(frozen=True, slots=True)
class _Told:
    """One incident that people of a demo home reported and judged."""

    days_ago: int
    kind: str
    words: str
    found: Assessment
    factors: tuple[str, ...]
    learning: str
    action: str = ""
    is_done: bool = False


_INCIDENTS = (
    _Told(
        16, "wrong_time", "Parkinson’s tablets given at 09:40 instead of 08:00: the round began late after a fall.",
        Assessment(merp="D", physical="none", psychological="none"), ("workload", "interrupted"),
        "Time-critical medicines go first, whatever else happens.",
        "Give time-critical medicines before the round begins", is_done=True,
    ),
    _Told(
        24, "wrong_dose", "Two 2.5 mg tablets given where one was due. GP told; watched; drowsy the next day.",
        Assessment(merp="E", physical="low", psychological="low"), ("look_alike", "label"),
        "Two strengths of one medicine stood in one drawer.", "Keep strengths of one medicine in separate drawers",
    ),
    _Told(
        30, "wrong_resident", "Brought to the wrong door; seen on the photograph before anything was given.",
        Assessment(merp="B", physical="none", psychological="none"), ("resident", "room"),
        "Ask for the name at the door, every time.",
    ),
)  # fmt: skip


def tell_of_home(home: CareHome, at: datetime) -> None:
    """Write down what a demo home did besides giving medicines; when it has done so already, count again only."""
    with scope(home=home.pk):
        began = first_day(home.pk)
        if began is None:
            return
        team, times = team_of(home), TIMES.get(home.name, ENOUGH)
        live_at = at - (local_day(at) - began)
        if not GoLiveStep.objects.filter(home=home).exists():
            if times:
                _time(home, team, live_at - 42 * ONE_DAY, times, is_baseline=True)
            _go_live(home, team, live_at, at, is_evaluated=times >= ENOUGH)
            if times:
                _time(home, team, live_at + 2 * ONE_DAY, times, is_baseline=False)
                _cost(home, team, at)
            _survey(home, at, is_slow=home.name == SLOW)
            _report(home, team, at)
        incidents.draft(home_id=home.pk, at=at)
        savings.count(home_id=home.pk, at=at)
        going_live.write_readiness(home_id=home.pk, at=at)


def _time(home: CareHome, team: Team, begins: datetime, samples: int, *, is_baseline: bool) -> None:
    by = team.seniors[0].pk if team.seniors else team.manager.pk
    chance = draw(home.name, "timings", is_baseline)
    for process, (before, since, per_month) in MINUTES.items():
        minutes = before if is_baseline else since
        said_id = id_at(begins, home.name, process, "often")
        savings.say_frequency(
            said_id=said_id, home_id=home.pk, process=process, is_baseline=is_baseline, per_month=Decimal(per_month),
            by=team.manager.pk, at=begins,
        )  # fmt: skip
        for number in range(samples):
            at = begins + number * 3 * ONE_DAY
            took = timedelta(minutes=max(5.0, chance.gauss(minutes, minutes * 0.2)))
            sample = savings.start(
                sample_id=id_at(at, home.name, process), home_id=home.pk, process=process, by=by, at=at
            )
            savings.stop(sample=sample, people=1, by=by, at=at + took)


def _go_live(home: CareHome, team: Team, live_at: datetime, at: datetime, *, is_evaluated: bool) -> None:
    stages = [(Stage.INTERVENTION, live_at - 45 * ONE_DAY), (Stage.DEPLOYMENT, live_at - 14 * ONE_DAY)]
    stages.append((Stage.USAGE, live_at))
    if is_evaluated:
        stages.append((Stage.EVALUATION, at - 7 * ONE_DAY))
    for stage, since in stages:
        going_live.reach_stage(
            step_id=id_at(since, home.name, stage), home_id=home.pk, stage=stage, since_on=local_day(since),
            by=team.manager.pk, at=since,
        )  # fmt: skip
    for item in (Item.DATA_SECURITY, Item.CHAMPION) + ((Item.DOWNTIME,) if is_evaluated else ()):
        going_live.answer(
            answer_id=id_at(live_at, home.name, item), home_id=home.pk, item=item, is_met=True, by=team.manager.pk,
            at=live_at,
        )  # fmt: skip


def _cost(home: CareHome, team: Team, at: datetime) -> None:
    spent = (
        (CostKind.START_UP, "Four phones and their cases", "920.00", False),
        (CostKind.HIDDEN, "Training: two hours each for everybody who gives medicines", "610.00", False),
        (CostKind.RUNNING, "Wi-Fi and support", "45.00", True),
    )
    for kind, words, pounds, is_monthly in spent:
        said = savings.Spent(id_at(at, home.name, words), kind, words, Decimal(pounds), is_monthly)
        savings.write_cost(home_id=home.pk, spent=said, by=team.manager.pk, at=at)
    figures = {"hour_low": Decimal("12.50"), "hour_high": Decimal("18.00"), "waste_before": Decimal("140.00")}
    savings.set_policy(home_id=home.pk, figures=figures, by=team.manager.pk, at=at)


def _survey(home: CareHome, at: datetime, *, is_slow: bool) -> None:
    """Let the home's device have measured its Wi-Fi in every room but two; in a slow home the far rooms are poor."""
    device = Device.objects.filter(home=home).order_by("enrolled_at").first()
    if device is None:
        return
    people = list(Resident.objects.filter(home=home).select_related("unit").order_by("unit_id", "corridor_order"))
    chance = draw(home.name, "wifi")
    rooms = []
    for person in people[:-2]:
        is_poor = is_slow and chance.random() < 0.4
        rooms.append({
            "room": person.room, "unit": person.unit.name, "tries": 30, "failed": chance.randint(4, 9) * is_poor,
            "latency_ms": chance.randint(60, 180) * (9 if is_poor else 1),
            "slowest_ms": chance.randint(300, 900) * (6 if is_poor else 1),
        })  # fmt: skip
    offline = 8100 if is_slow else 240
    content = json.dumps({"rooms": rooms, "offline_seconds": offline, "drops": 37 if is_slow else 2})
    DeviceEvent.objects.create(
        # A demo's device cannot speak: its key is known to nobody.
        id=id_at(at, home.name, "network"), home=home, device=device, sequence=1, previous_hash="",
        hash=sha256(content.encode()).hexdigest(), kind="network", content=content, answer="accepted",
        received_at=at - ONE_DAY,
    )  # fmt: skip


def _report(home: CareHome, team: Team, at: datetime) -> None:
    """Report, judge and close what people of the home noticed themselves."""
    person = Resident.objects.filter(home=home).order_by("pk").first()
    by = team.seniors[0].pk if team.seniors else team.manager.pk
    for told in _INCIDENTS:
        happened = at - told.days_ago * ONE_DAY
        reached = told.found.reached_the_person
        said_id, whom = id_at(happened, home.name, told.kind), person.pk if person else None
        said = Report(said_id, told.kind, told.words, happened, reached, whom)
        incident = incidents.report(home_id=home.pk, said=said, by=by, at=happened + timedelta(hours=2))
        judged_at = happened + ONE_DAY
        judgement = Judgement(
            id_at(judged_at, home.name, told.kind), told.found, "Spoke with everybody who was there.", 1,
            told.factors, told.learning,
        )  # fmt: skip
        incidents.assess(incident=incident, judgement=judgement, by=team.manager.pk, at=judged_at)
        if told.action:
            action = incidents.plan_action(
                action_id=id_at(judged_at, home.name, told.action), incident=incident, words=told.action, who_id=by,
                until_on=local_day(judged_at + 14 * ONE_DAY), by=team.manager.pk, at=judged_at,
            )  # fmt: skip
            if told.is_done:
                incidents.finish_action(
                    action=action, outcome="Done on every unit.", by=by, at=judged_at + 5 * ONE_DAY
                )  # fmt: skip
        if not told.action or told.is_done:
            incidents.close(incident=incident, outcome=told.learning, by=team.manager.pk, at=judged_at + 6 * ONE_DAY)
