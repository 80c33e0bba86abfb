"""Reading a label sentence into structure, or refusing it with the part that was not understood.

It never guesses: every word must belong to a known phrase, every phrase must fit the others, and where a
sentence could mean two things it is refused. A refusal costs a person a minute at the desk; a wrong reading
costs somebody a dose.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from emar.rules.amounts import Amount
from emar.rules.direction_cutting import Piece, Refused, pieces_of
from emar.rules.direction_medicine import medicine_in_front
from emar.rules.direction_moments import may_be_one, one_moment
from emar.rules.direction_numbers import MEASURES
from emar.rules.direction_phrases import EVERY_OTHER_DAY
from emar.rules.directions import (
    Direction,
    Dose,
    Frequency,
    Most,
    NotUnderstood,
    Step,
    just,
)

_LONGEST = 2000


def read_directions(text: str) -> Direction | NotUnderstood:
    """Return what a label sentence says, or why it was refused with the words that were not understood.

    Never raises. The sentence may begin with the medicine's name. What a sentence leaves out is listed in
    the direction's `missing`, never filled in.
    """
    sentence = re.sub(r"\s+", " ", text.replace("’", "'")).strip()
    if not sentence:
        return NotUnderstood("there are no words", "")
    if len(sentence) > _LONGEST or len(sentence.lower()) != len(sentence):
        return NotUnderstood("this is not one label sentence", sentence[:80])
    try:
        medicine, rest = medicine_in_front(sentence)
        pieces = pieces_of(rest)
        if not pieces:
            return NotUnderstood("there are no words", sentence)
        return _Assembly(medicine).direction(pieces)
    except Refused as refused:
        return NotUnderstood(refused.why, refused.words)


@dataclass
class _DoseInMaking:
    """A dose while the sentence is read."""

    amount: Amount | None = None
    unit: str | None = None
    frequency: Frequency | None = None
    at: list[str] = field(default_factory=list)
    weekdays: frozenset[int] = frozenset()
    dates: list[Any] = field(default_factory=list)
    site: str | None = None
    is_once: bool = False
    is_undivided: bool = False
    strength: str | None = None
    words: str = ""

    @property
    def has_time(self) -> bool:
        return bool(self.frequency or self.at or self.weekdays or self.dates or self.is_once)


_HOW_OFTEN = frozenset({"frequency", "n_ly", "n_a_day", "od", "a_day"})
_TIMES = frozenset({"at", "clock", "clock_bare", "weekdays", "alternate_at", "date"})
_STEP_FIELDS = {
    "route": "route",
    "as_required": "is_as_required",
    "as_directed": "is_as_directed",
    "reason": "reason",
    "food": "food",
    "duration": "duration",
    "most": "most",
    "gap": "min_gap_hours",
    "rest": "rest_days",
    "upright": "upright_minutes",
    "starts": "starts_on",
}


class _Assembly:
    """Puts the pieces of one sentence together, refusing what contradicts or could mean two things."""

    def __init__(self, medicine: str | None) -> None:
        self.medicine = medicine
        self.steps: list[Step] = []
        self._begin_step()

    def _begin_step(self) -> None:
        self.doses: list[_DoseInMaking] = [_DoseInMaking()]
        self.said: dict[str, Any] = {}
        self.verb: str | None = None
        self.verb_before: str | None = None
        self.unit_before: str | None = None
        self.notes: list[str] = []
        self.is_each_meal = False
        # Where in the step each thing was said: how many doses had been named by then.
        self.said_after: dict[str, int] = {}

    def direction(self, pieces: list[Piece]) -> Direction:
        """Return the direction that the pieces make together."""
        for place, piece in enumerate(pieces):
            following = pieces[place + 1] if place + 1 < len(pieces) else None
            self._take(piece, pieces[place - 1] if place else None, following)
        self._end_step(pieces[-1].words)
        direction = Direction(tuple(self.steps), self.medicine)
        self._refuse_empty(direction, pieces)
        return direction

    def _take(self, piece: Piece, before: Piece | None, following: Piece | None) -> None:
        dose = self.doses[-1]
        match piece.kind:
            case "amount":
                self._take_amount(piece, before, following)
            case "frequency" | "n_ly" | "n_a_day" | "od" | "a_day":
                self._take_frequency(piece, dose)
            case "clock_bare" if dose.amount is None:
                raise Refused("this can be read as an amount or as a time", piece.words)
            case "at" | "clock" | "clock_on" | "clock_bare":
                self._take_moment(piece, dose, before)
            case "undivided":
                dose.is_undivided = True
            case "alternate_at":
                dose.at.append(piece.meaning)
                dose.frequency = EVERY_OTHER_DAY if dose.frequency in (None, EVERY_OTHER_DAY) else self._differs(piece)
            case "weekdays":
                if dose.weekdays:
                    raise Refused("the days are said twice", piece.words)
                dose.weekdays = piece.meaning
            case "date":
                dose.dates.append(piece.meaning)
            case "site":
                if dose.site is not None and dose.site != piece.meaning:
                    raise Refused("two sites for one dose", piece.words)
                dose.site = piece.meaning
            case "once":
                self._set_once(dose, piece)
            case "verb":
                self._take_verb(piece)
            case "event":
                if dose.frequency is not None:
                    raise Refused("how often is said, and something else it goes by", piece.words)
                self._say(replace(piece, kind="as_required"))
                self.notes.append(piece.words.lower())
            case "note":
                self.notes.append(piece.words.lower())
            case "then":
                self._take_then(piece, following)
            case "stop":
                if "duration" not in self.said:
                    raise Refused("it stops, but not when", piece.words)
            case "and" | "start":
                if following is None:
                    raise Refused("something is missing after this", piece.words)
                self._refuse_added_time(dose, following)
            case _:
                self._say(piece)
        dose = self.doses[-1]
        dose.words = f"{dose.words} {piece.words}".strip()

    def _take_amount(self, piece: Piece, before: Piece | None, following: Piece | None) -> None:
        amounts, unit, strength = piece.meaning
        dose = self.doses[-1]
        if dose.amount is not None:
            if not self._begins_a_dose(dose, piece, before, following):
                raise Refused("a second amount that does not say when it is meant", piece.words)
            self.unit_before = dose.unit
            dose = _DoseInMaking()
            self.doses.append(dose)
        dose.amount = Amount(amounts.low, amounts.high)
        dose.strength = strength
        dose.unit = unit if unit is not None else self._unit_from_before(piece)

    @staticmethod
    def _take_moment(piece: Piece, dose: _DoseInMaking, before: Piece | None) -> None:
        """Take a time of day, joined with one said before where both mean one: "in the morning with breakfast"."""
        near = next((each for each in dose.at if may_be_one(each, piece.meaning)), None)
        if near is None or near == piece.meaning:
            dose.at.append(piece.meaning)
            return
        joined = one_moment(near, piece.meaning)
        is_added = piece.words.lower().startswith(("and ", "& ")) or (before is not None and before.kind == "and")
        if joined is None or is_added:
            raise Refused("this may be the same time said twice, or two times", piece.words)
        dose.at[dose.at.index(near)] = joined

    def _refuse_added_time(self, dose: _DoseInMaking, following: Piece) -> None:
        """Refuse "twice a day and when required", "daily with food and at night": a dose without its amount."""
        if "food" in self.said and dose.amount is not None and not dose.has_time and following.kind in _TIMES:
            # "After meals and at bedtime" is four times, not one.
            raise Refused("another time is added without its amount", following.words)
        is_added = following.kind == "as_required" or following.kind in _HOW_OFTEN
        if dose.frequency is not None and not (dose.at or dose.weekdays or dose.dates):
            is_added = is_added or following.kind in _TIMES
        if is_added:
            raise Refused("another time is added without its amount", following.words)

    def _unit_from_before(self, piece: Piece) -> str | None:
        """Return the unit that a bare number takes over: "TWO tablets in the morning and ONE at night".

        After milligrams a bare number may be milligrams or tablets, so it is refused.
        """
        if self.unit_before in MEASURES - {"ml", "unit"}:
            raise Refused("a bare number beside a measured amount", piece.words)
        return self.unit_before

    @staticmethod
    def _begins_a_dose(dose: _DoseInMaking, piece: Piece, before: Piece | None, following: Piece | None) -> bool:
        """Return whether a second amount is another dose beside the first.

        After "and" it is. After a comma or nothing only where both say their time of day: "two daily, one in
        the morning and one at night" is one dose told twice.
        """
        if before is not None and before.kind == "and":
            return dose.has_time
        is_daily = dose.frequency is not None and dose.frequency.unit == "day" and dose.frequency.period == just(1)
        if is_daily or not (dose.at or dose.weekdays):
            return False
        return piece.comma_before or (following is not None and following.kind in ("at", "clock", "weekdays"))

    def _take_frequency(self, piece: Piece, dose: _DoseInMaking) -> None:
        frequency: Frequency = piece.meaning
        if piece.kind in ("n_ly", "n_a_day") and dose.amount is None:
            raise Refused("this can be read as an amount or as a gap", piece.words)
        if piece.kind == "od" and (dose.unit == "drop" or "eye" in (dose.site or "")):
            raise Refused("for eyes this can mean the right eye", piece.words)
        if piece.kind == "a_day" and not self._is_one(dose):
            raise Refused("an amount a day does not say how often", piece.words)
        if dose.is_once:
            raise Refused("once, and again", piece.words)
        if dose.frequency is None:
            dose.frequency = frequency
            return
        dose.frequency = self._both(dose.frequency, frequency, piece)

    @staticmethod
    def _is_one(dose: _DoseInMaking) -> bool:
        return dose.amount is not None and dose.unit not in MEASURES and dose.amount.high <= 1

    def _both(self, first: Frequency, second: Frequency, piece: Piece) -> Frequency:
        """Join "every 4 to 6 hours" with "up to 4 times a day"; anything else said twice is refused."""
        gaps = [each for each in (first, second) if each.unit in ("hour", "minute")]
        counts = [each for each in (first, second) if each.unit == "day" and each.period == just(1)]
        if len(gaps) == 1 and len(counts) == 1:
            gap, count = gaps[0], counts[0]
            is_count_exact = not count.is_up_to and gap.unit == "hour"
            if count.is_up_to and "most" not in self.said:
                self.said["doses_a_day"] = int(count.times.high)
                return gap
            if is_count_exact and gap.period.low == gap.period.high and gap.period.low * count.times.high == 24:
                return gap
        if first == second:
            return first
        return self._differs(piece)

    @staticmethod
    def _differs(piece: Piece) -> NoReturn:
        raise Refused("how often is said twice, and differs", piece.words)

    def _set_once(self, dose: _DoseInMaking, piece: Piece) -> None:
        if dose.frequency is not None:
            raise Refused("once, and again", piece.words)
        dose.is_once = True

    def _take_verb(self, piece: Piece) -> None:
        if self.verb == "dissolve" and piece.meaning in ("take", "drink", "give"):
            self.notes.append("dissolve first")
            self.verb = piece.meaning
            return
        if self.verb is not None and self.verb != piece.meaning and {self.verb, piece.meaning} != {"take", "swallow"}:
            if len(self.doses) > 1 or self.doses[0].has_time:
                raise Refused("two different things to do", piece.words)
            # "Apply … to be used" and "inhale … use" say the same thing twice; the first says more.
            if piece.meaning not in ("use", "give", "take"):
                raise Refused("two different things to do", piece.words)
            return
        self.verb = self.verb or piece.meaning

    def _take_then(self, piece: Piece, following: Piece | None) -> None:
        if following is None:
            raise Refused("something is missing after this", piece.words)
        verb, unit = self.verb or self.verb_before, self.doses[-1].unit
        is_ended = "duration" in self.said or all(dose.is_once for dose in self.doses)
        if not is_ended:
            raise Refused("a change, but not when", piece.words)
        self._end_step(piece.words)
        self._begin_step()
        self.verb_before = verb
        self.unit_before = unit

    def _say(self, piece: Piece) -> None:
        name = _STEP_FIELDS[piece.kind]
        meaning = piece.meaning
        if name == "food" and re.search(r"\b(?:each|every) meal", piece.words.lower()):
            self.is_each_meal = True
        if name == "route" and "injection" in (meaning, self.said.get(name)):
            # "Subcutaneous … injection" says one thing, the second time less exactly.
            meaning = self.said.get(name, meaning) if meaning == "injection" else meaning
            self.said[name] = meaning
        if name in self.said and self.said[name] != meaning:
            raise Refused("this is said twice, and differs", piece.words)
        self.said[name] = meaning
        named = sum(1 for dose in self.doses if dose.amount is not None)
        self.said_after.setdefault(name, named)

    def _end_step(self, words: str) -> None:
        """Close the step, refusing what could belong to one dose or to all."""
        if len(self.doses) > 1:
            for dose in self.doses:
                if not dose.has_time:
                    raise Refused("this dose does not say when it is meant", dose.words)
            self._refuse_unclear_scope(words)
            self._share_unit(words)
            if len({dose.site is None for dose in self.doses}) > 1:
                raise Refused("a site for one dose and none for another", words)
        if self.is_each_meal and not any(dose.has_time for dose in self.doses):
            raise Refused("each meal does not say how many there are in a day", words)
        doses_a_day = self.said.pop("doses_a_day", None)
        doses = tuple(self._dose(dose) for dose in self.doses)
        step = Step(doses, self.verb or self.verb_before, notes=tuple(dict.fromkeys(self.notes)), **self.said)
        if doses_a_day is not None:
            if step.most is not None:
                raise Refused("two different limits", words)
            step = replace(step, most=Most(None, None, doses_a_day))
        self.steps.append(step)

    def _refuse_unclear_scope(self, words: str) -> None:
        """Refuse what may be meant for one of several doses or for all."""
        for name, named in self.said_after.items():
            if name in ("is_as_required", "most", "min_gap_hours") and named > 0:
                raise Refused("this may be meant for one dose or for all", words)
            if name in ("food", "duration", "rest_days", "starts_on") and 0 < named < len(self.doses):
                raise Refused("this may be meant for one dose or for all", words)
        for place, dose in enumerate(self.doses):
            for other in self.doses[place + 1 :]:
                if bool(dose.weekdays) != bool(other.weekdays):
                    raise Refused("some days have a dose of their own, and another rule holds for all", other.words)
                is_same_day = not dose.weekdays or dose.weekdays & other.weekdays
                if is_same_day and (set(dose.at) & set(other.at) or not (dose.at or other.at)):
                    raise Refused("two doses for one time", other.words)

    def _share_unit(self, words: str) -> None:
        """Give the doses of a step one unit: "one in the morning and two tablets at night"."""
        units = {dose.unit for dose in self.doses if dose.unit is not None}
        if len(units) > 1:
            raise Refused("amounts in different units", words)
        for dose in self.doses:
            if dose.unit is None and units:
                if units & MEASURES:
                    raise Refused("a bare number beside a measured amount", words)
                dose.unit = next(iter(units))

    def _dose(self, dose: _DoseInMaking) -> Dose:
        at = tuple(dict.fromkeys(dose.at))
        frequency = self._settled(dose, at)
        is_once = dose.is_once or (dose.is_undivided and not dose.has_time)
        if dose.is_once and (at or dose.weekdays or dose.dates):
            raise Refused("once, and again", dose.words)
        if dose.dates and (frequency or dose.weekdays):
            raise Refused("named dates and a rule besides", dose.words)
        return Dose(
            dose.amount,
            None if dose.amount is None else dose.unit,
            frequency,
            at,
            dose.weekdays,
            tuple(dose.dates),
            dose.site,
            is_once,
            dose.strength,
        )

    @staticmethod
    def _settled(dose: _DoseInMaking, at: tuple[str, ...]) -> Frequency | None:
        """Return the frequency as far as times and weekdays do not say it already.

        "Twice a day, morning and night" is two times; "three times a day, morning and night" contradicts
        itself. "Once a week on Mondays" is the weekday.
        """
        frequency = dose.frequency
        if frequency is None:
            return None
        is_simple = (
            frequency.period == just(1) and not frequency.is_up_to and frequency.times.low == frequency.times.high
        )
        if at:
            if frequency.unit in ("hour", "minute"):
                raise Refused("times of day and a gap in hours", dose.words)
            if is_simple and frequency.unit == "day":
                if frequency.times.low != len(at):
                    raise Refused("how often and the times of day do not agree", dose.words)
                frequency = None
        if frequency is not None and dose.weekdays:
            if frequency.unit == "week" and is_simple:
                if frequency.times.low != len(dose.weekdays):
                    raise Refused("how often and the weekdays do not agree", dose.words)
                return None
            if (
                frequency.unit == "week"
                and frequency.times == just(1)
                and frequency.period.low == frequency.period.high
            ):
                return frequency
            if frequency.unit != "day" or frequency.period != just(1):
                raise Refused("weekdays and another rule for the days", dose.words)
            if is_simple and frequency.times == just(1):
                return None
        return frequency

    @staticmethod
    def _refuse_empty(direction: Direction, pieces: list[Piece]) -> None:
        """Refuse a sentence of phrases that say nothing about a dose."""
        for step in direction.steps:
            says = (
                step.is_as_directed
                or step.is_as_required
                or any(dose.amount is not None or dose.has_time for dose in step.doses)
            )
            if not says:
                raise Refused("nothing here says how much or when", pieces[0].words)
