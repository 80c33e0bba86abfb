"""What the morning's e-mail to a home's managers says: how many of each thing need a person, and nothing more.

An e-mail is read on a locked phone and forwarded, so it holds numbers and no names. Where nothing needs a person there
is no e-mail: one that comes every day is read by nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many things of one kind that need a person, and whether they cannot wait."""

    words: str
    count: int
    is_urgent: bool = False


def in_order(waiting: Sequence[Waiting]) -> list[Waiting]:
    """Return what waits, without what does not: urgent first, then the most, then by name."""
    found = [each for each in waiting if each.count > 0]
    return sorted(found, key=lambda each: (not each.is_urgent, -each.count, each.words))


def subject(home_name: str, waiting: Sequence[Waiting]) -> str:
    """Return the subject: the home, how many things, and whether one cannot wait."""
    found = in_order(waiting)
    total = sum(each.count for each in found)
    things = "1 thing needs" if total == 1 else f"{total} things need"
    urgent = sum(each.count for each in found if each.is_urgent)
    return f"{home_name}: {things} a person{f', {urgent} urgent' if urgent else ''}"


def body(home_name: str, day: date, waiting: Sequence[Waiting]) -> str:
    """Return the text of the e-mail: a line for each kind, urgent first."""
    lines = [
        f"{'URGENT  ' if each.is_urgent else '        '}{each.count:>4}  {each.words}" for each in in_order(waiting)
    ]
    return "\n".join(
        [
            f"{home_name}, {day:%A} {day.day} {day:%B %Y}",
            "",
            "These need a person today:",
            "",
            *lines,
            "",
            "Sign in to see them under Today and Tasks. This e-mail names nobody, and comes only when something waits.",
            "Whoever should get it no longer: a manager takes the address off the list under Policy, Daily e-mail.",
        ]
    )
