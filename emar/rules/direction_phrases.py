"""The words of UK pharmacy labels: which phrases are known, and what each one says by itself.

Every phrase is a pattern over the small-letter text, with what it means. A phrase that could mean two things
is left out, so that a sentence that uses it is refused ("qd", "on" for night, "u" for units, "bimonthly").
How phrases come together is rules.direction_reading's job.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from emar.rules.direction_numbers import COUNT, COUNTED, QUANTITY, TO, UNIT, Unclear, number_of, range_of, unit_of
from emar.rules.directions import Duration, Food, Frequency, Most, PeriodUnit, Range, just

_PERIODS: dict[str, PeriodUnit] = {
    "min": "minute", "minute": "minute", "h": "hour", "hr": "hour", "hour": "hour", "day": "day", "d": "day",
    "week": "week", "wk": "week", "month": "month", "mth": "month", "year": "year", "yr": "year",
}  # fmt: skip
_PERIOD = r"(?:minute|min|hour|hr|day|week|wk|month|mth|year|yr)"
_PER = r"(?: ?/ ?|(?: |-)?(?:an?|per|each|every|in|in an?) )"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A known phrase: what kind of thing it says, its pattern, and how to take its meaning from a match."""

    kind: str
    pattern: re.Pattern[str]
    meaning: Callable[[re.Match[str]], Any]


def _phrase(kind: str, pattern: str, meaning: Any) -> Phrase:
    # A phrase ends where a word ends: "daily" is not the beginning of another word.
    compiled = re.compile(rf"(?:{pattern})(?!\w)")
    return Phrase(kind, compiled, meaning if callable(meaning) else lambda match: meaning)


# A range has its unit once, at the end, or with both figures: "1 tablet - 4 times a day" is no range.
_AMOUNT = (
    rf"(?:the contents? of )?(?P<low>{QUANTITY})"
    rf"(?: ?(?P<unit_low>{UNIT})(?P<between_units>{TO})(?P<high_unit>{QUANTITY}) ?(?P<unit_high>{UNIT})"
    rf"|(?:(?P<between>{TO})(?P<high>{QUANTITY}))?(?: ?(?:x ?)?(?P<unit>{UNIT}))?)(?! ?times?\b)"
)
_STRENGTH = r"(?P<strength>\d[\d.]* ?(?:mg|milligrams?|micrograms?|mcg|g|units?))"


def _amount(match: re.Match[str]) -> tuple[Range, str | None, str | None]:
    words = match.groupdict()
    units = {unit_of(words[name]) for name in ("unit", "unit_low", "unit_high") if words.get(name)}
    if len(units) > 1:
        raise Unclear("one amount has two units")
    high = words.get("high") or words.get("high_unit")
    between = words.get("between") or words.get("between_units") or "to"
    return range_of(words["low"], high, between), units.pop() if units else None, words.get("strength")


def _frequency(low: str, high: str | None, period: str, unit: str, *, up_to: bool = False) -> Frequency:
    times = range_of(low, high)
    return Frequency(times, just(number_of(period)), _PERIODS[unit], up_to)


def _times_per(match: re.Match[str]) -> Frequency:
    words = match.groupdict()
    period = words.get("n") or "1"
    found = _frequency(words["low"], words.get("high") and words["high"], period, words["period"])
    return _with_up_to(found, words.get("upto"))


def _with_up_to(found: Frequency, up_to: str | None) -> Frequency:
    return Frequency(found.times, found.period, found.unit, bool(up_to))


def _every(match: re.Match[str]) -> Frequency:
    words = match.groupdict()
    period = range_of(words["low"], words.get("high") and words["high"])
    unit = _PERIODS[words["period"]]
    return Frequency(just(1), period, unit)


_UPTO = r"(?P<upto>up to (?:a max(?:imum)? of )?)?"
_TIMES = rf"(?P<low>{COUNT})(?:{TO}(?P<high>{COUNT}))? times?"

FREQUENCIES = (
    _phrase("frequency", rf"{_UPTO}{_TIMES}{_PER}(?P<period>{_PERIOD})", _times_per),
    _phrase("frequency", rf"{_UPTO}{_TIMES}{_PER}(?P<n>{COUNT}) (?P<period>{_PERIOD})s", _times_per),
    _phrase(
        "frequency",
        rf"{_UPTO}{_TIMES} (?P<adverb>daily|weekly|monthly)",
        lambda match: _with_up_to(
            _frequency(
                match["low"],
                match["high"] and match["high"],
                "1",
                {"daily": "day", "weekly": "week", "monthly": "month"}[match["adverb"]],
            ),
            match["upto"],
        ),
    ),
    _phrase(
        "frequency",
        rf"{_UPTO}(?P<word>once|twice|thrice)(?:{_PER}| )(?P<period>day"
        rf"|daily|week|weekly|wk|month|monthly|year|yearly)",
        lambda match: Frequency(
            just({"once": 1, "twice": 2, "thrice": 3}[match["word"]]),
            just(1),
            _PERIODS[{"daily": "day"}.get(match["period"], match["period"].removesuffix("ly"))],
            bool(match["upto"]),
        ),
    ),
    _phrase(
        "frequency",
        rf"{_UPTO}once or twice(?:{_PER}| )(?P<period>day|daily|week|weekly|month|monthly|year)",
        lambda match: Frequency(
            Range(Decimal(1), Decimal(2)),
            just(1),
            _PERIODS[{"daily": "day"}.get(match["period"], match["period"].removesuffix("ly"))],
            bool(match["upto"]),
        ),
    ),
    _phrase(
        "frequency",
        rf"(?:once )?every (?P<low>{COUNT})(?:{TO}(?P<high>{COUNT}))? ?(?P<period>{_PERIOD})s?",
        _every,
    ),
    _phrase("frequency", rf"every (?P<low>{COUNT})(?:{TO}(?P<high>{COUNT}))?[ -]?(?P<period>h(?:r|our)?)ly", _every),
    _phrase("frequency", rf"every (?P<low>{COUNT})[ -](?P<period>week|month)ly", _every),
    # "2 hourly" is every two hours after an amount, and two every hour without one: the reader decides.
    _phrase(
        "n_ly", rf"(?!(?:1|one)[ -])(?P<low>{COUNT})(?:{TO}(?P<high>{COUNT}))?[ -]?(?P<period>h(?:r|our)?)ly", _every
    ),
    _phrase("n_ly", rf"(?!(?:1|one)[ -])(?P<low>{COUNT})[ -](?P<period>week|month)ly", _every),
    _phrase(
        "n_a_day",
        rf"(?P<low>{COUNT}) ?/ ?(?P<period>day)",
        lambda match: Frequency(range_of(match["low"], None), just(1), "day"),
    ),
    _phrase("frequency", r"q ?(?P<low>\d+)(?:-(?P<high>\d+))? ?(?P<period>h)(?:rs?)?", _every),
    _phrase("frequency", r"every half[ -](?:an )?hour|half[ -]hourly", Frequency(just(1), just(30), "minute")),
    _phrase("frequency", r"hourly|every hour|each hour", Frequency(just(1), just(1), "hour")),
    _phrase("frequency", r"daily|every day|each day|once a day", Frequency(just(1), just(1), "day")),
    # For eyes "od" is the right eye in older Latin.
    _phrase("od", r"o\.?d\.?", Frequency(just(1), just(1), "day")),
    # "One a day" is clear; "two a day" may be taken at once or apart.
    _phrase("a_day", r"a day|per day|/ ?day", Frequency(just(1), just(1), "day")),
    _phrase("frequency", r"b\.?d\.?|b\.?i\.?d\.?", Frequency(just(2), just(1), "day")),
    _phrase("frequency", r"t\.?d\.?s\.?|t\.?i\.?d\.?", Frequency(just(3), just(1), "day")),
    _phrase("frequency", r"q\.?d\.?s\.?|q\.?i\.?d\.?", Frequency(just(4), just(1), "day")),
    _phrase("frequency", r"weekly|(?:once )?(?:every|each) week", Frequency(just(1), just(1), "week")),
    _phrase("frequency", r"fortnightly|(?:once )?(?:every|a|each) fortnight", Frequency(just(1), just(2), "week")),
    _phrase("frequency", r"monthly|(?:once )?(?:every|each) month", Frequency(just(1), just(1), "month")),
    _phrase("frequency", r"yearly|annually|(?:once )?(?:every|each) year", Frequency(just(1), just(1), "year")),
    _phrase(
        "frequency",
        r"(?:on )?(?:alternate days?|every (?:other|second|2nd) day|each alternate day)",
        Frequency(just(1), just(2), "day"),
    ),
    _phrase("frequency", r"(?:on )?every (?:third|3rd) day", Frequency(just(1), just(3), "day")),
    _phrase(
        "frequency",
        r"(?:on )?every (?:other|second|alternate) week|(?:on )?alternate weeks",
        Frequency(just(1), just(2), "week"),
    ),
)

ALTERNATE_TIMES = (
    _phrase("alternate_at", r"(?:on )?alternate nights|every (?:other|second) night", "night"),
    _phrase("alternate_at", r"(?:on )?alternate mornings|every (?:other|second) morning", "morning"),
)
EVERY_OTHER_DAY = Frequency(just(1), just(2), "day")

ONCE = (
    _phrase(
        "once",
        r"immediately|straight ?away|at once|stat|one dose only|once only|now",
        True,
    ),
    # With a time of day besides, "as a single dose" only says that it is not divided.
    _phrase("undivided", r"as an? single dose|as one dose|single dose", True),
)

_MOMENT_WORDS: tuple[tuple[str, str], ...] = (
    (r"(?:first thing )?(?:in the|each|every) morning|in the mornings|mornings?|mane|o\.?m\.?", "morning"),
    (r"(?:in the|each|every) evening|in the evenings|evenings?", "evening"),
    (r"(?:in the|each|every) afternoon|afternoons?", "afternoon"),
    (r"(?:at|each|every|last thing at) night|at night[ -]?time|nightly|nights?|nocte|o\.n\.", "night"),
    (r"(?:at|before|each|every) bed(?:time| time)?|before going to bed|on going to bed|bedtime", "bedtime"),
    (r"(?:at |each |every )?(?:midday|mid-day|noon|12 noon|12 midday)", "midday"),
    (r"(?:at|each|every) lunch(?: ?times?)?|lunch ?time", "lunchtime"),
    (r"(?:at|each|every) tea(?: ?times?)?|tea ?time", "teatime"),
    (r"(?:at|each|every) breakfast(?: ?time)?|breakfast ?time", "breakfast"),
    (r"on (?:waking|wakening)|when you wake(?: up)?", "waking"),
    (r"on (?:rising|getting up)|on arising", "rising"),
)
_MEALS = r"(?P<meal>breakfast|lunch|evening meal|dinner|supper|main meal)"
_MINUTES = (
    rf"(?:(?:at least |about )?(?P<minutes>{COUNT})(?:{TO}(?P<minutes_high>{COUNT}))? ?(?P<time>minutes?"
    rf"|mins?|hours?|hrs?)"
    r"|(?P<half>half an hour)|(?P<hour>an hour|one hour)) "
)


def _minutes(match: re.Match[str]) -> Range | None:
    words = match.groupdict()
    if words.get("half"):
        return just(30)
    if words.get("hour"):
        return just(60)
    if not words.get("minutes"):
        return None
    found = range_of(words["minutes"], words["minutes_high"] and words["minutes_high"])
    scale = 60 if words["time"].startswith("h") else 1
    return Range(found.low * scale, found.high * scale)


def _meal(match: re.Match[str]) -> str:
    minutes = _minutes(match)
    words = f"{match['relation']} {(match['meal'])}"
    if minutes is None:
        return words
    if minutes.low != minutes.high:
        raise Unclear("a time before a meal is one number of minutes")
    return f"{minutes.low} minutes {words}"


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    half = (match["half"] or "").replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise Unclear("a time with am or pm has an hour from 1 to 12")
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif match["minute"] is None:
        raise Unclear("an hour without am, pm or minutes is not a clear time")
    if hour > 23 or minute > 59:
        raise Unclear("there is no such time of day")
    return f"{hour:02d}:{minute:02d}"


_CLOCK = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))? ?(?P<half>a\.?m\.?|p\.?m\.?)?(?: ?(?:hrs|hours|h))?"
MOMENTS = (
    *(_phrase("at", pattern, name) for pattern, name in _MOMENT_WORDS),
    _phrase("at", rf"(?:{_MINUTES})?(?P<relation>with|before|after) (?:your |each |every |the )?{_MEALS}", _meal),
    _phrase("clock", rf"at {_CLOCK}", _clock),
    # After one clock time, "and 8pm" or ", 20:00" goes on with the list.
    # "8am" by itself; never "1 am", which may be one in the morning, or one to take in the morning.
    _phrase("clock_bare", r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?(?P<half>a\.?m\.?|p\.?m\.?)", _clock),
    _phrase("clock_bare", r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?P<half>)(?: ?hrs)?", _clock),
    # A point needs am or pm here, or a full or half hour and nothing that is counted: "8am and 0.25 ml" is no time.
    _phrase("clock_on", rf"(?:(?:and|&) )?(?:at )?(?=\d{{1,2}}(?::\d\d|(?:\.\d\d)?[ap]\.?m)){_CLOCK}", _clock),
    _phrase(
        "clock_on",
        rf"(?:(?:and|&) )?(?:at )?(?P<hour>[1-9]|1\d|2[0-3])\.(?P<minute>00|30)(?P<half>)(?![\d.])(?! ?{UNIT})",
        _clock,
    ),
)

_WEEKDAY = (
    r"(?:mon(?:day)?s?|tue(?:s|sday|sdays)?|wed(?:s|nesday|nesdays)?"
    r"|thu(?:r|rs|rsday|rsdays)?|fri(?:day)?s?|sat(?:urday)?s?|sun(?:day)?s?)"
)
_WEEKDAY_STEMS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _weekday(text: str) -> int:
    return _WEEKDAY_STEMS.index(text.strip()[:3])


def _weekdays(match: re.Match[str]) -> frozenset[int]:
    return frozenset(_weekday(word) for word in re.findall(_WEEKDAY, match[0]))


def _weekday_span(match: re.Match[str]) -> frozenset[int]:
    first, last = _weekday(match["first"]), _weekday(match["last"])
    if last <= first:
        raise Unclear("days of the week run from the earlier to the later")
    return frozenset(range(first, last + 1))


def _other_weekdays(match: re.Match[str]) -> frozenset[int]:
    return frozenset(range(7)) - _weekdays(match)


WEEKDAY_PHRASES = (
    _phrase(
        "weekdays",
        rf"(?:except|but not|apart from)(?: (?:on|every))? (?P<first>{_WEEKDAY})"
        rf"(?:(?: ?(?:,|and|&|or|, and|/) ?| ){_WEEKDAY}(?!\w))*",
        _other_weekdays,
    ),
    _phrase(
        "weekdays",
        rf"(?:(?:on|each|every) (?:an? )?)?(?P<first>{_WEEKDAY})"
        rf"(?:(?: ?(?:,|and|&|, and|/) ?| ){_WEEKDAY}(?!\w))*(?: only)?",
        _weekdays,
    ),
    _phrase(
        "weekdays",
        rf"(?:on |from )?(?P<first>{_WEEKDAY}) ?(?:to|-|–|until) ?(?P<last>{_WEEKDAY})(?: inclusive)?",
        _weekday_span,
    ),
    _phrase("weekdays", r"(?:on |at )?(?:the )?weekends?|on saturdays? and sundays?", frozenset({5, 6})),
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may"
    r"|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)"
)


def _date(match: re.Match[str]) -> date:
    try:
        return date(int(match["year"]), _MONTHS.index(match["month"][:3]) + 1, int(match["day"]))
    except ValueError:
        raise Unclear("there is no such date") from None


_DATE = rf"(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH},? (?P<year>\d{{4}})"
DATES = (
    _phrase("starts", rf"(?:starting|start|beginning|from)(?: on)? {_DATE}", _date),
    _phrase("date", rf"on {_DATE}", _date),
)

_FOOD = r"(?:food|meals?|each meal|every meal|a meal|eating|food or milk|a snack)"
FOODS = (
    _phrase(
        "food",
        r"(?:an hour|one hour|1 hour|30 minutes|half an hour)(?:s)? before (?:food"
        r"|meals?|eating) or on an empty stomach",
        Food("empty_stomach", None),
    ),
    _phrase("food", r"(?:take |taken )?on an empty stomach", Food("empty_stomach")),
    _phrase(
        "food",
        rf"(?:take |taken )?(?:with or (?:just |immediately |straight )?after|during or after) {_FOOD}",
        Food("with_or_after"),
    ),
    _phrase("food", rf"(?:take |taken )?(?:with|during|at) {_FOOD}|at meal ?times?|with meal ?times?", Food("with")),
    _phrase("food", rf"(?:take |taken )?(?:{_MINUTES})?before {_FOOD}", lambda match: Food("before", _minutes(match))),
    _phrase(
        "food",
        rf"(?:take |taken )?(?:{_MINUTES})?(?:just |immediately |straight )?after {_FOOD}",
        lambda match: Food("after", _minutes(match)),
    ),
    _phrase("food", r"a\.?c\.?", Food("before")),
    _phrase("food", r"p\.?c\.?", Food("after")),
)

_MORE_DAYS = rf"{COUNT}(?:{TO}{COUNT})? days?"
#: What makes a dose needed, where that is no symptom in a list: the words are kept with it.
EVENTS = (
    _phrase(
        "event",
        r"(?:after|following) (?:each|every) (?:loose (?:stool|motion|bowel movement)"
        r"|(?:episode of )?(?:incontinence|diarrhoea)(?: episode)?|incontinent episode|(?:pad|nappy) change|wash)"
        r"|at the (?:first sign|onset|start) of (?:an? )?(?:migraine|attack)"
        rf"|if (?:the |your )?bowels (?:are |have )?not (?:been )?(?:open(?:ed)?|moved) (?:for|in) {_MORE_DAYS}",
        True,
    ),
)

PRN = (
    _phrase(
        "as_required",
        r"(?:only )?(?:as and when|when|as|if|when and if|whenever|as often as|as frequently as) (?:required"
        r"|needed|necessary|req)|p\.?r\.?n\.?|when ?req(?:uired)?|only if (?:needed"
        r"|required)",
        True,
    ),
)

DIRECTED = (
    _phrase(
        "as_directed",
        r"(?:exactly )?as (?:directed|instructed|advised)(?: by (?:your "
        r"|the )?(?:doctor|gp|prescriber|hospital|clinic|specialist|nurse"
        r"|consultant|(?:anti-?coagul(?:ant|ation)|warfarin|inr|diabetic|diabetes|heart failure)(?: clinic| nurse)?))?"
        r"|m\.?d\.?u\.?|as dir(?:ected)?|ut dict|according to (?:the )?(?:inr"
        r"|instructions)|as per (?:inr|instructions|yellow book)",
        True,
    ),
)

_DAY_FRACTION = r"(?P<days>\d{1,2})/7|(?P<weeks>\d{1,2})/52|(?P<months>\d{1,2})/12"


def _duration(match: re.Match[str]) -> Duration:
    words = match.groupdict()
    for name, unit in (("days", "day"), ("weeks", "week"), ("months", "month")):
        if words.get(name):
            return Duration(range_of(words[name], None), unit)
    if words.get("article"):
        return Duration(just(1), words["period_one"])
    high = words["high"] and words["high"]
    length = range_of(words["low"], high)
    unit = words["period"].rstrip("s")
    return Duration(length, {"wk": "week", "mth": "month", "course": "dose", "night": "day"}.get(unit, unit))


_LENGTH = rf"(?P<low>{COUNT})(?:{TO}(?P<high>{COUNT}))?[ -]?(?P<period>days?|nights?|weeks?|wks?|months?|mths?|doses?)"
DURATIONS = (
    _phrase("duration", rf"(?:for|x) (?:up to )?(?:{_DAY_FRACTION})", _duration),
    # Nobody takes sevenths of a tablet, so these need no "for".
    _phrase("duration", r"(?P<days>\d{1,2})/7|(?P<weeks>\d{1,2})/52", _duration),
    _phrase("duration", rf"(?:for|x) (?:the next )?{_LENGTH}", _duration),
    _phrase("duration", r"for (?P<article>an?|the first) (?P<period_one>day|week|month)", _duration),
    _phrase("duration", r"on (?:the first day|day (?:1|one))", Duration(just(1), "day")),
)

_IN_DAY = (
    r"(?: (?:in|per|every|each|within) (?:any |an? )?(?:24 ?(?:hours?"
    r"|hrs?|h)|twenty[ -]four hours?|24 ?hour period|day)| ?/ ?(?:day"
    r"|24 ?(?:hours?|hrs?|h))| daily| a day)"
)


def _most(match: re.Match[str]) -> Most:
    words = match.groupdict()
    number = number_of(words["low"])
    unit = None if not words["unit"] else unit_of(words["unit"])
    if unit == "dose":
        if number != int(number):
            raise Unclear("a number of doses is whole")
        return Most(None, None, int(number))
    return Most(number, unit)


_MUCH = rf"(?P<low>{QUANTITY}) ?(?P<unit>{UNIT})?"
_NOT_MORE = (
    r"(?:(?:up to )?(?:an? )?(?:absolute )?max(?:imum)?\.?(?: (?:daily )?dose)?(?: is"
    r"| of|:)?|no more than|not more than|not to exceed|(?:and )?do not (?:exceed"
    r"|(?:take|use|have) more than)|don't (?:exceed|take more than)"
    r"|never more than)"
)
MOSTS = (
    _phrase("most", rf"{_NOT_MORE} (?P<low>\d+)(?P<unit>)? ?/ ?24 ?(?:hours?|hrs?|h)", _most),
    _phrase("most", rf"{_NOT_MORE} {_MUCH}{_IN_DAY}", _most),
    _phrase(
        "most",
        rf"(?:daily dose should not exceed|maximum daily dose(?: of| is)?|max daily dose(?: of| is)?) {_MUCH}",
        _most,
    ),
    _phrase(
        "most",
        rf"{_NOT_MORE} (?:(?P<low>{COUNT}) times|(?P<word>once|twice)){_IN_DAY}",
        lambda match: Most(
            None, None, int(number_of(match["low"])) if match["low"] else {"once": 1, "twice": 2}[match["word"]]
        ),
    ),
)

GAPS = (
    _phrase(
        "gap",
        rf"(?:leave |with |allow )?(?:at least|a minimum of|minimum(?: of)?"
        rf"|min)? ?(?P<low>{COUNT})(?: ?-? ?(?:to ?)?(?P<high>{COUNT}))? ?(?:hours?"
        rf"|hrs?) (?:(?:between|apart between) (?:each )?doses?|apart)",
        lambda match: range_of(match["low"], match["high"] and match["high"]),
    ),
    _phrase(
        "gap",
        rf"(?:and |then )?(?:this )?(?:may be |can be )?repeat(?:ed)? (?:after|every) (?:at least )?(?P<low>{COUNT})"
        r" ?(?:hours?|hrs?) (?:if|when|as) (?:needed|required|necessary)",
        lambda match: range_of(match["low"], None),
    ),
)

# The same amount said again in another unit: "two capsules (4 mg)".
EQUALS = re.compile(rf" ?\(=? ?{QUANTITY} ?{UNIT}\)")

AMOUNTS_AND_TIMES: tuple[Phrase, ...] = (
    _phrase("amount", _AMOUNT, _amount),
    # "Two 500mg tablets": the strength says which tablets, the amount is two.
    _phrase(
        "amount",
        rf"(?P<low>{COUNT})(?:(?P<between>{TO})(?P<high>{COUNT}))? (?:x ?)?{_STRENGTH} (?P<unit>{COUNTED})",
        _amount,
    ),
    _phrase("amount", rf"an? (?P<unit>{UNIT})", lambda match: (just(1), unit_of(match["unit"]), None)),
    *FREQUENCIES,
    *ALTERNATE_TIMES,
    *ONCE,
    *MOMENTS,
    *WEEKDAY_PHRASES,
    *DATES,
    *FOODS,
    *EVENTS,
    *PRN,
    *DIRECTED,
    *DURATIONS,
    *MOSTS,
    *GAPS,
)
