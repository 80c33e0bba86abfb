"""How a GS1 message is cut into elements: element strings, "(01)…" text, Digital Links, lost separators.

An element is an application identifier (AI) and its value. What each AI may hold is in gs1_elements.json,
taken from biip by `python -m tests.rules.export_gs1_elements` and read by the bedside app as well, so that
both know the same AIs. What a scan then means is rules.gs1's job.

The grammar is kept small enough to be written twice: everything here is ASCII, every cut is decided by the
table, and nothing looks at the clock except through `today`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from stock.rules.codes import gtin_key, has_valid_check_digit

SEPARATOR = "\x1d"
_TABLE_FILE = Path(__file__).with_name("gs1_elements.json")
_LONGEST_RECOVERED = 120
_CHECKED = frozenset({"00", "01", "02", "03", "8017", "8018", *(f"41{last}" for last in range(8))})
_DATES = frozenset({"11", "12", "13", "15", "16", "17"})
# GS1 General Specifications 4.13: a trade item's own message never also names what a logistic unit contains.
_NEVER_WITH_GTIN = ("02", "03", "255", "37", "8006", "8026")
# What medicine packs carry, and so what a message without its separators is searched for. The 71x are
# national reimbursement numbers; a pack has at most one.
_NATIONAL_NUMBERS = tuple(f"71{last}" for last in range(8))
_RECOVERED = ("01", "10", "11", "17", "21", *_NATIONAL_NUMBERS)

Elements = Mapping[str, str]


class NotReadable(Exception):
    """The text is not a GS1 message that can be believed; `reason` is one of rules.gs1.REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ElementForm:
    """What one AI may hold: a pattern, and its length when GS1 fixes it so that no separator follows."""

    pattern: re.Pattern[str]
    length: int | None


def _load_forms() -> dict[str, ElementForm]:
    groups = json.loads(_TABLE_FILE.read_text(encoding="ascii"))["forms"]
    return {
        ai: ElementForm(re.compile(group["pattern"], re.ASCII), group["length"])
        for group in groups
        for run in group["ais"].split()
        for ai in _run_of(*run.split("-"))
    }


def _run_of(first: str, last: str = "") -> list[str]:
    """Give the AIs that "3100-3105" stands for; one that stands alone is itself."""
    return [f"{number:0{len(first)}}" for number in range(int(first), int(last or first) + 1)]


FORMS = _load_forms()


def read_date(digits: str, *, today: date) -> date | None:
    """Read YYMMDD; day 00 is the last day of the month. None when there is no such day.

    The century is the one that puts the year between 49 years before and 50 years after this one.
    GS1 General Specifications 7.12 and 3.4.6.
    """
    short_year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    century = today.year - today.year % 100
    ahead = short_year - today.year % 100
    if ahead >= 51:
        century -= 100
    elif ahead <= -50:
        century += 100
    year = century + short_year
    try:
        if day == 0:
            first_of_next = date(year + month // 12, month % 12 + 1, 1)
            return first_of_next - timedelta(days=1) if month else None
        return date(year, month, day)
    except ValueError:
        return None


def cut_message(text: str, *, today: date) -> Elements:
    """Cut a message whose separators are all there into its elements, AI to value.

    Raises NotReadable for an unknown AI, a value its AI does not allow (too long included), the same AI
    twice, two separators in a row, a day that does not exist, a wrong check digit, and a message without
    a GTIN. One separator more than needed, between elements or at either end, is allowed (7.8.6).
    """
    elements: dict[str, str] = {}
    body = text[1:] if text.startswith(SEPARATOR) else text
    body = body[:-1] if body.endswith(SEPARATOR) else body
    for segment in body.split(SEPARATOR):
        for ai, value in _cut_segment(segment):
            _add(elements, ai, value)
    return _checked(elements, today=today)


def cut_bracketed(text: str, *, today: date) -> Elements:
    """Cut the form printed for people, "(01)05012345678900(10)AB1"; spaces count for nothing.

    A bracket around two to four digits always begins an element, though GS1 would allow it inside a value.
    """
    if SEPARATOR in text:
        raise NotReadable("bad_element")
    elements: dict[str, str] = {}
    packed = text.replace(" ", "")
    marks = list(re.finditer(r"\(([0-9]{2,4})\)", packed))
    ends = [mark.start() for mark in marks[1:]] + [len(packed)]
    for mark, end in zip(marks, ends, strict=True):
        _add(elements, mark[1], packed[mark.end() : end])
    return _checked(elements, today=today)


def cut_digital_link(text: str, *, today: date) -> Elements:
    """Take the elements out of a GS1 Digital Link: http(s)://host/…/01/GTIN/AI/value…?AI=value.

    Query keys that are not digits belong to the web site and are left out. GS1 Digital Link URI Syntax 1.4.
    """
    address = re.match(r"[Hh][Tt][Tt][Pp][Ss]?://[^/?#]+(/[^?#]*)(?:\?([^#]*))?", text)
    parts = address[1].split("/") if address else []
    if address is None or "01" not in parts:
        raise NotReadable("not_gs1")
    parts = parts[parts.index("01") : -1 if parts[-1] == "" else None]
    if len(parts) % 2:
        raise NotReadable("bad_element")
    elements: dict[str, str] = {}
    for ai, value in zip(parts[::2], parts[1::2], strict=True):
        plain = _percent_decoded(value)
        _add(elements, ai, gtin_key(plain) or plain if ai == "01" else plain)
    for pair in (address[2] or "").split("&"):
        ai, _, value = pair.partition("=")
        if re.fullmatch("[0-9]+", ai):
            _add(elements, ai, _percent_decoded(value))
    return _checked(elements, today=today)


@dataclass(frozen=True)
class Recovery:
    """The ways a message that may have lost its separators can be cut.

    `whole` is the reading that needs no separator, if there is one; `likely` the readings that a medicine
    pack could have; `possible` every reading, also those with a day long past or that never was.
    """

    whole: Elements | None
    likely: list[Elements]
    possible: list[Elements]


def recover(text: str, *, today: date) -> Recovery:
    """Find every way a message that may have lost its separators can be cut, in a fixed order.

    Only the elements of medicine packs are looked for, each at most once: a GTIN with a right check digit,
    an expiry, a production date, a batch and serial of 1 to 20 characters, a national number. Likely means:
    the expiry from two years ago to ten years ahead, the production in the last twelve years, the national
    number of 6 to 13 digits.
    """
    try:
        whole = cut_message(text, today=today)
    except NotReadable:
        whole = None
    possible: list[Elements] = [] if whole is None else [whole]
    if len(text) <= _LONGEST_RECOVERED:
        possible += [found for found in _search(text, 0, {}) if "01" in found and found != whole]
    likely = [reading for reading in possible if reading is whole or _is_likely(reading, today)]
    return Recovery(whole, likely, possible)


def may_hide_an_element(value: str) -> bool:
    """Tell whether the end of a value could be other elements whose separator was lost."""
    for start in range(1, len(value)):
        try:
            if _cut_segment(value[start:]):
                return True
        except NotReadable:
            pass
    return False


def _cut_segment(segment: str) -> list[tuple[str, str]]:
    if segment == "":
        raise NotReadable("empty_element")
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(segment):
        ai = _ai_at(segment, place)
        if ai is None:
            raise NotReadable("unknown_element")
        begin = place + len(ai)
        length = FORMS[ai].length
        place = len(segment) if length is None else begin + length
        found.append((ai, _allowed(ai, segment[begin:place])))
    return found


def _ai_at(text: str, place: int) -> str | None:
    for length in (2, 3, 4):
        candidate = text[place : place + length]
        if len(candidate) == length and candidate in FORMS:
            return candidate
    return None


def _allowed(ai: str, value: str) -> str:
    if value == "" or not FORMS[ai].pattern.fullmatch(value):
        raise NotReadable("bad_element")
    return value


def _add(elements: dict[str, str], ai: str, value: str) -> None:
    if ai not in FORMS:
        raise NotReadable("unknown_element")
    if ai in elements:
        raise NotReadable("duplicate_element")
    elements[ai] = _allowed(ai, value)


def _checked(elements: dict[str, str], *, today: date) -> Elements:
    if "01" not in elements:
        raise NotReadable("no_gtin")
    if any(not has_valid_check_digit(value) for ai, value in elements.items() if ai in _CHECKED):
        raise NotReadable("check_digit")
    if gtin_key(elements["01"]) is None:
        raise NotReadable("check_digit")
    if any(ai in elements for ai in _NEVER_WITH_GTIN):
        raise NotReadable("wrong_pair")
    if any(read_date(value, today=today) is None for ai, value in elements.items() if ai in _DATES):
        raise NotReadable("bad_date")
    return elements


def _percent_decoded(value: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", value):
        raise NotReadable("bad_element")
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda hexed: chr(int(hexed[1], 16)), value)


def _search(text: str, place: int, found: dict[str, str]) -> Iterator[Elements]:
    if place == len(text):
        yield dict(found)
        return
    ai = _ai_at(text, place)
    if ai not in _RECOVERED or ai in found:
        return
    if ai in _NATIONAL_NUMBERS and any(number in found for number in _NATIONAL_NUMBERS):
        return
    begin = place + len(ai)
    length = FORMS[ai].length
    first, last = (begin + 1, begin + 20) if length is None else (begin + length, begin + length)
    for end in range(first, min(last, len(text)) + 1):
        value = text[begin:end]
        if FORMS[ai].pattern.fullmatch(value) and (ai != "01" or gtin_key(value) is not None):
            yield from _search(text, end, {**found, ai: value})


def _is_likely(reading: Elements, today: date) -> bool:
    return (
        ("17" not in reading or _is_within(reading["17"], -2, 10, today))
        and ("11" not in reading or _is_within(reading["11"], -12, 0, today))
        and all(re.fullmatch("[0-9]{6,13}", reading[ai]) for ai in _NATIONAL_NUMBERS if ai in reading)
    )


def _is_within(digits: str, first_year: int, last_year: int, today: date) -> bool:
    day = read_date(digits, today=today)
    if day is None:
        return False
    month_and_day = (today.month, today.day)
    earliest, latest = (today.year + first_year, *month_and_day), (today.year + last_year, *month_and_day)
    return earliest <= (day.year, day.month, day.day) <= latest
