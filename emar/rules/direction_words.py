"""The words of a UK pharmacy label for a structured dose: "Take ONE tablet TWICE a day".

Small whole numbers are words in capitals, half is a word, and there is never a point without a figure before
it or a nought after it. What these words say, rules.direction_reading reads back to the same structure.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from emar.rules.amounts import Amount, plain
from emar.rules.direction_numbers import MEASURES, NUMBER_WORDS
from emar.rules.directions import Direction, Dose, Food, Frequency, Most, Range, Step, just
from emar.rules.label_words import DAYS, FOOD_WORDS, PLURALS, listed

_WORD_OF = {number: word.upper() for word, number in NUMBER_WORDS.items() if number <= 10}
_VERBS = {"rinse": "Rinse mouth with", "gargle": "Gargle with", "wash": "Wash with", "change patch": "Change the patch"}
_ROUTES = {
    "oral": "by mouth",
    "rectal": "rectally",
    "vaginal": "vaginally",
    "inhalation": "by inhalation",
    "nebulised": "via a nebuliser",
    "subcutaneous": "by subcutaneous injection",
    "intramuscular": "by intramuscular injection",
    "intravenous": "intravenously",
    "injection": "by injection",
    "sublingual": "under the tongue",
    "buccal": "buccally",
    "topical": "topically",
    "transdermal": "transdermally",
    "feeding tube": "via the feeding tube",
}
_TIMES_OF_DAY = {
    "morning": "in the MORNING",
    "afternoon": "in the AFTERNOON",
    "evening": "in the EVENING",
    "night": "at NIGHT",
    "bedtime": "at BEDTIME",
    "midday": "at MIDDAY",
    "breakfast": "at BREAKFAST",
    "lunchtime": "at LUNCHTIME",
    "teatime": "at TEATIME",
    "waking": "on WAKING",
    "rising": "on RISING",
}


def words(direction: Direction) -> str:
    """Return the sentence of a label."""
    name = f"{direction.medicine}, " if direction.medicine else ""
    steps = [_step(step) for step in direction.steps]
    joined = steps[0] + "".join(_then(before, after) for before, after in pairwise(steps))
    return name + joined[0].upper() + joined[1:]


def _then(before: str, after: str) -> str:
    """Return a later step with what joins it to the one before: a comma, unless that ended in a full stop."""
    return (" Then " if before.endswith(".") else ", then ") + _inside(after)


def _inside(sentence: str) -> str:
    """Return a sentence as it stands inside another: a verb begins small, a number in capitals stays."""
    return sentence if sentence[:2].isupper() else sentence[0].lower() + sentence[1:]


def _step(step: Step) -> str:
    when_required = _when_required(step)
    limits = _limits(step)
    # With several doses, what comes after them could be meant for the last one only, so it comes first.
    is_several = len(step.doses) > 1
    verb = "" if step.verb is None else _VERBS.get(step.verb, step.verb.capitalize())
    sentence = " ".join(
        part
        for part in (
            verb,
            _doses(step.doses, "" if step.route is None else _ROUTES[step.route]),
            "" if step.food is None else _food(step.food),
            "" if is_several else when_required,
            "as directed" if step.is_as_directed else "",
            ""
            if step.duration is None
            else f"for {_range(step.duration.length)} {_plural(step.duration.unit, step.duration.length)}",
            "" if step.rest_days is None else f"followed by {step.rest_days} days off",
            "" if step.starts_on is None else f"starting on {_date(step.starts_on)}",
        )
        if part
    )
    after = [] if step.upright_minutes is None else [f"Stay upright for {step.upright_minutes} minutes"]
    after += [note[0].upper() + note[1:] for note in step.notes]
    if is_several and when_required:
        sentence = f"{when_required[0].upper()}{when_required[1:]}: {_inside(sentence)}"
    sentences = [*limits, sentence, *after] if is_several else [sentence, *limits, *after]
    return sentences[0] if len(sentences) == 1 else ". ".join(sentences) + "."


def _when_required(step: Step) -> str:
    reason = "" if step.reason is None else f"for {step.reason}"
    return f"when required {reason}".strip() if step.is_as_required else reason


def _limits(step: Step) -> list[str]:
    found = [] if step.most is None else [_most(step.most)]
    if step.min_gap_hours is not None:
        found.append(f"Leave at least {_range(step.min_gap_hours)} hours between doses")
    return found


def _most(most: Most) -> str:
    if most.doses is not None:
        return f"Maximum {most.doses} doses in {most.hours} hours"
    amount = most.amount or Decimal(0)
    unit = "" if most.unit is None else f" {_plural(most.unit, just(amount))}"
    return f"Maximum {plain(amount)}{unit} in {most.hours} hours"


def _doses(doses: Sequence[Dose], route: str) -> str:
    parts = [
        " ".join(part for part in _dose(dose, route if place == 0 else "") if part) for place, dose in enumerate(doses)
    ]
    return listed(parts)


def _dose(dose: Dose, route: str) -> list[str]:
    found = [_amount(dose), route]
    if dose.site is not None:
        found.append(_site(dose.site))
    if dose.frequency is not None:
        found.append(_frequency(dose.frequency))
    if dose.at:
        found.append(listed([_time_of_day(each) for each in dose.at]))
    if dose.weekdays:
        found.append("on " + listed([DAYS[day] for day in sorted(dose.weekdays)]))
    if dose.dates:
        found.append(listed([f"on {_date(day)}" for day in dose.dates]))
    if dose.is_once:
        found.append("once only")
    return found


def _amount(dose: Dose) -> str:
    amount = dose.amount
    if amount is None:
        return ""
    strength = "" if dose.strength is None else f"{dose.strength} "
    if dose.unit is None:
        return _quantities(amount, is_measure=False)
    is_measure = dose.unit in MEASURES
    if not is_measure and amount.low == amount.high == Decimal("0.5") and not strength:
        return f"HALF a {dose.unit}"
    unit = dose.unit if amount.high <= 1 and not is_measure else _plural(dose.unit, Range(amount.low, amount.high))
    return f"{_quantities(amount, is_measure=is_measure)} {strength}{unit}"


def _quantities(amount: Amount, *, is_measure: bool) -> str:
    low, high = (_quantity(each, is_measure=is_measure) for each in (amount.low, amount.high))
    if amount.low == amount.high:
        return low
    joined = "or" if amount.high - amount.low == 1 and not is_measure else "to"
    return f"{low} {joined} {high}"


def _quantity(number: Decimal, *, is_measure: bool) -> str:
    if is_measure:
        return plain(number)
    if number == Decimal("0.5"):
        return "HALF"
    whole = int(number)
    if number == whole:
        return _WORD_OF.get(whole, plain(number))
    if number - whole == Decimal("0.5") and whole in _WORD_OF:
        return f"{_WORD_OF[whole]} and a HALF"
    return plain(number)


def _plural(unit: str, number: Range) -> str:
    if unit in ("mg", "g", "ml", "mmol") or number.high <= 1:
        return unit
    return PLURALS.get(unit, f"{unit}s")


def _frequency(frequency: Frequency) -> str:
    times, period, unit = frequency.times, frequency.period, frequency.unit
    up_to = "up to " if frequency.is_up_to else ""
    if period == just(1) and unit not in ("hour", "minute"):
        return f"{up_to}{_how_often(times)} a {unit}"
    if times == just(1) and not up_to:
        return f"every {unit}" if period == just(1) else f"every {_range(period)} {unit}s"
    return f"{up_to}{_range(times)} times every {_range(period)} {unit}s"


def _how_often(times: Range) -> str:
    if times == just(1):
        return "ONCE"
    if times == just(2):
        return "TWICE"
    if times == Range(Decimal(1), Decimal(2)):
        return "ONCE or TWICE"
    low, high = (_WORD_OF.get(int(each), plain(each)) for each in (times.low, times.high))
    return f"{low} times" if low == high else f"{low} to {high} times"


def _time_of_day(word: str) -> str:
    if word[:1].isdigit() and ":" in word:
        return f"at {word}"
    return _TIMES_OF_DAY.get(word, word)


def _food(food: Food) -> str:
    if food.minutes is None:
        return FOOD_WORDS[food.relation]
    return f"{_range(food.minutes)} minutes {FOOD_WORDS[food.relation]}"


def _site(site: str) -> str:
    inside = any(part in site for part in ("eye", "ear", "nostril", "nose")) and "hear" not in site
    article = "" if site.split()[0] in ("each", "both", "every") else "the "
    return f"{'in' if inside else 'to'} {article}{site}"


def _range(number: Range) -> str:
    return plain(number.low) if number.low == number.high else f"{plain(number.low)} to {plain(number.high)}"


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
