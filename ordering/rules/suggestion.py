"""What does the forecast need to know of a line of stock, and what does it answer?

Values only; what is made of them is rules.forecast's business, and in which words rules.forecast_words'.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ordering.rules.demand import Rate, Refusals, Seen, class_rate, waste_rate
from ordering.rules.held import NOTHING, HeldPack, NotUsable
from ordering.rules.packs import PackCount, PackSize
from stock.rules.expiry import Lasts

NOTHING_SEEN, NO_REFUSALS, ALL_USABLE = Seen(), Refusals(), NotUsable()


class Answer(StrEnum):
    """What the forecast says of one line."""

    ORDER = "order"
    ENOUGH = "enough"
    STOPPED = "stopped"
    SUSPENDED = "suspended"
    COURSE_ENDS = "course_ends"
    LEFT = "left"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class ForecastSettings:
    """What a home decides about its orders.

    `service_level` is the probability with which when-required and dropped doses are covered until the next
    delivery. `late_days` is how late the supplier is at that level (its scorecard says). `return_days` is how long
    stock should last after somebody comes back from hospital; the rest is ordered when they are back.
    `counts_out` says whether the pharmacy is asked to count out what an interim order needs, so that it lines up with
    the cycle; a whole pack each time would leave a part of one standing there for ever.
    """

    service_level: float = 0.95
    late_days: int = 2
    return_days: int = 7
    counts_out: bool = True

    def __post_init__(self) -> None:
        """Refuse a level that no stock could keep. Raises ValueError."""
        if not 0.5 <= self.service_level < 1:
            raise ValueError("the service level lies between 0.5 and 1")


@dataclass(frozen=True, slots=True)
class CoverPeriod:
    """The days that matter to one order.

    Drafted on `today`; what is ordered arrives on `arrives_on`, comes into use on `change_over_on` and covers the days
    until `cover_until_on` (not part of it). The delivery after it arrives on `next_arrives_on`. `is_interim` marks an
    order that only bridges the days until the cycle takes over.
    """

    today: date
    arrives_on: date
    change_over_on: date
    cover_until_on: date
    next_arrives_on: date
    is_interim: bool = False

    def __post_init__(self) -> None:
        """Refuse days that are not in order. Raises ValueError."""
        if not self.today <= self.arrives_on <= self.change_over_on < self.cover_until_on:
            raise ValueError("today, arrival, change-over and end of cover must follow each other")


@dataclass(frozen=True, slots=True)
class LineKey:
    """Which stock line: whose medicine (by its generic product), counted in which unit."""

    resident_id: int
    medicine_id: str
    unit: str


@dataclass(frozen=True, slots=True)
class WhenRequired:
    """What is known of one when-required prescription of a line.

    `prior` is its class's rate in this home, `seen` its own doses, `amount` what one dose takes, `most_a_day` the most
    that its protocol allows in 24 hours (None: no limit).
    """

    amount: Decimal
    prior: Rate = field(default_factory=class_rate)
    seen: Seen = NOTHING_SEEN
    most_a_day: Decimal | None = None
    class_words: str = ""

    @property
    def rate(self) -> Rate:
        """What is known of how many doses a day are asked for."""
        return self.prior.after(self.seen)


@dataclass(frozen=True, slots=True)
class Coming:
    """What is ordered already and not here: so much, usable from a day on."""

    quantity: Decimal
    from_day: date


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Everything the forecast needs to know of one line.

    `doses` are the doses due of all its schedules from now to past the end of cover, in order of time, each with the
    amount that leaves the stock. `packs` are what stands in the home, `balance` what the ledger says it holds.
    `lasts` is how long an open pack may be used, `can_count_out` whether a part of a pack can be supplied (tablets).
    `waste` is what is known of dropped doses a dose due. `closed` says why nothing more is needed (STOPPED, SUSPENDED,
    LEFT), None while the line is in use; `ask` says in plain words why nobody but a person can tell. `back_on` is set
    while the resident is away: the day they are expected, date.max when nobody knows. `ends_on` is the first day
    without a dose of a course that ends.
    """

    key: LineKey
    name: str
    doses: Sequence[tuple[datetime, Decimal]] = ()
    when_required: Sequence[WhenRequired] = ()
    balance: Decimal = NOTHING
    packs: Sequence[HeldPack] = ()
    coming: Sequence[Coming] = ()
    sizes: tuple[PackSize, ...] = ()
    lasts: Lasts | None = None
    can_count_out: bool = False
    waste: Rate = field(default_factory=waste_rate)
    refusals: Refusals = NO_REFUSALS
    closed: Answer | None = None
    ask: str = ""
    back_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers behind a suggestion, all in the line's unit.

    `need` is what the days of the cover take: `due` by the schedules, `by_chance` expected when required, `reserve`
    against what nobody can know. `held` is usable today, `not_usable` is not; `coming` arrives by the change-over,
    `used_before` is used until then, and `at_change_over` is left: below zero when the new packs are opened early.
    `spoils` of that goes over before its turn. `missing` has to be ordered (`need` less `at_change_over`, and
    `spoils`), `ordered` is what the packs hold. `taken_share` is below 1 where doses are refused out of habit.
    """

    need: Decimal = NOTHING
    due: Decimal = NOTHING
    by_chance: Decimal = NOTHING
    reserve: Decimal = NOTHING
    held: Decimal = NOTHING
    not_usable: NotUsable = ALL_USABLE
    coming: Decimal = NOTHING
    used_before: Decimal = NOTHING
    at_change_over: Decimal = NOTHING
    spoils: Decimal = NOTHING
    missing: Decimal = NOTHING
    ordered: Decimal = NOTHING
    taken_share: Decimal = Decimal(1)

    @property
    def left_after(self) -> Decimal:
        """What is carried forward at the end of the cover if everything goes as expected."""
        return max(self.at_change_over + self.ordered - self.due - self.by_chance, NOTHING)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to order for one line: an answer, whole packs, and the numbers behind them.

    `usual` is what repeating the whole period brings whatever stands there; `saved_pence` is what not ordering all of
    it saves, None where a price is not known. `runs_out_on` is set when the line runs out before anything ordered now
    can arrive: that needs an interim order.
    """

    key: LineKey
    name: str
    answer: Answer
    packs: tuple[PackCount, ...] = ()
    figures: Figures = field(default_factory=Figures)
    usual: tuple[PackCount, ...] = ()
    price_pence: int | None = None
    saved_pence: int | None = None
    runs_out_on: date | None = None
    reason: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class RunOut:
    """When a line runs out: the first dose that it does not cover, how much of it is missing, and what is left now.

    `is_estimate` when part of the use is when-required.
    """

    key: LineKey
    name: str
    at: datetime
    missing: Decimal
    usable: Decimal
    is_estimate: bool = False
