"""The name of the medicine in front of a label sentence: "Aspirin 300mg dispersible tablets, two tablets …".

Only what looks like a name is taken off: a capital letter, a strength or a form or a generic name's ending,
and no word that directions use. Anything else stays, and is refused if it is not understood.
"""

import re

from emar.rules.direction_vocabulary import VOCABULARY

_FORM_WORDS = frozenset(VOCABULARY["forms"])
_SIZE = r"(?:mg|g|grams?|ml|mcg|micrograms?|nanograms?|units?|mmol|%|dose|hours?|h|actuation)"
_STRENGTH = re.compile(rf"\d[\d.,]* ?{_SIZE}?(?: ?/ ?[\d.,]* ?{_SIZE})*")
# The endings of international names for whole classes; ordinary English words that end so are excluded below.
_ENDINGS = tuple(VOCABULARY["name_endings"])
_DIRECTION_WORDS = frozenset(VOCABULARY["words_of_directions"])
_NEVER_NAMES = (
    _DIRECTION_WORDS
    | frozenset(VOCABULARY["symptoms"])
    | {"medicine", "done", "alone", "online", "routine", "vaccine", "within"}
)


def medicine_in_front(sentence: str) -> tuple[str | None, str]:
    """Return the medicine's name in front of the sentence, None without one, and the rest."""
    for end in re.finditer(r", |: | - |\. (?=[A-Z])", sentence):
        name = sentence[: end.start()].strip()
        if _is_name(name):
            return name, sentence[end.end() :]
        if not name or len(name) > 120:
            break
    return None, sentence


def _is_name(words: str) -> bool:
    if not words[:1].isupper():
        return False
    without_maker = re.sub(r"\([^()]*\)", " ", words)
    without_strength = _STRENGTH.sub(" ", without_maker)
    words_left = re.sub(r" for (?=injection|infusion|inhalation)", " ", without_strength.lower()).split()
    names = [word for word in words_left if word not in _FORM_WORDS]
    if not 1 <= len(names) <= 4 or words_left[0] not in names or any(word in _NEVER_NAMES for word in words_left):
        return False
    if not all(re.fullmatch(r"[a-z][a-z'+/-]*", name) for name in names):
        return False
    has_strength = without_strength != without_maker
    has_form = len(names) < len(words_left)
    has_ending = any(name.endswith(ending) for name in names for ending in _ENDINGS)
    return has_strength or has_form or has_ending
