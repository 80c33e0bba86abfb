"""What falls due: a schedule and a period in, due times and amounts out.

`manage.py expand_schedule --json` reads one JSON object, or one a line, from standard input:

    {"schedule": {"kind": "regular", "starts_on": "2026-11-01", "ends_on": null, "unit": "tablet",
                  "phases": [{"days": null, "pattern": {"kind": "daily"},
                              "slots": [{"round": "Morning", "amount": {"low": "1", "high": "1"}},
                                        {"at": "21:30", "amount": {"low": "1", "high": "2"}}]}]},
     "since": "2026-11-01T00:00:00Z", "until": "2026-11-03T00:00:00Z",
     "rounds": {"Morning": "08:00"},
     "answered": [{"due_at": "2026-11-01T08:00:00Z" | null, "given_at": "2026-11-01T08:10:00Z"}]}

`since` (inside) and `until` (outside) are instants with an offset, or days such as 2026-11-01, which begin at
midnight in the home. `rounds` and `answered` may be left out: rounds are then Morning 08:00, Lunch 12:30,
Tea 17:00, Night 21:30; answered doses matter only where late ones move the rest, and to patches. Clock times
are Europe/London.

It writes one line for each object read: `{"due": [{"due_at": "2026-11-01T08:00:00Z", "amount": {"low": "1",
"high": "1"}, "unit": "tablet", "round": "Morning" | null, …}]}`, with `event` (`put_on`, `take_off`), `parts`,
`reading`, `opens_at`, `closes_at` where they apply; or `{"refused": "in plain words, why"}`, and then it ends with
status 1. Without --json it prints a line for people instead. The kinds of schedule are described in
emar.rules.schedule and the files it names.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from emar.rules.schedule import Answered, DueDose, Schedule, ScheduleError, due_doses
from emar.rules.wall_clock import instant, local

USUAL_ROUNDS = {"Morning": "08:00", "Lunch": "12:30", "Tea": "17:00", "Night": "21:30"}


class Command(BaseCommand):
    """Print what falls due."""

    help = "Read a schedule and a period (JSON) from standard input; print what falls due."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --json for output that programs read."""
        parser.add_argument("--json", action="store_true", help="one JSON object a line instead of words")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer each object read; a refusal does not stop the ones after it."""
        refusals = 0
        for asked in _objects(sys.stdin.read()):
            try:
                doses = _expand(asked)
            except ScheduleError as refusal:
                refusals += 1
                self._refuse(str(refusal), is_json=options["json"])
                continue
            if options["json"]:
                self.stdout.write(json.dumps({"due": [dose.to_json() for dose in doses]}))
            else:
                for dose in doses:
                    self.stdout.write(_in_words(dose))
        if refusals:
            sys.exit(1)

    def _refuse(self, why: str, *, is_json: bool) -> None:
        if is_json:
            self.stdout.write(json.dumps({"refused": why}))
        else:
            self.stderr.write(why)


def _objects(text: str) -> Iterator[Any]:
    """Yield the JSON objects of the text, whether one over many lines or one a line."""
    decoder = json.JSONDecoder()
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        try:
            value, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise CommandError(f"Standard input is not JSON: {error}.") from None
        yield value


def _expand(asked: Any) -> list[DueDose]:
    if not isinstance(asked, dict) or "schedule" not in asked:
        raise ScheduleError("Give an object with schedule, since and until.")
    schedule = Schedule.from_json(asked["schedule"])
    rounds = asked.get("rounds", USUAL_ROUNDS)
    if not isinstance(rounds, dict):
        raise ScheduleError("Rounds are names with their starting times, such as Morning at 08:00.")
    clocks = {name: _clock(clock) for name, clock in rounds.items()}
    answered = [_answered(each) for each in asked.get("answered", [])]
    return due_doses(schedule, _moment(asked.get("since")), _moment(asked.get("until")), clocks, answered)


def _answered(value: Any) -> Answered:
    if not isinstance(value, dict):
        raise ScheduleError("A dose given has due_at (or null) and given_at.")
    due_at = value.get("due_at")
    return Answered(None if due_at is None else _moment(due_at), _moment(value.get("given_at")))


def _clock(value: Any) -> time:
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError):
        raise ScheduleError(f"A round starts at a time such as 08:00, not {value!r}.") from None


def _moment(value: Any) -> datetime:
    try:
        if len(value) == 10:
            return instant(date.fromisoformat(value), time())
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ScheduleError(f"A time is an instant such as 2026-11-01T00:00:00Z, or a day, not {value!r}.")
    return moment


def _in_words(dose: DueDose) -> str:
    when = local(dose.due_at).strftime("%a %d %b %Y %H:%M")
    event = {"give": "", "put_on": ", put on", "take_off": ", take off"}[dose.event]
    return f"{when}  {dose.amount} {dose.unit}{event}" + (f"  ({dose.round_name})" if dose.round_name else "")
