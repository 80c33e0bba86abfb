"""In which words does the forecast explain itself?

One sentence for each line, with the same numbers as the figures behind it: "Needs 56 for 28 days from 30 November; has
34, 28 more come by then and 28 are used before, which leaves 34 → 1 pack of 28; not ordering the usual second pack
saves £1.12." Amounts that are estimates are rounded up to whole units; those of schedules are exact.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from emar.rules.amounts import plain
from ordering.rules.packs import PackCount, words_of
from ordering.rules.suggestion import Answer, CoverPeriod, Figures, LineFacts, Suggestion

ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}


def sentence_of(found: Suggestion, facts: LineFacts, period: CoverPeriod) -> str:
    """Return the one sentence that explains a suggestion."""
    match found.answer:
        case Answer.STOPPED:
            return f"Stopped: not ordered{_still_there(found.figures)}."
        case Answer.SUSPENDED:
            return f"Suspended: not ordered until somebody resumes it{_still_there(found.figures)}."
        case Answer.LEFT:
            return f"No longer lives here: not ordered{_still_there(found.figures)}."
        case Answer.ASK if not found.figures.missing:
            return found.reason
        case Answer.COURSE_ENDS:
            ends = _day(facts.ends_on) if facts.ends_on else "before then"
            return f"The course ends on {ends}, and what is here lasts until then: not ordered."
        case _:
            return _worked_out(found, facts, period)


def _worked_out(found: Suggestion, facts: LineFacts, period: CoverPeriod) -> str:
    figures = found.figures
    days = (period.cover_until_on - period.change_over_on).days
    said = (
        f"Needs {amount_up(figures.need)}{_made_of(figures, facts)} for {days} days from {_day(period.change_over_on)}"
    )
    if facts.back_on is not None:
        back = "nobody knows when they are back" if facts.back_on == date.max else f"back on {_day(facts.back_on)}"
        said += f" (away, {back})"
    said += f"; {_has(figures)}"
    if found.answer is Answer.ASK:
        return f"{said} → {amount_up(figures.missing)} missing. {found.reason}"
    said += " → " + (words_of(found.packs) if found.packs else "nothing to order")
    return said + _saves(found) + _runs_out(found) + "."


def _made_of(figures: Figures, facts: LineFacts) -> str:
    parts = []
    if figures.taken_share < 1:
        parts.append(f"{100 * figures.taken_share:.0f} % of the doses due, as many are refused")
    if facts.when_required:
        scheduled = f"{plain(figures.due)} due and " if figures.due else ""
        parts.append(f"{scheduled}{amount_up(figures.need - figures.due)} when required, by its own use")
    return f" ({'; '.join(parts)})" if parts else ""


def _has(figures: Figures) -> str:
    said = f"has {amount_down(figures.held)}"
    if figures.not_usable.total:
        said += f" usable ({_not_counted(figures)})"
    if figures.coming:
        said += f", {amount_down(figures.coming)} more on the way"
    if figures.used_before:
        said += f", {amount_up(figures.used_before)} used before then"
    if figures.at_change_over < 0:
        said += f", which is {amount_up(-figures.at_change_over)} short"
    elif figures.used_before or figures.coming:
        said += f", which leaves {amount_down(figures.at_change_over)}"
    if figures.spoils > 0:
        said += f" of which {amount_up(figures.spoils)} goes over before it is used"
    return said


def _not_counted(figures: Figures) -> str:
    parts = []
    if figures.not_usable.expired:
        parts.append(f"{amount_up(figures.not_usable.expired)} out of date or open too long")
    if figures.not_usable.put_aside:
        parts.append(f"{amount_up(figures.not_usable.put_aside)} put aside")
    return " and ".join(parts) + " not counted"


def _saves(found: Suggestion) -> str:
    """Say what not ordering all of the usual packs saves, where it saves something."""
    if not found.saved_pence:
        return ""
    ours, usual = _packs(found.packs), _packs(found.usual)
    pounds = f"£{found.saved_pence / 100:,.2f}"
    if len(found.usual) == 1 and usual - ours == 1 and (not found.packs or found.packs[0].size == found.usual[0].size):
        which = (
            f"usual {ORDINALS[usual]} pack" if usual in ORDINALS else "usual pack" if usual == 1 else "usual last pack"
        )
        return f"; not ordering the {which} saves {pounds}"
    return f"; the usual {words_of(found.usual)} would cost {pounds} more"


def _packs(packs: Sequence[PackCount]) -> int:
    return sum(each.count for each in packs)


def _runs_out(found: Suggestion) -> str:
    if found.runs_out_on is None:
        return ""
    return f"; runs out on {_day(found.runs_out_on)}, before this arrives: an interim order is needed"


def _still_there(figures: Figures) -> str:
    there = figures.held + figures.not_usable.total
    return f" ({amount_down(there)} still here to return)" if there else ""


def amount_up(quantity: Decimal) -> str:
    """Write an amount that is needed: exact to a quarter, otherwise rounded up to a whole unit."""
    return plain(_rounded(quantity, ROUND_CEILING))


def amount_down(quantity: Decimal) -> str:
    """Write an amount that is there: exact to a quarter, otherwise rounded down to a whole unit."""
    return plain(_rounded(quantity, ROUND_FLOOR))


def _rounded(quantity: Decimal, way: str) -> Decimal:
    return quantity if quantity * 4 == (quantity * 4).to_integral_value() else quantity.to_integral_value(way)


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
