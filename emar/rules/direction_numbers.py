"""Numbers, fractions and units as UK labels write them.

What could be misread is not read: a figure without its leading nought (".5"), a comma for a point ("1,5"), "u"
for units.
"""

import re
from decimal import Decimal

from emar.rules.directions import Range

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBER_WORDS: dict[str, int] = {
    **{word: number for number, word in enumerate((*_ONES, *_TEENS), 1)},
    **{word: number * 10 for number, word in enumerate(_TENS, 2)},
}
_SIMPLE = "|".join(sorted((*_ONES, *_TEENS), key=len, reverse=True))
_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_ONES)}))?|{_SIMPLE})\b"
# A figure is never cut out of a longer one: ".5", "1,5" and "1.2.3" match nothing.
_FIGURE = r"(?<![\d.,/½¼¾])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d½¼¾]|[.,]\d|/\d)"
_FRACTION = (
    r"(?:(?<![\d.,/])(?:½|¼|¾|1/2|1/4|3/4)(?![\d/])|\b(?:a )?half(?: an?| of an?)?\b|\b(?:a )?quarter(?: of an?)?\b)"
)
_MIXED = (
    rf"(?:(?<![\d.,/])\d{{1,2}} ?½|(?<![\d.,/])\d{{1,2}} (?:and )?1/2(?![\d/])"
    rf"|(?:{_WORD}|(?<![\d.,/])\d{{1,2}}) and an? half\b"
    rf"|(?:{_WORD}) and half\b)"
)
QUANTITY = rf"(?:{_MIXED}|{_FRACTION}|{_FIGURE}|\b{_WORD})"
COUNT = rf"(?:{_FIGURE}|\b{_WORD})"
TO = r" ?(?:-|–|to|or) ?"

UNITS: tuple[tuple[str, str], ...] = (
    (r"5 ?ml spoon(?:s?fuls?|fulls?|sful|s)?", "5 ml spoonful"),
    (r"2\.5 ?ml spoon(?:s?fuls?|fulls?|sful|s)?", "2.5 ml spoonful"),
    (r"10 ?ml spoon(?:s?fuls?|fulls?|sful|s)?", "10 ml spoonful"),
    (r"tab(?:let)?s?", "tablet"),
    (r"cap(?:sule)?s?", "capsule"),
    (r"caplets?", "caplet"),
    (r"mls?|millilit(?:re|er)s?", "ml"),
    (r"mg|milligrams?", "mg"),
    (r"mcg|micrograms?|microg|µg|μg", "microgram"),
    (r"nanograms?", "nanogram"),
    (r"gm?|grams?|grammes?", "g"),
    (r"international units?|iu", "unit"),
    (r"units?", "unit"),
    (r"mmol|millimoles?", "mmol"),
    (r"puffs?", "puff"),
    (r"inhalations?", "inhalation"),
    (r"blisters?", "blister"),
    (r"sprays?", "spray"),
    (r"metered doses?", "metered dose"),
    (r"drops?", "drop"),
    (r"sachets?", "sachet"),
    (r"suppositor(?:y|ies)", "suppository"),
    (r"pessar(?:y|ies)", "pessary"),
    (r"patch(?:es)?", "patch"),
    (r"plasters?", "plaster"),
    (r"lozenges?", "lozenge"),
    (r"pastilles?", "pastille"),
    (r"applicatorfuls?|applicatorsful", "applicatorful"),
    (r"applications?", "application"),
    (r"ampoules?|amps?", "ampoule"),
    (r"vials?", "vial"),
    (r"nebules?", "nebule"),
    (r"(?:pre-?filled )?syringes?", "syringe"),
    (r"(?:pre-?filled )?pens?", "pen"),
    (r"injections?", "injection"),
    (r"enemas?", "enema"),
    (r"scoops?", "scoop"),
    (r"cartons?", "carton"),
    (r"bottles?", "bottle"),
    (r"films?", "film"),
    (r"doses?", "dose"),
    (r"measures?", "measure"),
)
UNIT = "(?:" + "|".join(pattern for pattern, _ in UNITS) + r")(?:\(s\)|\(ies\))?(?![\w/])"
MEASURES = frozenset({"mg", "microgram", "nanogram", "g", "ml", "unit", "mmol"})
COUNTED = "(?:" + "|".join(pattern for pattern, name in UNITS if name not in MEASURES) + r")(?:\(s\))?(?![\w/])"
_UNIT_RES = [(re.compile(rf"(?:{pattern})(?:\(s\)|\(ies\))?"), name) for pattern, name in UNITS]


def number_of(text: str) -> Decimal:
    """Return the number that a quantity phrase says."""
    text = text.strip().replace(",", "")
    fractions = {"½": "0.5", "1/2": "0.5", "¼": "0.25", "1/4": "0.25", "¾": "0.75", "3/4": "0.75"}
    if text in fractions:
        return Decimal(fractions[text])
    if re.fullmatch(r"(?:a )?half.*", text):
        return Decimal("0.5")
    if re.fullmatch(r"(?:a )?quarter.*", text):
        return Decimal("0.25")
    mixed = re.fullmatch(r"(.+?)(?: and an? half| and half| ?½| (?:and )?1/2)", text)
    if mixed:
        return number_of(mixed[1]) + Decimal("0.5")
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return Decimal(text)
    return Decimal(sum(NUMBER_WORDS[word] for word in re.split(r"[ -]", text)))


def unit_of(text: str) -> str:
    """Return the one name of a unit, however it was written."""
    return next(name for pattern, name in _UNIT_RES if pattern.fullmatch(text.strip()))


class Unclear(ValueError):
    """A phrase whose words are known but that does not make sense, with why."""


def range_of(low: str, high: str | None, between: str = "to") -> Range:
    """Return the range of two quantity phrases; raises Unclear when it runs backwards or is a choice."""
    first = number_of(low)
    last = first if high is None else number_of(high)
    if last < first or (high is not None and last == first):
        raise Unclear("a range runs from the smaller figure to the larger")
    if between.strip() == "or" and last - first > 1:
        # "5 or 10" is a choice of two, and 7.5 is neither.
        raise Unclear("a choice of two amounts is not a range")
    if first <= 0:
        raise Unclear("an amount is more than nothing")
    return Range(first, last)
