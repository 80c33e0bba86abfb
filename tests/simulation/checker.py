"""Does the record say what really happened? A reading of the rows of its own, apart from the code that wrote them.

It shares nothing with the sync code but the tables: rules are stated here again, shortly, from the design
(bedside.md, Offline; trust.md, Ledger invariants).
"""

import calendar
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from emar.scope import scope
from tests.simulation.world import Act, World

Row = dict[str, Any]
DAY = timedelta(hours=24)


def problems_of(world: World) -> list[str]:
    """Return everything that is wrong after a world was played, in words; empty when all promises were kept."""
    with scope(home=world.home.pk):
        return [*world.problems, *Checker(world).problems()]


def _rows(sql: str, *values: object) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class Checker:
    """The rows of a home, and what they must be."""

    def __init__(self, world: World) -> None:
        home = world.home.pk
        self.world = world
        self.records = _rows("SELECT *, id::text AS key FROM emar_administration WHERE home_id = %s", home)
        self.journal = _rows("SELECT *, id::text AS key FROM emar_deviceevent WHERE home_id = %s", home)
        self.scans = _rows("SELECT id::text AS key FROM emar_scanevent WHERE home_id = %s", home)
        self.rounds = _rows("SELECT id::text AS key FROM emar_roundevent WHERE home_id = %s", home)
        self.lines = _rows("SELECT *, id::text AS key FROM emar_prescription WHERE home_id = %s", home)
        self.moves = _rows(
            "SELECT *, id::text AS key, record_id::text AS record FROM stock_stockmovement WHERE home_id = %s "
            "ORDER BY chain_sequence",
            home,
        )
        self.stock = _rows("SELECT * FROM stock_stockline WHERE home_id = %s", home)
        self.corrected = {
            str(row["administration_id"]): row["corrected_at"]
            for row in _rows("SELECT * FROM emar_correction WHERE home_id = %s", home)
        }
        self.open_below = {
            row["line_id"]
            for row in _rows("SELECT * FROM stock_discrepancy WHERE home_id = %s AND kind = 'below_zero'", home)
        }
        self.revoked = {
            row["id"]: row["revoked_at"] for row in _rows("SELECT * FROM emar_device WHERE home_id = %s", home)
        }
        self.told = {row["key"]: row for row in self.journal}
        self.of_record = {row["key"]: row for row in self.records}

    def problems(self) -> Iterator[str]:
        """Give each promise that was not kept."""
        yield from self._same_answers()
        yield from self._nothing_lost()
        yield from self._nothing_doubled()
        yield from self._doubles_flagged()
        yield from self._late_and_revoked_flagged()
        yield from self._stock()
        yield from self._chain()
        yield from self._device_chains()

    def _same_answers(self) -> Iterator[str]:
        """The same id and content gets the same answer for ever; what the rows say is what was said."""
        first: dict[tuple[str, str], tuple[object, ...]] = {}
        for said in self.world.server.said:
            answer = (said.answer, said.findings, said.detail)
            if first.setdefault((said.id, said.hash), answer) != answer:
                yield f"same act, another answer: {first[said.id, said.hash]} then {answer}"
            row = self.told.get(said.id)
            if row is not None and row["hash"] == said.hash and row["answer"] != said.answer:
                yield f"said {said.answer}, and the journal has {row['answer']}"

    def _nothing_lost(self) -> Iterator[str]:
        """Every act that a screen confirmed is with the server, unless its storage was wiped first."""
        entries = {
            entry.act: entry for tablet in [*self.world.tablets, *self.world.retired] for entry in tablet.disk.entries
        }
        kept = {"administration": set(self.of_record), "scan": {row["key"] for row in self.scans}}
        rounds = {row["key"] for row in self.rounds}
        for act in self.world.acts:
            entry = entries.get(act.number)
            here = [self.told[pk] for pk in act.ids if pk in self.told]
            if entry is None and act.device_id not in self._devices_gone():
                yield f"act {act.number} was confirmed and is no longer on its device"
            if act.is_wiped and not here:
                continue
            if entry is not None and entry.answer is None:
                yield f"act {act.number} was never answered"
            if not here:
                yield f"act {act.number} ({act.kind}) was lost"
                continue
            yield from self._as_expected(act, here[0], kept.get(act.kind, rounds))

    def _devices_gone(self) -> set[str]:
        here = {tablet.disk.device_id for tablet in [*self.world.tablets, *self.world.retired]}
        return {act.device_id for act in self.world.acts} - here

    def _as_expected(self, act: Act, told: Row, kept: set[str]) -> Iterator[str]:
        if act.must_be_held:
            if told["answer"] != "held":
                yield f"act {act.number} makes no sense and was {told['answer']}"
            return
        if told["answer"] == "held":
            yield f"act {act.number} ({act.kind}) is sound and was held: {told['detail']}"
        elif told["key"] not in kept:
            yield f"act {act.number} ({act.kind}) was answered {told['answer']} and is not in the record"
        elif act.kind == "administration":
            yield from self._same_words(told)

    def _same_words(self, told: Row) -> Iterator[str]:
        content = json.loads(told["content"])
        body, record = content["body"], self.of_record[told["key"]]
        sent = (
            body["resident_id"], body["prescription_id"], body["outcome"], content["staff_id"],
            datetime.fromisoformat(body["given_at"]), body["due_at"] and datetime.fromisoformat(body["due_at"]),
            body["amount"] and Decimal(body["amount"]), datetime.fromisoformat(content["entered_at"]),
        )  # fmt: skip
        has = (
            record["resident_id"], str(record["prescription_id"]), record["outcome"], record["given_by_id"],
            record["given_at"], record["due_at"], record["amount"], record["entered_at"],
        )  # fmt: skip
        if sent != has:
            yield f"the record says {has} and the device said {sent}"
        if record["answer"] != told["answer"]:
            yield f"the record was answered {record['answer']} and its event {told['answer']}"

    def _nothing_doubled(self) -> Iterator[str]:
        """One act is one record and one movement, and nothing is recorded that nobody did."""
        acts = {pk: act.number for act in self.world.acts for pk in act.ids}
        times = Counter(acts.get(row["key"], -1) for row in self.records)
        for number, count in times.items():
            if number == -1:
                yield f"{count} records of acts that nobody did"
            elif count > 1:
                yield f"act {number} was recorded {count} times"
        for key, count in Counter(row["record"] for row in self.moves if row["record"]).items():
            if count != 1 or key not in self.of_record:
                yield f"{count} movements name record {key}"

    def _doubles_flagged(self) -> Iterator[str]:
        """Of two answers to one due dose that cannot both be the whole truth, the second is a conflict; no other is."""
        before: dict[tuple[str, datetime], list[Row]] = defaultdict(list)
        for record in sorted(self.records, key=lambda row: (row["received_at"], self.told[row["key"]]["sequence"])):
            is_conflict = record["answer"] == "conflict"
            expected = False
            if record["due_at"] is not None:
                slot = self._first_of(str(record["prescription_id"])), record["due_at"]
                expected = self._contradicts(record, before[slot])
                before[slot].append(record)
            if is_conflict != expected:
                words = "was not flagged" if expected else "was flagged though nothing contradicts it"
                yield f"{record['outcome']} of {record['due_at']} {words}"

    def _first_of(self, prescription: str) -> str:
        replaced = {row["key"]: row["replaces_id"] for row in self.lines}
        while replaced[prescription] is not None:
            prescription = str(replaced[prescription])
        return prescription

    def _contradicts(self, record: Row, others: list[Row]) -> bool:
        standing = [
            other
            for other in others
            if other["key"] not in self.corrected or self.corrected[other["key"]] > record["received_at"]
        ]
        given = [other for other in standing if other["outcome"] == "given"]
        if record["outcome"] == "given":
            return bool(given) or any(other["given_at"] > record["given_at"] for other in standing)
        return any(other["given_at"] <= record["given_at"] for other in given)

    def _late_and_revoked_flagged(self) -> Iterator[str]:
        stopped = {row["key"]: row["stopped_at"] for row in self.lines}
        for row in self.journal:
            if row["answer"] == "held":
                continue
            codes = {each["code"] for each in json.loads(row["findings"])}
            content = json.loads(row["content"])
            waited = row["received_at"] - datetime.fromisoformat(content["entered_at"])
            if (waited > DAY) != ("lease_over" in codes):
                yield f"waited {waited} and was found {sorted(codes)}"
            revoked_at = self.revoked[row["device_id"]]
            is_revoked = revoked_at is not None and revoked_at <= row["received_at"]
            if is_revoked != ("device_revoked" in codes):
                yield f"the device was {'' if is_revoked else 'not '}revoked, and found was {sorted(codes)}"
            if row["kind"] != "administration" or content["body"]["outcome"] != "given":
                continue
            ended, given_at = stopped[content["body"]["prescription_id"]], content["body"]["given_at"]
            is_over = ended is not None and ended <= row["received_at"] and datetime.fromisoformat(given_at) >= ended
            if is_over != bool({"stopped_medicine", "superseded_prescription"} & codes):
                yield f"stopped {ended}, given {given_at}, and found was {sorted(codes)}"

    def _stock(self) -> Iterator[str]:
        """Recount every line from what came in and what was given, as if there were no ledger."""
        medicine = {row["key"]: (row["resident_id"], row["medicine_id"]) for row in self.lines}
        left: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
        for record in self.records:
            if record["outcome"] == "given" and record["key"] not in self.corrected:
                left[medicine[str(record["prescription_id"])]] -= record["amount"]
        moves: dict[int, list[Row]] = defaultdict(list)
        for move in self.moves:
            moves[move["line_id"]].append(move)
        for line in self.stock:
            counted = Decimal(self.world.booked[line["id"]]) + left.pop(
                (line["resident_id"], line["medicine_id"]), Decimal(0)
            )
            running = Decimal(0)
            for number, move in enumerate(sorted(moves[line["id"]], key=lambda each: each["line_sequence"]), 1):
                running += {"home": -move["quantity"]}.get(move["source"], Decimal(0))
                running += {"home": move["quantity"]}.get(move["destination"], Decimal(0))
                if (move["line_sequence"], move["balance"]) != (number, running):
                    yield f"movement {number} of line {line['id']} leaves {move['balance']} and not {running}"
                if running < 0 and line["id"] not in self.open_below:
                    yield f"line {line['id']} went below zero in silence"
            if counted != running:
                yield f"line {line['id']}: the book says {running}, a recount {counted}"
        yield from (f"{-amount} given of a medicine without a stock line" for amount in left.values() if amount)

    def _chain(self) -> Iterator[str]:
        """Seal every movement again, from the first to the last, and compare."""
        before = "0" * 64
        for number, move in enumerate(self.moves, 1):
            numbers = (
                move["line_id"], move["line_sequence"], int(move["quantity"] * 10_000), int(move["balance"] * 10_000),
                _microseconds(move["moved_at"]), _microseconds(move["received_at"]), move["moved_by_id"] or 0,
                move["witness_id"] or 0,
            )  # fmt: skip
            content = before.encode() + b"".join(each.to_bytes(8, "big", signed=True) for each in numbers)
            for key in (move["key"], move["pack_id"], move["record"]):
                content += bytes.fromhex(str(key).replace("-", "")) if key else bytes(16)
            content += f"{move['source']}\x1f{move['destination']}\x1f{move['reason']}".encode()
            sealed = hashlib.sha256(content).hexdigest()
            if (move["chain_sequence"], move["chain_hash"]) != (number, sealed):
                yield f"the chain is broken at movement {number}"
                return
            before = sealed
        [head] = _rows("SELECT sequence, hash FROM stock_ledgerhead WHERE home_id = %s", self.world.home.pk)
        if (head["sequence"], head["hash"]) != (len(self.moves), before):
            yield "the head of the chain is not its end"

    def _device_chains(self) -> Iterator[str]:
        """Each number of a device is one event, and each names the one before it."""
        devices: dict[Any, dict[int, Row]] = defaultdict(dict)
        for row in self.journal:
            if row["sequence"] == 0:
                continue
            if row["sequence"] in devices[row["device_id"]]:
                yield f"a device used number {row['sequence']} twice"
            devices[row["device_id"]][row["sequence"]] = row
        for events in devices.values():
            for number, row in events.items():
                if number - 1 in events and row["previous_hash"] != events[number - 1]["hash"]:
                    yield f"event {number} does not follow event {number - 1}"


def _microseconds(moment: datetime) -> int:
    """Count an instant as seals do, worked out apart from them: from the beginning of 2000."""
    seconds = calendar.timegm(moment.astimezone(UTC).timetuple()) - calendar.timegm((2000, 1, 1, 0, 0, 0))
    return seconds * 1_000_000 + moment.microsecond
