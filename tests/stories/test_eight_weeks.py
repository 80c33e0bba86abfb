"""Do MAR, register, stock and tasks agree, after eight weeks of one resident's life, with a recount by hand?

From 5 October to 29 November 2026, over the October clock change: a reducing course, a 72-hour patch that falls
off, warfarin by INR with a test that is late, co-codamol with paracetamol when required, a weekly tablet that is
forgotten, refusals, and a stay in hospital. The diary (eight_weeks.py) is kept by the test alone: it knows the clocks
and simple sums, and none of the product's rules.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from emar.models import Task
from emar.operations.closing import close_home
from emar.queries.mar import mar_charts
from emar.queries.register import page_rows, register_balances
from emar.scope import scope
from stock.queries.balances import line_balances
from tests.stories.desk_sign_in import sign_in
from tests.stories.eight_weeks import (
    DAY,
    DAYS,
    FIRST,
    LONDON,
    MINUTE,
    PATCH_HOURS,
    REDUCING,
    ROUNDS,
    Life,
    Written,
    at,
    day_of,
    is_away,
    live_eight_weeks,
    warfarin_of,
)


def test_eight_weeks_agree_with_a_diary_kept_by_hand(desk: Page) -> None:
    life = live_eight_weeks()
    for agrees in (
        stock_agrees,
        chart_agrees,
        due_times_agree,
        patches_kept_their_hours,
        register_agrees,
        tasks_agree,
        closing_again_finds_nothing,
    ):
        agrees(life)
    manager_reads_the_same(life, desk)
    a_wrong_diary_does_not_agree(life)


def own(life: Life, medicine: str) -> list[Written]:
    return [each for each in life.diary if each.medicine == medicine]


def stock_agrees(life: Life) -> None:
    with scope(home=life.home.pk):
        book = {line.line_id: line.balance for line in line_balances(life.home.pk)}
    assert {name: book[line.pk] for name, line in life.lines.items()} == {name: life.held(name) for name in life.lines}


def chart_agrees(life: Life) -> None:
    with scope(home=life.home.pk):
        charts = [
            mar_charts(life.home.pk, [life.joan.pk], FIRST + weeks * DAY, at(FIRST + DAYS * DAY, time(9)))[0]
            for weeks in (0, 28)
        ]
    shown = Counter(
        (entry.record.outcome, entry.record.given_at, entry.record.due_at, entry.record.amount or Decimal(0))
        for chart in charts
        for block in chart.blocks
        for row in block.rows
        for cell in row.cells
        for entry in cell.entries
    )
    system = {key: number for key, number in shown.items() if key[0] == "not_recorded"}
    assert sum(system.values()) == 2
    written = Counter((each.outcome, each.given_at, each.due_at, each.gone) for each in life.diary)
    assert {key: number for key, number in shown.items() if key not in system} == dict(written)


def due_times_agree(life: Life) -> None:
    """The product's own due times, compared with clocks and sums of the test's own."""
    with scope(home=life.home.pk):
        charts = [
            mar_charts(life.home.pk, [life.joan.pk], FIRST + weeks * DAY, at(FIRST + DAYS * DAY, time(9)))[0]
            for weeks in (0, 28)
        ]
    due: dict[str, set[datetime]] = {}
    states: Counter[str] = Counter()
    for chart in charts:
        for block in chart.regular:
            for cell in (cell for row in block.rows for cell in row.cells if cell.dose is not None):
                due.setdefault(block.prescription.medicine.name, set()).add(cell.dose.dose.due_at)
                states[cell.dose.state] += 1
    mornings = {at(FIRST + number * DAY, ROUNDS["Morning"]) for number in range(DAYS)}
    nights = {at(FIRST + number * DAY, ROUNDS["Night"]) for number in range(DAYS)}
    days = [FIRST + number * DAY for number in range(DAYS)]
    assert due["Prednisolone 5mg tablets"] == {at(day, ROUNDS["Morning"]) for day in days[: len(REDUCING)]}
    assert due["Co-codamol 8mg/500mg tablets"] == mornings | nights
    assert due["Warfarin 1mg tablets"] == {at(day, ROUNDS["Tea"]) for day in days if warfarin_of(day) is not None}
    weekly = {FIRST + number * DAY for number in (0, 7, 14, 21, 28, 35)} | {
        FIRST + 37 * DAY + weeks * 7 * DAY for weeks in (1, 2)
    }
    assert due["Alendronic acid 70mg tablets"] == {at(day, ROUNDS["Morning"]) for day in weekly}
    patches = {moment for moment in due["Fentanyl 25micrograms/hour transdermal patches"] if not is_away(moment)}
    assert patches == set(life.patches_due)
    assert set(states) == {"answered", "away"}


def patches_kept_their_hours(life: Life) -> None:
    on = [each.given_at for each in own(life, "fentanyl")]
    across = [(one, two) for one, two in pairwise(on) if day_of(one) <= date(2026, 10, 25) <= day_of(two)]
    assert across
    assert all(two - one <= PATCH_HOURS + 5 * MINUTE for one, two in across)
    before, after = across[0]
    assert before.astimezone(LONDON).time() > after.astimezone(LONDON).time(), (
        "an hour earlier by the clock on the wall"
    )


def register_agrees(life: Life) -> None:
    line = life.lines["fentanyl"]
    with scope(home=life.home.pk):
        rows = [row.entry for row in page_rows(line) if row.entry is not None]
        balances = register_balances(life.home.pk)
    went = [entry for entry in rows if entry.went_out]
    patches = sorted(own(life, "fentanyl"), key=lambda each: each.given_at)
    assert [(entry.at, entry.went_out) for entry in went] == [(each.given_at, each.gone) for each in patches]
    left = life.delivered["fentanyl"]
    for entry in went:
        left -= 1
        assert (entry.balance, entry.witness_counted) == (left, left)
        assert entry.by != entry.witness
    assert balances[line.pk] == left == life.held("fentanyl")


def tasks_agree(life: Life) -> None:
    with scope(home=life.home.pk):
        raised = Counter(Task.objects.exclude(kind__in=[Task.Kind.BALANCE_CHECK]).values_list("kind", flat=True))
        late = Task.objects.get(kind=Task.Kind.REFUSED_IN_A_ROW)
    assert raised == life.tasks
    assert late.raised_at == at(FIRST + 11 * DAY, time(8, 6))


def closing_again_finds_nothing(life: Life) -> None:
    with scope(home=life.home.pk):
        told = close_home(home_id=life.home.pk, at=at(FIRST + DAYS * DAY, time(3)))
    assert (told.not_recorded, told.tasks) == (0, 0)


def manager_reads_the_same(life: Life, desk: Page) -> None:
    sign_in(desk, life.manager.username)
    desk.goto(f"/residents/{life.joan.pk}/mar/?from={FIRST.isoformat()}")
    for name in ("Prednisolone 5mg tablets", "Fentanyl 25micrograms/hour transdermal patches", "Warfarin 1mg tablets"):
        expect(desk.get_by_text(name).first).to_be_visible()
    desk.goto("/stock/")
    expect(desk.locator("main")).to_contain_text(f"{life.held('co-codamol'):f}")
    desk.goto("/tasks/")
    expect(desk.locator("main")).to_contain_text("Refused several days running")


def a_wrong_diary_does_not_agree(life: Life) -> None:
    """One dose more in the diary than in the record is found by chart and stock alike."""
    life.diary.append(replace(life.diary[0], given_at=life.diary[0].given_at + MINUTE))
    for agrees in (stock_agrees, chart_agrees):
        with pytest.raises(AssertionError):
            agrees(life)
