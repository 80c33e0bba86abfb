"""Whom and which medicine does a pharmacy mean by the words on its delivery note?

Compared only with the people and medicines given. A strength must be the same to the letter; a word may be written
short ("tabs"). Where two could be meant, nobody is: a person chooses.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "sir", "lady", "lord", "rev", "prof", "sister", "father", "mx"})
_SHORT = {
    "tab": "tablet", "tabs": "tablet", "tablets": "tablet", "caps": "capsule", "cap": "capsule", "capsules": "capsule",
    "susp": "suspension", "soln": "solution", "sol": "solution", "inj": "injection", "oint": "ointment", "crm": "cream",
    "supp": "suppository", "supps": "suppository", "suppositories": "suppository", "sach": "sachet",
    "sachets": "sachet", "patches": "patch", "mcg": "microgram", "mcgs": "microgram", "µg": "microgram",
    "ug": "microgram", "micrograms": "microgram", "microgrammes": "microgram", "milligrams": "mg", "mgs": "mg",
    "mls": "ml", "grams": "g", "gram": "g", "units": "unit", "drops": "drop", "eye": "eye", "gr": "gastro-resistant",
    "gastro": "gastro-resistant", "ec": "gastro-resistant", "e/c": "gastro-resistant", "mr": "modified-release",
    "m/r": "modified-release", "xl": "modified-release", "sr": "modified-release", "la": "modified-release",
    "disp": "dispersible", "eff": "effervescent", "orodisp": "orodispersible", "sf": "sugar-free", "s/f": "sugar-free",
    "doses": "dose", "inhalers": "inhaler", "pens": "pen", "sulphate": "sulfate", "amoxycillin": "amoxicillin",
    "frusemide": "furosemide", "bendrofluazide": "bendroflumethiazide", "thyroxine": "levothyroxine",
    "lignocaine": "lidocaine", "cholecalciferol": "colecalciferol",
}  # fmt: skip
#: Words that say nothing about which medicine it is. A note leaves them out, dm+d does not, and the other way round.
_WEAK = frozenset(
    {"sodium", "hydrochloride", "maleate", "besilate", "calcium", "potassium", "oral", "bp", "as", "the", "of", "pack",
     "film", "coated", "film-coated", "sulfate", "phosphate", "tartrate", "mesilate", "fumarate", "hydrobromide",
     "free", "sugar-free", "resistant", "release", "for", "and", "with", "pharmaceutical", "ltd", "limited"}
)  # fmt: skip
#: Words that make another product of the same name and strength: both sides say them, or neither does.
_DECISIVE = frozenset(
    {"modified", "prolonged", "orodispersible", "dispersible", "effervescent", "chewable", "soluble", "half", "forte"}
)
_NUMBER_UNIT = re.compile(
    r"(\d+(?:\.\d+)?)\s*(mg|micrograms?|mcg|ug|µg|g|ml|l|units?|unit|%|mmol|nanograms?)\b", re.IGNORECASE
)
_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:mg|microgram|g|ml|l|unit|%|mmol|nanogram)?|[a-zµ]+(?:[/-][a-z]+)*")
_STRENGTH = re.compile(r"\d+(?:\.\d+)?(?:mg|microgram|g|l|unit|%|mmol|nanogram)")
_FORMS = frozenset(
    {"tablet", "capsule", "suspension", "solution", "injection", "cream", "ointment", "patch", "sachet", "drop",
     "inhaler", "suppository", "gel", "spray", "lotion", "elixir", "syrup", "powder", "enema", "pessary", "lozenge"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a note could mean."""

    id: int
    full_name: str
    preferred_name: str = ""
    nhs_number: str = ""
    room: str = ""


def person_meant(words: str, nhs_number: str, room: str, people: Iterable[Person]) -> int | None:
    """Return whom a note means, None where nobody or more than one could be meant.

    An NHS number decides, and only together with a name that does not contradict it. "WINTERBOTTOM, Ada",
    "Mrs A Winterbottom" and "Ada Winterbottom (Rm 12)" are one person; a room tells two of one name apart.
    """
    known = list(people)
    if nhs_number:
        numbered = [each for each in known if each.nhs_number == nhs_number]
        if numbered:
            fits = not words or _fits(words, numbered[0]) > 0
            return numbered[0].id if len(numbered) == 1 and fits else None
    scored = [(_fits(words, each), each) for each in known]
    best = max((score for score, _ in scored), default=0)
    if best == 0:
        return None
    meant = [each for score, each in scored if score == best]
    if len(meant) > 1 and (asked := _room(room)):
        meant = [each for each in meant if _room(each.room) == asked]
    return meant[0].id if len(meant) == 1 else None


def _room(words: str) -> str:
    return re.sub(r"(room|rm|bed|\W)", "", words.lower()).lstrip("0")


def _name_parts(words: str) -> tuple[list[str], str]:
    """Return the forenames and the surname, both in small letters, however the name is turned round."""
    plain = re.sub(r"\([^)]*\)", " ", words.lower().replace("’", "'"))
    turned = plain.partition(",")
    given_first = f"{turned[2]} {turned[0]}" if turned[1] else plain
    parts = [part for part in re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", given_first) if part not in _TITLES]
    return (parts[:-1], parts[-1]) if parts else ([], "")


def _fits(words: str, person: Person) -> int:
    """Say how well a name fits: 3 for the whole name, 2 for a preferred one, 1 for an initial; 0 for not at all."""
    given, surname = _name_parts(words)
    # "Winterbottom Ada", without the comma that would say so.
    turned = [surname, *given[1:]], given[0] if given else ""
    return max(_fit(given, surname, person), _fit(*turned, person) if len(given) == 1 else 0)


def _fit(given: Sequence[str], surname: str, person: Person) -> int:
    own_given, own_surname = _name_parts(person.full_name)
    if not surname or surname != own_surname:
        return 0
    if not given:
        return 1
    first = given[0]
    if own_given and first == own_given[0]:
        return 3
    if first == person.preferred_name.lower():
        return 2
    if len(first) == 1 and own_given and own_given[0].startswith(first):
        return 1
    return 0


def medicine_tokens(words: str) -> frozenset[str]:
    """Return what makes a medicine's name, written one way: {"amlodipine", "5mg", "tablet"}."""
    lower = re.sub(r"(\d),(\d{3})\b", r"\1\2", words.lower())
    joined = _NUMBER_UNIT.sub(lambda match: f" {_plain_number(match[1])}{_unit(match[2])} ", lower)
    tokens = set()
    for token in _TOKEN.findall(joined):
        for part in (token,) if token in _SHORT else re.split(r"[/-]", token):
            for whole in _SHORT.get(part, part).split("-"):
                tokens.add(_plain_number(whole) if whole.replace(".", "").isdigit() else whole)
    return frozenset(_same_strength(token) for token in tokens) - _WEAK - {""}


def _unit(words: str) -> str:
    return _SHORT.get(words, words.removesuffix("s") if words not in ("mg", "g", "l", "ml") else words)


def _plain_number(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _same_strength(token: str) -> str:
    """Write 0.5mg and 500microgram one way."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(mg|g|microgram)", token)
    if match is None:
        return token
    micrograms = Decimal(match[1]) * {"mg": 1_000, "g": 1_000_000, "microgram": 1}[match[2]]
    return f"{_plain_number(format(micrograms, 'f'))}microgram"


def medicine_meant(words: str, names: Mapping[str, str]) -> str | None:
    """Return the key of the one medicine that the words mean, None where none or more than one could be meant.

    Each strength on the note must be in the medicine's name and the other way round; at least one word that is neither
    strength nor form must be the same; a form that is named differently is another medicine.
    """
    wanted = medicine_tokens(words)
    scored: list[tuple[int, str]] = []
    for key, name in names.items():
        own = medicine_tokens(name)
        if score := _likeness(wanted, own):
            scored.append((score, key))
    best = max((score for score, _ in scored), default=0)
    meant = [key for score, key in scored if score == best]
    return meant[0] if len(meant) == 1 else None


def _likeness(wanted: frozenset[str], own: frozenset[str]) -> int:
    strengths = {token for token in wanted if _STRENGTH.fullmatch(token)}
    own_strengths = {token for token in own if _STRENGTH.fullmatch(token)}
    if strengths != own_strengths:
        return 0
    forms, own_forms = wanted & _FORMS, own & _FORMS
    if forms and own_forms and not forms & own_forms:
        return 0
    if (wanted ^ own) & _DECISIVE:
        return 0
    names = {token for token in (wanted & own) - _FORMS - strengths if token[0].isalpha()}
    own_names = {token for token in own - _FORMS - own_strengths if token[0].isalpha()}
    if not names:
        return 0
    # All of one side's words must be on the other: "macrogol compound" is not "macrogol half-strength".
    unsaid, unknown = own_names - wanted, {t for t in wanted - own - _FORMS if t[0].isalpha()}
    if unsaid and unknown:
        return 0
    return 100 + 10 * len(names) - len(unsaid) - len(unknown) + len(forms & own_forms)


def names_same_medicine(words: str, name: str) -> bool:
    """Return whether a note's words can mean this medicine."""
    return medicine_meant(words, {"it": name}) == "it"


def only_one(ids: Sequence[int]) -> int | None:
    """Return the one id there is, None where there are none or several."""
    distinct = set(ids)
    return distinct.pop() if len(distinct) == 1 else None
