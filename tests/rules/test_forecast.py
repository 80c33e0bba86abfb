from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emar.rules.alike import like
from emar.rules.schedule import Schedule
from ordering.rules.demand import Refusals, Seen, class_rate, seen_since
from ordering.rules.forecast import (
    Answer,
    Coming,
    CoverPeriod,
    ForecastSettings,
    HeldPack,
    LineFacts,
    WhenRequired,
    interim_period,
    looks_until,
    runs_out,
    suggest,
)
from ordering.rules.held import agreed, use_up
from ordering.rules.packs import quantity_of
from stock.rules.expiry import DAYS, Lasts
from tests.rules.forecasts import (
    FAR,
    NOW,
    PERIOD,
    TODAY,
    daily,
    expand,
    line,
    lines,
    periods,
    settings_of_homes,
    sizes_of,
)
from tests.rules.schedules import schedules

thorough = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# What holds for every line


@thorough
@given(lines(), periods, settings_of_homes, st.sampled_from([Answer.STOPPED, Answer.SUSPENDED, Answer.LEFT]))
def test_what_stopped_is_never_ordered(
    facts: LineFacts, period: CoverPeriod, chosen: ForecastSettings, why: Answer
) -> None:
    found = suggest(replace(facts, closed=why), period, chosen)
    assert found.answer is why
    assert found.packs == ()
    assert found.figures.ordered == 0


@thorough
@given(lines(), periods, settings_of_homes)
def test_an_order_and_what_is_there_are_never_below_the_need(
    facts: LineFacts, period: CoverPeriod, chosen: ForecastSettings
) -> None:
    """Use the stock and the packs ordered, day by day, by a reckoning of its own: nothing due is missing."""
    found = suggest(facts, period, chosen)
    new = [HeldPack(each.size.holds, from_day=period.arrives_on) for each in found.packs for _ in range(each.count)]
    coming = [HeldPack(each.quantity, from_day=each.from_day) for each in facts.coming]
    stock = [*agreed(facts.balance, facts.packs), *coming, *new]
    share = found.figures.taken_share
    uses: dict[date, Decimal] = {}
    for at, amount in facts.doses:
        day = at.date()
        if period.today <= day < period.cover_until_on and not _is_out(facts, day, period, chosen):
            uses[day] = uses.get(day, Decimal(0)) + amount * share
    missing = use_up(stock, sorted(uses.items()), facts.lasts).missing_from(period.arrives_on)
    assert missing == 0


def _is_out(facts: LineFacts, day: date, period: CoverPeriod, chosen: ForecastSettings) -> bool:
    if facts.back_on is None or facts.back_on < period.cover_until_on:
        return facts.back_on is not None and day < facts.back_on
    return not period.change_over_on <= day < period.change_over_on + timedelta(days=chosen.return_days)


@thorough
@given(lines(), periods, settings_of_homes, st.decimals("0.25", "120", places=2), st.booleans(), st.data())
def test_more_stock_never_orders_more(
    facts: LineFacts,
    period: CoverPeriod,
    chosen: ForecastSettings,
    more: Decimal,
    is_own_pack: bool,
    data: st.DataObject,
) -> None:
    packs = list(facts.packs)
    if packs and not is_own_pack:
        place = data.draw(st.integers(0, len(packs) - 1))
        packs[place] = replace(packs[place], holds=packs[place].holds + more)
    else:
        packs.append(HeldPack(more))
    fuller = replace(facts, packs=packs, balance=facts.balance + more)
    assert suggest(fuller, period, chosen).figures.ordered <= suggest(facts, period, chosen).figures.ordered


@thorough
@given(lines(), periods, settings_of_homes)
def test_only_whole_packs_of_known_sizes_are_ordered_and_none_too_many(
    facts: LineFacts, period: CoverPeriod, chosen: ForecastSettings
) -> None:
    found = suggest(facts, period, chosen)
    assert all(each.count >= 1 and each.size in facts.sizes for each in found.packs)
    counted = suggest(replace(facts, can_count_out=True), replace(period, is_interim=True), chosen)
    assert counted.figures.missing <= counted.figures.ordered <= found.figures.ordered
    assert quantity_of(found.packs) == found.figures.ordered
    assert (found.answer is Answer.ORDER) == bool(found.packs) == bool(found.figures.missing)
    if found.packs and facts.lasts is None:
        assert found.figures.ordered - min(each.size.holds for each in found.packs) < found.figures.missing


@thorough
@given(lines(), periods, settings_of_homes)
def test_the_numbers_add_up_and_the_sentence_says_them(
    facts: LineFacts, period: CoverPeriod, chosen: ForecastSettings
) -> None:
    found = suggest(facts, period, chosen)
    figures = found.figures
    assert figures.need == figures.due + figures.by_chance + figures.reserve
    assert figures.reserve >= 0
    if figures.missing:
        assert figures.missing == figures.need - figures.at_change_over + figures.spoils
    if found.price_pence is not None:
        assert found.price_pence == sum(each.price_pence or 0 for each in found.packs)
    assert found.sentence.endswith(".")
    for each in found.packs:
        assert f"{each.count} pack" in found.sentence
        assert f"of {each.size.holds}" in found.sentence
    if found.answer in (Answer.ORDER, Answer.ENOUGH):
        assert f"Needs {_up(figures.need)}" in found.sentence
        assert f"has {_down(figures.held)}" in found.sentence
    if found.saved_pence:
        assert f"£{found.saved_pence / 100:,.2f}" in found.sentence


def _up(quantity: Decimal) -> str:
    whole = quantity if (quantity * 4) % 1 == 0 else quantity.to_integral_value("ROUND_CEILING")
    return f"{whole.normalize():f}"


def _down(quantity: Decimal) -> str:
    whole = quantity if (quantity * 4) % 1 == 0 else quantity.to_integral_value("ROUND_FLOOR")
    return f"{whole.normalize():f}"


@thorough
@given(lines(), periods, st.sampled_from([0.5, 0.8, 0.95]), st.sampled_from([0.97, 0.99]))
def test_a_higher_service_level_never_orders_less_of_what_is_taken_as_due(
    facts: LineFacts, period: CoverPeriod, low: float, high: float
) -> None:
    ordered = [suggest(facts, period, ForecastSettings(level, late_days=2)).figures.ordered for level in (low, high)]
    assert ordered[0] <= ordered[1]


@thorough
@given(lines(), st.integers(1, 40))
def test_the_run_out_is_the_first_dose_that_the_stock_does_not_cover(facts: LineFacts, days: int) -> None:
    facts = replace(facts, when_required=(), back_on=None)
    until = NOW + timedelta(days=days)
    found = runs_out(facts, NOW, until)
    stock = agreed(facts.balance, facts.packs)
    doses = [(at, amount) for at, amount in facts.doses if NOW <= at < until]

    def covers(several: list) -> bool:
        uses: dict[date, Decimal] = {}
        for at, amount in several:
            uses[at.date()] = uses.get(at.date(), Decimal(0)) + amount
        return not use_up(stock, sorted(uses.items()), facts.lasts).missing

    if found is None:
        assert covers(doses)
    else:
        assert covers([each for each in doses if each[0] < found.at])
        assert not covers([each for each in doses if each[0] <= found.at])


@thorough
@given(lines(), st.lists(st.builds(Coming, st.just(Decimal(500)), st.just(TODAY)), max_size=2))
def test_the_run_out_does_not_depend_on_orders(facts: LineFacts, coming: list[Coming]) -> None:
    assert runs_out(facts, NOW, FAR) == runs_out(replace(facts, coming=coming), NOW, FAR)


# Named cases


def test_the_sentence_of_the_issue() -> None:
    """Needs 56, has 34, 28 more by change-over → 1 pack of 28; not ordering the usual second pack saves £1.12."""
    soon = CoverPeriod(TODAY, date(2026, 11, 18), date(2026, 11, 23), date(2026, 12, 21), date(2026, 12, 16))
    found = suggest(line(doses=daily(2), balance=Decimal(34), coming=[Coming(Decimal(28), TODAY)]), soon)
    assert found.sentence == (
        "Needs 56 for 28 days from 23 November; has 34, 28 more on the way, 28 used before then, which leaves 34 → "
        "1 pack of 28; not ordering the usual second pack saves £1.12."
    )
    assert (found.price_pence, found.saved_pence) == (112, 112)


def test_a_daily_tablet_of_28_is_one_pack_and_its_safety_is_the_days_before_the_change_over() -> None:
    found = suggest(line(doses=daily(), balance=Decimal(21)), PERIOD)
    assert (found.figures.need, found.figures.reserve, found.figures.missing) == (28, 0, 28)
    assert found.packs[0].words == "1 pack of 28"


def test_a_supplier_who_is_often_late_makes_the_reserve_longer() -> None:
    late = suggest(line(doses=daily(), balance=Decimal(21)), PERIOD, ForecastSettings(late_days=12))
    assert late.figures.reserve > 5
    assert looks_until(PERIOD, ForecastSettings(late_days=12)) == date(2027, 1, 3)


def test_a_course_that_ends_is_ordered_to_its_end_and_then_no_more() -> None:
    week = [each for each in daily(3) if each[0] < NOW + timedelta(days=24)]
    assert suggest(line(doses=week, ends_on=date(2026, 12, 3)), PERIOD).figures.need == 9
    over = suggest(line(doses=week[:18], balance=Decimal(18), ends_on=date(2026, 11, 15)), PERIOD)
    assert over.answer is Answer.COURSE_ENDS
    assert "The course ends on 15 November" in over.sentence


def _schedule(**fields: object) -> Schedule:
    return Schedule.from_json({"kind": "regular", "starts_on": "2026-11-09", "unit": "tablet"} | fields)


def _slots(amount: str) -> list[dict[str, object]]:
    return [{"round": "Morning", "amount": {"low": amount}}]


def test_a_reducing_course_is_ordered_as_it_reduces() -> None:
    phases = [
        {"days": days, "slots": _slots(amount), "pattern": {"kind": "daily"}}
        for days, amount in ((21, "6"), (7, "4"), (7, "2"), (7, "1"))
    ]
    found = suggest(
        line(doses=expand(_schedule(phases=phases)), balance=Decimal(126), ends_on=date(2026, 12, 21)), PERIOD
    )
    assert found.figures.used_before == 126
    assert found.figures.need == 28 + 14 + 7


def test_a_cycle_of_three_weeks_on_and_one_off_needs_three_weeks() -> None:
    pattern = {"kind": "cycle", "on_days": 21, "off_days": 7}
    doses = expand(_schedule(phases=[{"days": None, "slots": _slots("1"), "pattern": pattern}]))
    assert suggest(line(doses=doses, balance=Decimal(21)), PERIOD).figures.need == 21


def test_a_patch_every_72_hours_is_counted_in_real_hours() -> None:
    patch = {"kind": "interval", "first_at": "2026-11-09T09:00:00Z", "every_minutes": 4320, "worn_minutes": 4320}
    doses = expand(_schedule(**patch, amount={"low": "1"}, unit="patch"))
    found = suggest(line(doses=doses, balance=Decimal(7), sizes=sizes_of(5)), PERIOD)
    assert found.figures.need == 10
    assert found.packs[0].words == "2 packs of 5"


def test_warfarin_beyond_its_last_inr_is_expected_to_go_on_as_it_is_now() -> None:
    records = [{"from_on": "2026-11-02", "until_on": "2026-11-16", "amounts": ["3", "4"]}]
    plan = {"kind": "by_inr", "slot": {"round": "Tea"}, "records": records, "unit": "mg"}
    found = suggest(line(doses=expand(_schedule(**plan))), PERIOD)
    assert found.figures.need == 14 * 7


def test_three_monthly_injections_are_ordered_for_the_cycle_they_fall_in_only() -> None:
    pattern = {"kind": "every_n_weeks", "n": 12}
    doses = expand(
        _schedule(phases=[{"days": None, "slots": _slots("1"), "pattern": pattern, "anchor_on": "2026-12-07"}])
    )
    assert suggest(line(doses=doses, sizes=sizes_of(5, 1)), PERIOD).packs[0].words == "1 pack of 1"
    before = CoverPeriod(
        date(2026, 10, 5), date(2026, 10, 21), date(2026, 10, 26), date(2026, 11, 23), date(2026, 11, 18)
    )
    assert suggest(line(doses=doses), before).answer is Answer.ENOUGH


def test_stock_that_expires_before_its_turn_does_not_count() -> None:
    packs = [HeldPack(Decimal(28), date(2027, 6, 30)), HeldPack(Decimal(28), date(2026, 12, 6))]
    found = suggest(line(doses=daily(), balance=Decimal(56), packs=packs), PERIOD)
    # The pack that goes over on 6 December is used first: 21 before the change-over, then 7 of its 7.
    assert (found.figures.at_change_over, found.figures.missing) == (35, 0)
    packs[1] = HeldPack(Decimal(28), date(2026, 11, 20))
    found = suggest(line(doses=daily(), balance=Decimal(56), packs=packs), PERIOD)
    # Twelve of it can be used by 20 November; nine of the other pack are gone by the change-over, nineteen are left.
    assert (found.figures.at_change_over, found.figures.missing) == (19, 9)
    late = [HeldPack(Decimal(28)), HeldPack(Decimal(28), date(2026, 12, 2))]
    found = suggest(line(doses=daily(), balance=Decimal(56), packs=late), PERIOD)
    assert found.figures.spoils == 4
    assert "4 goes over before it is used" in found.sentence


def test_what_is_out_of_date_or_put_aside_does_not_count_and_is_named() -> None:
    packs = [HeldPack(Decimal(10), date(2026, 11, 8)), HeldPack(Decimal(28), is_put_aside=True), HeldPack(Decimal(21))]
    found = suggest(line(doses=daily(), balance=Decimal(59), packs=packs), PERIOD)
    assert (found.figures.held, found.figures.missing) == (21, 28)
    assert "10 out of date or open too long and 28 put aside not counted" in found.sentence


def test_eye_drops_are_ordered_by_the_bottle_that_lasts_28_days_however_much_is_left_in_it() -> None:
    month = Lasts(28, DAYS)
    opened = [HeldPack(Decimal(180), date(2026, 12, 6), is_opened=True)]
    found = suggest(line(doses=daily(2), balance=Decimal(180), packs=opened, lasts=month, sizes=sizes_of(250)), PERIOD)
    assert found.figures.ordered == 250
    tiny = sizes_of(20)
    assert suggest(line(doses=daily(), lasts=month, sizes=tiny), PERIOD).packs[0].count == 2


def test_a_negative_balance_is_nothing_to_count_on() -> None:
    found = suggest(line(doses=daily(), balance=Decimal(-4)), PERIOD)
    assert (found.figures.held, found.figures.at_change_over) == (0, -5)
    assert found.runs_out_on == TODAY
    assert "runs out on 9 November, before this arrives: an interim order is needed" in found.sentence


def test_a_new_when_required_medicine_without_history_is_ordered_by_its_class_and_never_beyond_its_protocol() -> None:
    asked_for = WhenRequired(Decimal(2), class_rate(), most_a_day=Decimal(8))
    found = suggest(line(when_required=[asked_for], sizes=sizes_of(100)), PERIOD)
    assert found.packs[0].words == "1 pack of 100"
    often = WhenRequired(Decimal(2), class_rate([Seen(900.0, 90.0)]), most_a_day=Decimal(8))
    days = (PERIOD.cover_until_on - TODAY).days
    figures = suggest(line(when_required=[often]), PERIOD).figures
    assert figures.used_before + figures.need <= 8 * days


def test_when_required_use_says_where_its_number_comes_from() -> None:
    asked_for = WhenRequired(Decimal(1), seen=seen_since([2.5, 9.5, 30.5], 84))
    found = suggest(line(when_required=[asked_for], balance=Decimal(30)), PERIOD)
    assert found.answer is Answer.ENOUGH
    assert "when required, by its own use" in found.sentence


def test_regular_and_when_required_use_of_one_box_are_added() -> None:
    both = line(doses=daily(), when_required=[WhenRequired(Decimal(1), seen=Seen(20.0, 40.0))])
    figures = suggest(both, PERIOD).figures
    assert figures.due == 28
    assert 10 < figures.by_chance < 18


def test_a_habit_of_refusing_is_allowed_for_and_said() -> None:
    found = suggest(line(doses=daily(), balance=Decimal(21), refusals=Refusals(42, 84)), PERIOD)
    assert 14 < found.figures.need < 24
    assert "of the doses due, as many are refused" in found.sentence


def test_a_line_nobody_can_work_out_is_asked() -> None:
    found = suggest(line(ask="It is used whenever it is needed: look how much is left."), PERIOD)
    assert (found.answer, found.packs, found.sentence) == (Answer.ASK, (), found.reason)
    no_size = suggest(line(doses=daily(), sizes=()), PERIOD)
    assert no_size.answer is Answer.ASK
    assert "28 missing" in suggest(line(doses=daily(), sizes=(), balance=Decimal(21)), PERIOD).sentence


def test_an_unknown_price_saves_nothing_that_anybody_could_say() -> None:
    found = suggest(line(doses=daily(), balance=Decimal(100), sizes=sizes_of(28, price=None)), PERIOD)
    assert (found.price_pence, found.saved_pence) == (0, None)
    assert "£" not in found.sentence


def test_an_interim_order_lasts_until_the_change_over_that_takes_over() -> None:
    change_overs = [date(2026, 11, 30), date(2026, 12, 28)]
    period = interim_period(
        TODAY, arrives_on=date(2026, 11, 12), change_overs=change_overs, next_arrives_on=date(2026, 11, 25)
    )
    assert (period.change_over_on, period.cover_until_on) == (date(2026, 11, 12), date(2026, 11, 30))
    started = [each for each in daily(2) if each[0].date() >= date(2026, 11, 12)]
    tablets = line(doses=started, can_count_out=True)
    found = suggest(tablets, period, ForecastSettings(late_days=0))
    assert (found.figures.due, found.figures.ordered) == (36, 36)
    assert "→ 1 pack of 28 and 8 out of a pack of 28" in found.sentence
    whole = suggest(tablets, period, ForecastSettings(late_days=0, counts_out=False))
    assert whole.figures.ordered == 56
    # The order for 30 November went out without it: it has to last until the one after.
    later = interim_period(TODAY, arrives_on=date(2026, 11, 12), change_overs=change_overs[1:])
    assert later.cover_until_on == date(2026, 12, 28)
    with pytest.raises(ValueError, match="change-over"):
        interim_period(TODAY, arrives_on=date(2026, 12, 29), change_overs=change_overs)


def test_a_period_whose_days_are_turned_round_is_refused() -> None:
    with pytest.raises(ValueError, match="follow each other"):
        replace(PERIOD, change_over_on=date(2026, 11, 24))
    with pytest.raises(ValueError, match="service level"):
        ForecastSettings(1.0)


def test_the_run_out_names_the_first_dose_without_stock() -> None:
    found = runs_out(line(doses=daily(2), balance=Decimal(5)), NOW, FAR)
    assert found is not None
    assert (found.at, found.missing) == (datetime(2026, 11, 11, 12, tzinfo=UTC), 1)
    half = runs_out(line(doses=daily(1, amount="2"), balance=Decimal(5)), NOW, FAR)
    assert half is not None
    assert (half.at, half.missing) == (datetime(2026, 11, 11, 8, tzinfo=UTC), 1)


def test_a_when_required_medicine_has_run_out_when_no_whole_dose_is_left() -> None:
    two = WhenRequired(Decimal(2), seen=Seen(10.0, 40.0))
    found = runs_out(line(when_required=[two], balance=Decimal(1)), NOW, FAR)
    assert found is not None
    assert (found.at, found.missing, found.is_estimate) == (NOW, 1, True)
    assert runs_out(line(when_required=[two], balance=Decimal(40)), NOW, NOW + timedelta(days=28)) is None


def test_somebody_away_runs_out_of_nothing_until_they_are_back() -> None:
    facts = line(doses=daily(), balance=Decimal(3))
    back = runs_out(replace(facts, back_on=date(2026, 11, 20)), NOW, FAR)
    assert back is not None
    assert back.at.date() == date(2026, 11, 23)
    assert runs_out(replace(facts, back_on=date.max), NOW, FAR) is None


@thorough
@given(schedules(), st.dates(date(2026, 1, 1), date(2026, 11, 1)))
def test_schedules_said_to_be_alike_have_the_same_doses(schedule: Schedule, starts_on: date) -> None:
    alike = like(schedule, NOW)
    other = replace(schedule, terms=replace(schedule.terms, starts_on=starts_on))
    if alike is not None and like(other, NOW) is not None:
        assert expand(other) == expand(schedule)


def test_one_each_morning_is_alike_whenever_it_was_begun() -> None:
    every_day = [{"days": None, "slots": _slots("1"), "pattern": {"kind": "daily"}}]
    begun = [_schedule(phases=every_day, starts_on=day) for day in ("2026-02-02", "2026-05-05")]
    assert like(begun[0], NOW) == like(begun[1], NOW) is not None
    assert like(_schedule(phases=every_day, starts_on="2026-02-02", ends_on="2026-12-01"), NOW) is None
    assert like(_schedule(phases=every_day), NOW) is None
