"""Faults planted into the sync code and the device, each of which the simulation must find."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from emar.operations import administrations, device_events, dose_findings
from emar.operations.device_events import Answer, Received
from emar.rules import judging
from stock.operations import ledger
from tests.simulation.server import Server
from tests.simulation.tablet import Entry, Tablet, seal
from tests.simulation.world import World

Patch = pytest.MonkeyPatch
FAULTS: dict[str, Callable[[Patch], None]] = {}


def fault(words: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Enter a fault under the words that say what is wrong with the code it makes."""

    def entered(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
        FAULTS[words] = plant
        return plant

    return entered


# The server


@fault("a resend is not recognised")
def _resend_unknown(patch: Patch) -> None:
    known = device_events._Intake._known
    patch.setattr(device_events._Intake, "_known", lambda self, events: known(self, events) and {})


@fault("an id used again for something else gets the first answer")
def _id_believed(patch: Patch) -> None:
    take = device_events._Intake.take

    def without_comparing(self: Any, raw: Any) -> None:
        take(self, raw)
        self.answers = [Answer(each.id, "recorded") if each.answer == "refused" else each for each in self.answers]

    patch.setattr(device_events._Intake, "take", without_comparing)


@fault("other records of a due dose are not looked for")
def _doubles_unseen(patch: Patch) -> None:
    patch.setattr(administrations.facts, "other_answers", lambda home_id, slots: {})


@fault("doses of the same batch do not know of each other")
def _batch_forgets(patch: Patch) -> None:
    patch.setattr(dose_findings, "_remember", lambda dose, known: None)


@fault("a conflict is answered as if it were a finding")
def _conflict_softened(patch: Patch) -> None:
    answer = administrations._answer
    patch.setattr(administrations, "_answer", lambda found: answer(found).replace("conflict", "recorded_with_findings"))


@fault("a dose that was replaced by another prescription is a dose of its own")
def _lineage_cut(patch: Patch) -> None:
    for module in (administrations, dose_findings):
        patch.setattr(module, "slot_of", lambda dose, lines: (dose.prescription_id, dose.due_at))


@fault("not given after given contradicts nothing")
def _two_answers_unseen(patch: Patch) -> None:
    found = judging._of_other_answers
    patch.setattr(
        judging, "_of_other_answers", lambda dose, is_given, others: found(dose, is_given, others) if is_given else []
    )


@fault("a dose without a pack takes no stock")
def _stock_kept(patch: Patch) -> None:
    moves = administrations.movements_of
    patch.setattr(administrations, "movements_of", lambda dose, *rest: moves(dose, *rest) if dose.pack_id else [])


@fault("stock is counted in whole tablets")
def _stock_rounded(patch: Patch) -> None:
    change = ledger.change
    patch.setattr(ledger, "change", lambda source, destination, quantity: change(source, destination, round(quantity)))


@fault("the chain forgets who moved it")
def _seal_weakened(patch: Patch) -> None:
    seal_movement = ledger.seal
    patch.setattr(
        ledger,
        "seal",
        lambda before, movement, *rest: seal_movement(before, device_events.replace(movement, moved_by_id=None), *rest),
    )


@fault("a batch that could not be written leaves the chain's end moved on")
def _head_left(patch: Patch) -> None:
    write = device_events._Intake._write

    def moving_on(self: Any, events: Any) -> Any:
        told = write(self, events)
        if any(each.answer == "held" for each in told):
            self.head.sequence += 1
            ledger.MOVE_HEAD.ask(self.home_id, self.head.sequence, self.head.hash)
        return told

    patch.setattr(device_events._Intake, "_write", moving_on)


@fault("one event that makes no sense holds the whole batch")
def _batch_held(patch: Patch) -> None:
    def all_or_nothing(self: Any, events: Any) -> Any:
        try:
            with device_events.transaction.atomic():
                return self._write_together(events) if events else []
        except Exception as problem:  # noqa: BLE001  that is the fault
            return [self._hold(event, str(problem)) for event in events]

    patch.setattr(device_events._Intake, "_write", all_or_nothing)


@fault("what a revoked device sends is thanked for and dropped")
def _revoked_dropped(patch: Patch) -> None:
    receive = device_events.receive

    def deaf(raw: Any, *, device: Any, at: Any) -> Received:
        if device.revoked_at is None:
            return receive(raw, device=device, at=at)
        return Received([Answer(each["id"], "recorded") for each in raw], 0)

    patch.setattr(device_events, "receive", deaf)


@fault("a revoked device is not flagged")
def _revoked_silent(patch: Patch) -> None:
    start = device_events._Intake.__init__

    def without(self: Any, *args: Any) -> None:
        start(self, *args)
        self.also = ()

    patch.setattr(device_events._Intake, "__init__", without)


@fault("what lay on a device for longer than a lease is not flagged")
def _lease_forgotten(patch: Patch) -> None:
    patch.setattr(device_events, "LEASE", timedelta(days=365))


@fault("the answer goes out before the commit")
def _answer_before_commit(patch: Patch) -> None:
    take = Server.take

    def too_soon(self: Server, device_id: str, key: str, events: Any, at: Any, *, is_cut: bool = False) -> Any:
        if not is_cut or not events:
            return take(self, device_id, key, events, at, is_cut=is_cut)
        with device_events.transaction.atomic():
            reply = take(self, device_id, key, events, at)
            device_events.transaction.set_rollback(True)
        for tablet in WORLDS[-1].tablets:
            if tablet.disk.device_id == device_id:
                tablet.hear(list(reply.answers), at, reply.lease_until, at)
        return take(self, device_id, key, [], at, is_cut=True)

    patch.setattr(Server, "take", too_soon)
    furnish = World._furnish

    def remembered(self: World) -> None:
        WORLDS.append(self)
        furnish(self)

    patch.setattr(World, "_furnish", remembered)


WORLDS: list[World] = []


@fault("a lock after five wrong PINs opens by itself")
def _lock_opens(patch: Patch) -> None:
    from emar.operations import devices

    patch.setattr(devices.pins, "WRONG_PINS_ALLOWED", 50)


# The device


@fault("the screen says safe before the disk has it")
def _kept_in_memory(patch: Patch) -> None:
    crash = Tablet.crash

    def losing(self: Tablet) -> None:
        crash(self)
        self.disk.entries = [entry for entry in self.disk.entries if entry.answer is not None]

    patch.setattr(Tablet, "crash", losing)


@fault("a batch counts as sent when it was not answered")
def _believed_sent(patch: Patch) -> None:
    def optimistic(self: Tablet, now: Any) -> None:
        for entry in self.unsent()[:50]:
            entry.answer = {"id": entry.event["id"], "answer": "recorded"}

    patch.setattr(Tablet, "hear_nothing", optimistic)


@fault("an act gets a new id with each try")
def _new_ids(patch: Patch) -> None:
    def renamed(self: Tablet) -> list[Any]:
        waiting: list[Entry] = self.unsent()[:50]
        for entry in waiting:
            entry.event = seal(entry.event | {"id": str(UUID(int=uuid4().int))})
        return [entry.event for entry in waiting]

    patch.setattr(Tablet, "batch", renamed)


@fault("after a crash the numbers begin again at the last answered one")
def _numbers_again(patch: Patch) -> None:
    crash = Tablet.crash

    def forgetful(self: Tablet) -> None:
        crash(self)
        answered = [entry.event for entry in self.disk.entries if entry.answer is not None]
        self.disk.sequence = max((int(event["sequence"]) for event in answered), default=0)

    patch.setattr(Tablet, "crash", forgetful)


@fault("the acts of one second follow the same one")
def _chain_forked(patch: Patch) -> None:
    keep = Tablet.keep

    def forked(self: Tablet, *args: Any) -> Entry:
        before = self.disk.last_hash
        entry = keep(self, *args)
        if self.disk.sequence % 7 == 0:
            self.disk.last_hash = before
        return entry

    patch.setattr(Tablet, "keep", forked)
