"""Writing an invented council down: its homes, its officer and their daily figures, in bulk."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import connection

from emar.models import CareHome, Council, CouncilRole, Provider, StaffMember
from emar.scope import scope
from quality.demo.invented import PLACES, Figures, InventedHome, figures_of, invent
from quality.demo.standing import rooms_of_home, savings_of_home
from quality.models import GoLiveStep, ReadinessAnswer, Rebasing, SavingFigure
from quality.rules.going_live import Item, Stage, is_wifi_ready, rooms_of

#: The same sign-in as every other invented person's.
PASSWORD = "demo-only-2580"  # noqa: S105  printed for whoever tries it
AT_ONCE = 4_000
HOURS = {"hours": "figure", "low": "low", "high": "high"}


class CouncilExists(Exception):
    """A council of this seed was generated before."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What was written: the council, who may sign in to it, and how much there is."""

    council_id: int
    name: str
    officer: str
    homes: list[tuple[int, InventedHome]]
    days: int
    doses: int


def write_council(
    *,
    homes: int,
    months: int,
    seed: int,
    at: datetime,
    parts_since: date | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Generated:
    """Invent a council and write it down. Raises CouncilExists for a seed used before.

    `parts_since`: what a day is made of is written from that day on only; the days themselves all are. Councils and
    homes are written by the owner of the tables; figures as the application, home by home.
    """
    until = at.date()
    invented = invent(homes=homes, months=months, seed=seed, until=until)
    name, officer = f"Invented Council {seed}", f"council.officer{seed}"
    council, rows, officer_id = _places(name, officer, invented, seed, at)
    days = doses = 0
    for place, (home, row) in enumerate(zip(invented, rows, strict=True)):
        figures = figures_of(home, place, months=months, seed=seed, until=until)
        with scope(home=row.pk):
            write_figures(row.pk, figures, parts_since)
            live_at = datetime.combine(home.live_on, datetime.min.time(), tzinfo=UTC)
            Rebasing.objects.create(home=row, from_on=home.live_on, why=Rebasing.Why.GO_LIVE, set_at=live_at)
            _write_standing(row.pk, home, place, seed, officer_id, live_at)
        days += len(figures.days)
        doses += int(figures.numbers["due"].sum() + figures.numbers["unscheduled"].sum())
        progress()
    pairs = [(row.pk, home) for row, home in zip(rows, invented, strict=True)]
    return Generated(council.pk, name, officer, pairs, days, doses)


def _places(
    name: str, officer: str, invented: Sequence[InventedHome], seed: int, at: datetime
) -> tuple[Council, list[CareHome], int]:
    with scope(using="owner", council="", home="", sign_in_name=officer):
        if Council.objects.using("owner").filter(name=name).exists():
            raise CouncilExists(f"{name} exists already: choose another seed.")
        council = Council.objects.using("owner").create(name=name)
        provider, _ = Provider.objects.using("owner").get_or_create(name=f"Invented Care {seed}")
        with scope(using="owner", council=council.pk):
            rows = CareHome.objects.using("owner").bulk_create(
                CareHome(name=f"{each.name} ({seed})", council=council, provider=provider, has_nursing=n % 3 == 0)
                for n, each in enumerate(invented)
            )
            person = StaffMember.objects.using("owner").create(
                username=officer, full_name=f"Invented Officer {seed}", display_name=f"Officer {seed}",
                initials="IO", password=make_password(PASSWORD),
            )  # fmt: skip
            CouncilRole.objects.using("owner").create(
                council=council, staff_member=person, starts_at=at - timedelta(days=1)
            )
    for row in rows:
        row._state.db = "default"
    return council, rows, person.pk


def _write_standing(home_id: int, home: InventedHome, place: int, seed: int, by: int, live_at: datetime) -> None:
    """Write how far a home is with the record and what it saves, as the system and its people would have."""
    GoLiveStep.objects.create(home_id=home_id, stage=Stage.USAGE, since_on=home.live_on, said_at=live_at, said_by_id=by)
    rooms = rooms_of(rooms_of_home(home, place, seed=seed))
    ready = {Item.WIFI: is_wifi_ready(rooms, {(each.unit, each.room) for each in rooms})}
    ReadinessAnswer.objects.bulk_create(
        ReadinessAnswer(home_id=home_id, item=item, is_met=ready.get(item, True), answered_at=live_at) for item in Item
    )
    SavingFigure.objects.bulk_create(
        SavingFigure(
            home_id=home_id, process=each.process, before=each.before, after=each.after, grade=each.grade or "",
            **{name: round(getattr(each.hours, at), 2) if each.hours else None for name, at in HOURS.items()},
            counted_at=live_at,
        )
        for each in savings_of_home(place, seed=seed)
    )  # fmt: skip


def write_figures(home_id: int, figures: Figures, parts_since: date | None = None) -> None:
    """Write down a home's figures; the home must be in scope."""
    numbers = figures.numbers
    closed = [datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=UTC) for day in figures.days]
    residents = round(float(numbers["due"].sum()) / len(figures.days) / 6.5)
    totals = {name: array.sum(axis=1) for name, array in numbers.items()}
    _insert(
        "quality_dailyfigure",
        {
            "home_id": ("bigint", [home_id] * len(figures.days)),
            "day_on": ("date", [day.isoformat() for day in figures.days]),
            "closed_at": ("timestamptz", [each.isoformat() for each in closed]),
            "counted_at": ("timestamptz", [each.isoformat() for each in closed]),
            "changed_at": ("timestamptz", [
                (each + timedelta(days=1)).isoformat() if is_changed else "NULL"
                for each, is_changed in zip(closed, figures.changed, strict=True)
            ]),
            "residents": ("integer", [residents] * len(figures.days)),
            "devices": ("integer", [3] * len(figures.days)),
            "silent_devices": ("integer", figures.silent.tolist()),
            "open_actions": ("integer", figures.open_actions.tolist()),
            **{name: ("integer", array.tolist()) for name, array in totals.items()},
        },
        {"still_open": "0", "without_times": "0"},
    )  # fmt: skip
    from_day = sum(1 for day in figures.days if parts_since is not None and day < parts_since)
    day, place = (numbers["due"] + numbers["unscheduled"]).nonzero()
    day, place = day[day >= from_day], place[day >= from_day]
    days, places = day.tolist(), place.tolist()
    kinds = [row for row in figures.kinds if row[0] >= from_day]
    _insert(
        "quality_dailyfigurepart",
        {
            **_where(home_id, figures.days, days, places),
            **{name: ("integer", array[day, place].tolist()) for name, array in numbers.items()},
        },
    )
    _insert(
        "quality_dailykind",
        {
            **_where(home_id, figures.days, [row[0] for row in kinds], [row[1] for row in kinds]),
            "theme": ("text", [row[2] for row in kinds]),
            "code": ("text", [row[3] for row in kinds]),
            "count": ("integer", [row[4] for row in kinds]),
            "overridden": ("integer", [row[5] for row in kinds]),
        },
    )


Columns = dict[str, tuple[str, Sequence[object]]]


def _where(home_id: int, of: Sequence[date], days: Sequence[int], places: Sequence[int]) -> Columns:
    names = [day.isoformat() for day in of]
    return {
        "home_id": ("bigint", [home_id] * len(days)),
        "day_on": ("date", [names[day] for day in days]),
        "medicine_class": ("text", [PLACES[place][0] for place in places]),
        "time_of_day": ("text", [PLACES[place][1] for place in places]),
        "round_name": ("text", [PLACES[place][2] for place in places]),
    }


def _insert(table: str, columns: Columns, constants: dict[str, str] | None = None) -> None:
    """Insert columns of values: arrays travel and are planned as one, thousands of rows at a time."""
    constants = constants or {}
    names = ", ".join([*columns, *constants])
    arrays = ", ".join(f"%s::{kind}[]" for kind, _ in columns.values())
    also = "".join(f", {value}" for value in constants.values())
    statement = f"INSERT INTO {table} ({names}) SELECT given.*{also} FROM unnest({arrays}) AS given"  # noqa: S608  ours
    length = len(next(iter(columns.values()))[1])
    with connection.cursor() as cursor:
        for start in range(0, length, AT_ONCE):
            cursor.execute(statement, [_array(values[start : start + AT_ONCE]) for _, values in columns.values()])


def _array(values: Iterable[object]) -> str:
    # Words here are our own, without anything that a PostgreSQL array would want quoted.
    return "{" + ",".join(map(str, values)) + "}"
