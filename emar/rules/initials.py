"""Which mark stands for whom on a chart: their initials, and a number where several people share them."""

from collections import Counter
from collections.abc import Iterable


def marks_of(people: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Return a mark for each person (number, initials), never the same for two.

    Where initials are shared all who share them get a number, in the order of the people's own numbers: a bare
    "JC" beside a "JC2" could be read as either. A mark stays the same as long as nobody with the same initials
    is added.
    """
    initials = {pk: " ".join(words.split()) or "?" for pk, words in sorted(people)}
    shared = {words for words, times in Counter(initials.values()).items() if times > 1}
    taken = {words for words in initials.values() if words not in shared}
    found = {}
    for pk, words in initials.items():
        mark, number = words, 0
        while words in shared and (not number or mark in taken):
            number += 1
            mark = f"{words}{number}"
        taken.add(mark)
        found[pk] = mark
    return found
