"""One invented home, its tablets and a network that cannot be trusted, played round by round from a seed.

A round is one turn: something happens to one tablet, to the network or at the desk, and the clock moves on. The same
seed plays the same history. What really happened is kept here, apart from what the server was told, for the checker
(tests.simulation.checker).
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from uuid_utils.compat import uuid7

from emar.models import Administration, Device, PinLock, Prescription, Role
from emar.operations import administrations, devices
from emar.scope import scope
from stock.models import StockLine, StockPack
from stock.operations import ledger
from tests import factories as make
from tests.simulation.server import Cut, Server
from tests.simulation.tablet import Disk, Event, Tablet, seal, zulu

PIN, WRONG_PIN = "4071", "9999"
START_AT = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
RESIDENTS, MEDICINES, TABLETS, CARERS = 4, 3, 3, 3
MOST_LOSS, MOST_REPLAY = 0.30, 0.50
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: What may happen in a round, and how often against the others.
TURNS: dict[str, float] = {
    "give": 34, "sync": 30, "arrive_late": 10, "sign_in": 8, "pull": 4, "scan": 3, "round": 2, "go_offline": 2,
    "crash": 2, "jump_clock": 1, "garbage": 1, "unlock": 2, "book_in": 0.7, "correct": 0.7, "reuse_id": 1.5,
    "stop": 0.3, "replace": 0.8, "wipe": 0.3, "revoke": 0.3,
}  # fmt: skip


@dataclass
class Act:
    """What really happened once: by which device it was confirmed, and as which events it was sent."""

    number: int
    kind: str
    device_id: str
    ids: set[str] = field(default_factory=set)
    is_wiped: bool = False
    must_be_held: bool = False


@dataclass
class Flying:
    """A copy of a call that the network still holds. Nobody hears its answer."""

    device_id: str
    key: str
    events: list[Event]


class World:
    """A home and everything that happens to it."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.nonce = uuid4()
        self.minted = 0
        self.now = START_AT
        self.history: list[str] = []
        self.problems: list[str] = []
        self.counts: Counter[str] = Counter()
        self.acts: list[Act] = []
        self.flying: list[Flying] = []
        self.booked: Counter[int] = Counter()
        self.wrong_pins: Counter[tuple[str, int]] = Counter()
        self.loss, self.replay = self.draw.random() * MOST_LOSS, self.draw.random() * MOST_REPLAY
        self._furnish()

    # The home

    def _furnish(self) -> None:
        self.home = make.make_home()
        self.unit = make.make_unit(home=self.home)
        self.manager = make.make_staff_member(home=self.home, role=Role.MANAGER)
        self.senior = make.make_staff_member(home=self.home, role=Role.SENIOR)
        self.carers = [make.make_staff_member(home=self.home) for _ in range(CARERS)]
        self.round = make.round_of(self.unit)
        with scope(home=self.home.pk):
            for carer in self.carers:
                devices.set_pin(staff_member=carer, pin=PIN, home_id=self.home.pk, by=self.manager.pk, at=START_AT)
        self.lines: list[Prescription] = []
        self.packs: dict[UUID, str] = {}
        medicines = [make.make_medicine() for _ in range(MEDICINES)]
        for _ in range(RESIDENTS):
            resident = make.make_resident(unit=self.unit)
            for place, medicine in enumerate(medicines):
                schedule = make.when_required() if place == 0 else make.regular("Morning", "Lunch", "Tea", "Night")
                line = make.make_prescription(
                    resident=resident, by=self.manager, medicine=medicine, schedule=schedule, checked_by=self.senior
                )
                self.lines.append(line)
                with scope(home=self.home.pk):
                    stock = StockLine.objects.create(
                        home=self.home, resident=resident, medicine=medicine, unit="tablet"
                    )
                self._book(stock)
                self.packs[line.pk] = self._book(stock)
        self.server = Server(self.home.pk)
        self.tablets = [self._enrolled(f"tablet {number}") for number in range(TABLETS)]
        self.retired: list[Tablet] = []

    def _book(self, stock: StockLine) -> str:
        pack = StockPack(
            id=uuid7(), home=self.home, line=stock, label_code=f"EP{uuid4().hex[:12].upper()}", expires_on=None
        )
        with scope(home=self.home.pk):
            ledger.book_in(pack=pack, quantity=Decimal(28), by=self.manager.pk, at=self.now)
        self.booked[stock.pk] += 28
        return str(pack.pk)

    def _enrolled(self, name: str) -> Tablet:
        with scope(home=self.home.pk):
            code = devices.invite(home_id=self.home.pk, by=self.manager.pk, at=self.now)
        told = devices.enrol(code=code, name=name, at=self.now)
        disk = Disk(str(told.device.pk), told.key, lease_until=told.device.lease_expires_at)
        return Tablet(name, disk, random.Random(self.draw.random()))

    # Playing

    def play(self, rounds: int) -> None:
        """Play so many rounds, then heal the network and let every tablet that still can send what it holds."""
        names, weights = list(TURNS), list(TURNS.values())
        for number in range(rounds):
            self.now += timedelta(seconds=self.draw.randint(20, 420))
            name = self.draw.choices(names, weights)[0]
            tablet = self.draw.choice(self.tablets)
            turn: Callable[[Tablet], str | None] = getattr(self, f"_{name}")
            said = turn(tablet)
            if said is None:
                # Nobody who finds a tablet signed out, or nothing to do on it, stands and waits.
                name = "sync" if tablet.may_act(self.now) else "sign_in"
                said = self._sync(tablet) if name == "sync" else self._sign_in(tablet)
            self.counts[name if said is not None else f"no {name}"] += 1
            self.history.append(f"{number} {name} {tablet.name}: {said}")
        self._heal()

    def digest(self) -> str:
        """Return a short name of the whole history, in words that no two runs differ in."""
        return hashlib.sha256(json.dumps(self.history).encode()).hexdigest()

    def _heal(self) -> None:
        while self.flying:
            self._arrive_late(self.tablets[0])
        for tablet in [*self.tablets, *self.retired]:
            for _ in range(100):
                if not tablet.unsent():
                    break
                self.now += timedelta(seconds=1)
                self._heard(tablet)
            self.history.append(f"healed {tablet.name}: {len(tablet.unsent())} left")

    def event_id(self) -> str:
        """Return an id that is new in this run, and in the same place of the order in every run of the seed."""
        self.minted += 1
        return str(uuid5(self.nonce, str(self.minted)))

    def _is_cut_off(self, tablet: Tablet) -> bool:
        return tablet.offline_until is not None and self.now < tablet.offline_until

    # What carers do

    def _act(self, tablet: Tablet, kind: str, body: dict[str, Any], *, must_be_held: bool = False) -> Act:
        act = Act(len(self.acts), kind, tablet.disk.device_id, must_be_held=must_be_held)
        self.acts.append(act)
        entry = tablet.keep(act.number, self.event_id(), kind, body, self.now)
        act.ids.add(str(entry.event["id"]))
        return act

    def _give(self, tablet: Tablet) -> str | None:
        if not tablet.may_act(self.now):
            return None
        body = self._again(tablet) or (self._due_body(tablet) if self.draw.random() < 0.85 else self._prn_body(tablet))
        if body is None:
            return None
        self._act(tablet, "administration", body)
        return f"{body['outcome']} {body['due_at']}"

    def _again(self, tablet: Tablet) -> dict[str, Any] | None:
        """Now and then two carers stand at one trolley, and the second gives what the first just gave."""
        waiting = [entry.event["body"] for entry in tablet.unsent() if entry.event["body"].get("due_at")]
        if not waiting or self.draw.random() > 0.15:
            return None
        line = next(each for each in self.lines if str(each.pk) == waiting[-1]["prescription_id"])
        return self._body(line, waiting[-1]["due_at"], tablet.corrected(self.now))

    def _due_body(self, tablet: Tablet) -> dict[str, Any] | None:
        believed = tablet.corrected(self.now)
        mine: dict[tuple[str, str], list[str]] = {}
        for entry in tablet.disk.entries:
            body = entry.event["body"]
            if entry.event["kind"] == "administration" and body.get("due_at"):
                mine.setdefault((body["prescription_id"], body["due_at"]), []).append(body["outcome"])
        snapshot = tablet.disk.snapshot or {"due": []}
        open_ = []
        for due in snapshot["due"]:
            own = mine.get((due["prescription_id"], due["due_at"]), [])
            is_near = _instant(due["early_from"]) <= believed <= _instant(due["closes_at"]) + 3 * HOUR
            is_answered = due["answered"] is not None and due["answered"]["outcome"] == "given"
            if is_near and not is_answered and "given" not in own and len(own) < 2:
                open_.append(due)
        if not open_:
            return None
        # Carers begin at the top of the same list, which is how two of them come to give the same dose.
        due = self.draw.choice(open_[:6])
        line = next((each for each in self.lines if str(each.pk) == due["prescription_id"]), None)
        return None if line is None else self._body(line, due["due_at"], believed)

    def _prn_body(self, tablet: Tablet) -> dict[str, Any] | None:
        needed = [line for line in self.lines if line.schedule["kind"] == "when_required"]
        return self._body(self.draw.choice(needed), None, tablet.corrected(self.now))

    def _body(self, line: Prescription, due_at: str | None, given_at: datetime) -> dict[str, Any]:
        outcome = self.draw.choices(["given", "refused", "asleep"], [85, 10, 5])[0]
        is_given = outcome == "given"
        return {
            "resident_id": line.resident_id,
            "prescription_id": str(line.pk),
            "prescription_version": line.version,
            "due_at": due_at,
            "given_at": zulu(given_at),
            "outcome": outcome,
            "amount": self.draw.choice(["1", "1", "1", "0.5", "2"]) if is_given else None,
            "unit": "tablet",
            "pack_id": self.packs[line.pk] if is_given and self.draw.random() < 0.9 else None,
            "scan": {"how": "wedge", "text": "EP", "by_hand_reason": None},
            "note": None,
            "round_id": self.round.pk,
        }

    def _scan(self, tablet: Tablet) -> str | None:
        if not tablet.may_act(self.now):
            return None
        body = {
            "resident_id": None, "prescription_id": None, "due_at": None, "how": "camera", "text": "EPABC234",
            "symbology": None, "meaning": "own_label", "result": "stopped", "findings": [{"code": "wrong_resident"}],
        }  # fmt: skip
        self._act(tablet, "scan", body)
        return "stopped"

    def _round(self, tablet: Tablet) -> str | None:
        if not tablet.may_act(self.now):
            return None
        kind = self.draw.choice(["round_started", "round_finished"])
        self._act(tablet, kind, {"round_id": self.round.pk, "on": tablet.corrected(self.now).date().isoformat()})
        return kind

    def _garbage(self, tablet: Tablet) -> str | None:
        """Send what no server can understand: a fault in an app must not stop the acts behind it."""
        if not tablet.may_act(self.now):
            return None
        kind, body = self.draw.choice(
            [
                ("sung", {}),
                ("administration", {"outcome": "given"}),
                ("scan", {"how": "smelled"}),
                ("round_started", {}),
            ]
        )
        self._act(tablet, kind, body, must_be_held=True)
        return kind

    def _sign_in(self, tablet: Tablet) -> str | None:
        if tablet.may_act(self.now) or self._is_cut_off(tablet):
            return None
        guessing = [each for each in self.carers if 0 < self.wrong_pins[tablet.disk.device_id, each.pk] < 5]
        carer = self.draw.choice(guessing if guessing and self.draw.random() < 0.5 else self.carers)
        place = tablet.disk.device_id, carer.pk
        # Whoever was wrong once goes on guessing.
        pin = WRONG_PIN if self.draw.random() < (0.8 if self.wrong_pins[place] else 0.15) else PIN
        if self.wrong_pins[place] >= 5:
            expected = "locked"
        elif pin == WRONG_PIN:
            self.wrong_pins[place] += 1
            left = 5 - self.wrong_pins[place]
            expected = f"wrong, {left} left" if left else "locked"
        else:
            self.wrong_pins[place] = 0
            expected = "signed in"
        said = self.server.sign_in(tablet, carer.pk, pin, self.now)
        if said != expected:
            self.problems.append(f"sign-in said {said!r} and not {expected!r}")
        if said == "signed in":
            tablet.signed_in = carer.pk
            self.server.pull(tablet, self.now)
        return said

    # The network

    def _sync(self, tablet: Tablet) -> str | None:
        everybody = [each for each in [*self.tablets, *self.retired] if each.unsent()]
        if not everybody:
            return None
        tablet = tablet if tablet.unsent() else self.draw.choice(everybody)
        if tablet.next_try is not None and self.now < tablet.next_try:
            return None
        if self._is_cut_off(tablet) or self.draw.random() < self.loss:
            tablet.hear_nothing(self.now)
            return "lost on the way"
        fate = self.draw.random()
        events = tablet.batch()
        self._remember_ids(tablet)
        if self.draw.random() < self.replay:
            self.flying.append(Flying(tablet.disk.device_id, tablet.disk.key, events))
        if fate < 0.08:
            # Held up on the way: it arrives, but long after the tablet has given up and sent it again.
            self.flying.append(Flying(tablet.disk.device_id, tablet.disk.key, events))
            tablet.hear_nothing(self.now)
            return f"{len(events)} held up"
        if fate < 0.16:
            self._cut(tablet, events)
            tablet.hear_nothing(self.now)
            return f"{len(events)} cut off before the commit"
        if fate < 0.16 + self.loss:
            self.server.take(tablet.disk.device_id, tablet.disk.key, events, self.now)
            tablet.hear_nothing(self.now)
            return f"{len(events)} taken, and the answer lost"
        return self._heard(tablet)

    def _cut(self, tablet: Tablet, events: list[Event]) -> None:
        try:
            self.server.take(tablet.disk.device_id, tablet.disk.key, events, self.now, is_cut=True)
        except Cut:
            return
        self.problems.append("a cut call was answered")

    def _heard(self, tablet: Tablet) -> str:
        self._remember_ids(tablet)
        events = tablet.batch()
        reply = self.server.take(tablet.disk.device_id, tablet.disk.key, events, self.now)
        tablet.hear(list(reply.answers), self.now, reply.lease_until, self.now)
        return " ".join(str(each["answer"]) for each in reply.answers)

    def _remember_ids(self, tablet: Tablet) -> None:
        for entry in tablet.disk.entries:
            self.acts[entry.act].ids.add(str(entry.event["id"]))

    def _arrive_late(self, tablet: Tablet) -> str | None:
        """Let a copy arrive that the network held, in any order, now and then damaged on its way."""
        if not self.flying:
            return None
        late = self.flying.pop(self.draw.randrange(len(self.flying)))
        events = list(late.events)
        if self.draw.random() < 0.05:
            place = self.draw.randrange(len(events))
            events[place] = events[place] | {"entered_at": zulu(self.now - HOUR)}
        if self.draw.random() < 0.2:
            self.draw.shuffle(events)
        self.now += timedelta(seconds=1)
        self.server.take(late.device_id, late.key, events, self.now)
        if self.draw.random() < self.replay / 2:
            self.flying.append(late)
        return f"{len(events)} came late"

    def _reuse_id(self, tablet: Tablet) -> str | None:
        """Send another act under the id of one that the server has: it is refused, and what is there stays."""
        answered = [entry for entry in tablet.disk.entries if entry.answer is not None]
        sent = [entry for entry in answered if not self.acts[entry.act].must_be_held]
        if not sent or self._is_cut_off(tablet):
            return None
        event = self.draw.choice(sent).event
        forged = seal(event | {"body": event["body"] | {"note": "another act"}})
        [answer] = self.server.take(tablet.disk.device_id, tablet.disk.key, [forged], self.now).answers
        if answer["answer"] != "refused":
            self.problems.append(f"an id used again for something else was {answer['answer']}")
        return str(answer["answer"])

    def _pull(self, tablet: Tablet) -> str | None:
        if self._is_cut_off(tablet) or tablet.signed_in is None:
            return None
        self.server.pull(tablet, self.now)
        return "pulled"

    def _go_offline(self, tablet: Tablet) -> str | None:
        hours = self.draw.choice([1, 2, 4, 8, 30, 30])
        tablet.offline_until = self.now + hours * HOUR
        return f"{hours} h"

    # What befalls tablets

    def _crash(self, tablet: Tablet) -> str | None:
        tablet.crash()
        return "crashed"

    def _jump_clock(self, tablet: Tablet) -> str | None:
        minutes = self.draw.choice([0, self.draw.randint(-1440, 1440)])
        tablet.clock_error = minutes * MINUTE
        return f"{minutes} min"

    def _wipe(self, tablet: Tablet) -> str | None:
        """Clear the storage: what was unsent is gone with the key, and the tablet is enrolled as a new one."""
        for entry in tablet.unsent():
            self.acts[entry.act].is_wiped = True
        lost = len(tablet.unsent())
        self.tablets[self.tablets.index(tablet)] = self._enrolled(tablet.name)
        return f"{lost} lost"

    def _revoke(self, tablet: Tablet) -> str | None:
        """Take the tablet out of use that was out of touch for longest; it may still send what it holds."""
        tablet = max(self.tablets, key=lambda each: len(each.unsent()))
        with scope(home=self.home.pk):
            device = Device.objects.get(pk=tablet.disk.device_id)
            devices.revoke(device=device, by=self.manager.pk, at=self.now)
        tablet.signed_in, tablet.is_revoked = None, True
        self.retired.append(tablet)
        self.tablets[self.tablets.index(tablet)] = self._enrolled(tablet.name)
        return f"{len(tablet.unsent())} held"

    # The desk

    def _unlock(self, tablet: Tablet) -> str | None:
        with scope(home=self.home.pk):
            lock = PinLock.objects.filter(locked_at__isnull=False).order_by("pk").first()
            if lock is None:
                return None
            devices.unlock_pin(lock=lock, by=self.senior.pk, at=self.now)
        self.wrong_pins[str(lock.device_id), lock.staff_member_id] = 0
        return "unlocked"

    def _active(self) -> list[Prescription]:
        return [line for line in self.lines if line.stopped_at is None and line.schedule["kind"] == "regular"]

    def _stop(self, tablet: Tablet) -> str | None:
        active = self._active()
        if len(active) < 6:
            return None
        self._end(self.draw.choice(active))
        return "stopped"

    def _end(self, line: Prescription) -> None:
        line.stopped_at, line.stopped_by_id, line.stop_reason = self.now, self.senior.pk, "GP said so"
        with scope(home=self.home.pk):
            ledger.lock_home(self.home.pk)
            line.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])

    def _replace(self, tablet: Tablet) -> str | None:
        """Change a dose: one prescription stops and another takes its place, while tablets may hold the old one."""
        active = self._active()
        if not active:
            return None
        old = self.draw.choice(active)
        self._end(old)
        new = make.make_prescription(
            resident=old.resident, by=self.manager, medicine=old.medicine, schedule=old.schedule, replaces=old,
            version=old.version + 1, written_at=self.now, checked_at=self.now, checked_by=self.senior,
        )  # fmt: skip
        self.lines.append(new)
        self.packs[new.pk] = self.packs[old.pk]
        # One tablet hears of it at once; the others give what they know until they pull.
        self.server.latest = None
        if not self._is_cut_off(tablet):
            self.server.pull(tablet, self.now)
        return f"version {new.version}"

    def _book_in(self, tablet: Tablet) -> str | None:
        with scope(home=self.home.pk):
            stock = self.draw.choice(list(StockLine.objects.order_by("pk")))
        self._book(stock)
        return "28 came"

    def _correct(self, tablet: Tablet) -> str | None:
        """Find that one of two records of a dose was entered in error."""
        with scope(home=self.home.pk):
            doubled = Administration.objects.filter(answer="conflict", correction__isnull=True)
            record = doubled.order_by("received_at", "id").first()
            if record is None:
                return None
            administrations.correct(
                correction_id=uuid7(), administration=record, replacement=None, reason="entered twice",
                by=self.senior.pk, at=self.now,
            )  # fmt: skip
        return "corrected"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
