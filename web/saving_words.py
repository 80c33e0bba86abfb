"""How time saved, costs and stages are said in words, the same on a page and on paper."""

from decimal import Decimal
from typing import Literal

from quality.queries.savings import StaffTime
from quality.rules.going_live import ITEM_WORDS, REASONS, STAGE_WORDS, VERDICT_WORDS
from quality.rules.savings import COST_WORDS, ESTIMATE_HOURS, GRADE_WORDS, PROCESS_WORDS, Grade, Range

#: What others published or claimed, each under its own grade; none of it is ever added to what was measured here.
CLAIMS = (
    (Grade.D, f"The programme’s own estimate: {ESTIMATE_HOURS:.0f} hours a month for handling stock. Never measured."),
    (Grade.D, "Sellers of such systems claim up to 65.5 hours a month."),
    (Grade.C, "Scanning does not shorten the round itself: three published studies."),
)


def hours_words(hours: Range | Literal[""] | None) -> str:
    """Write hours a month with their interval: 6.2 (3.1 to 9.3); a loss is said as one. A template has "" for none."""
    if not hours:
        return "Not measured"
    words = f"{abs(hours.figure):.1f} ({hours.low:.1f} to {hours.high:.1f})"
    return f"{words} lost" if hours.figure < 0 else words


def verdict_words(hours: Range) -> str:
    """Say what an interval allows one to say."""
    if hours.low > 0:
        return "Time is saved."
    if hours.high < 0:
        return "Time is lost."
    return "It cannot be told from chance whether time is saved."


def pounds(value: float | Decimal) -> str:
    """Write an amount of money: £1,234.50, with a minus where it is lost."""
    return f"-£{abs(value):,.2f}" if value < 0 else f"£{value:,.2f}"


def pounds_range(found: Range) -> str:
    """Write money with its range."""
    return f"{pounds(found.figure)} ({pounds(found.low)} to {pounds(found.high)})"


def months_words(months: float | None) -> str:
    """Say after how long something is earned back."""
    if months is None:
        return "never at this rate"
    return "at once" if months == 0 else f"after {months:.0f} months" if months >= 1.5 else "within about a month"


def process_words(process: str) -> str:
    """Say what a process is."""
    return PROCESS_WORDS[process]


def grade_words(grade: str) -> str:
    """Say what a grade stands for."""
    return GRADE_WORDS[grade]


def cost_words(kind: str) -> str:
    """Say what a kind of cost is."""
    return COST_WORDS[kind]


def stage_words(stage: str) -> str:
    """Say what a stage is."""
    return STAGE_WORDS[stage]


def stage_name(stage: str) -> str:
    """Name a stage, without what it means."""
    return STAGE_WORDS[stage].partition(":")[0]


def reason_words(reason: str) -> str:
    """Say why a home does not adopt the record."""
    return REASONS[reason]


def item_words(item: str) -> str:
    """Say what a home needs."""
    return ITEM_WORDS[item]


def wifi_words(verdict: str) -> str:
    """Say how well the Wi-Fi carries a round."""
    return VERDICT_WORDS[verdict]


def not_measured(found: StaffTime) -> list[str]:
    """Say of each process without a figure what is missing, for the part of a report that says what is not known."""
    return [f"{PROCESS_WORDS[each.process]}: {each.missing}" for each in found.savings if each.hours is None]
