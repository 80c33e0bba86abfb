"""What a demo home's ordering looks like: a cycle under way, with something to do at each of its steps.

One surgery's order is drafted and waits to be reviewed, the other's was sent; of an interim order a few days old one
item is owed by the pharmacy. Everything goes through the operations, as people would do it.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid5

from emar.demo.chance import id_at
from emar.demo.council import PASSWORD, PHARMACIST, Team, team_of
from emar.models import CareHome, Pharmacy
from emar.rules.wall_clock import ONE_DAY, local_day
from emar.scope import scope
from ordering.models import Order, OrderLine, PharmacyPartner
from ordering.operations import calendar, drafting, following, partners, reminders, reviewing, sending
from ordering.queries import calendar as calendars
from ordering.queries.forecast import forecast
from ordering.rules.cycle import CyclePlan, cycle_on, cycle_to_order, deadlines
from ordering.rules.forecast import CoverPeriod, ForecastSettings

AGO = timedelta(days=5)


def order_in_demo(home: CareHome, at: datetime) -> None:
    """Let a demo home order as it has agreed to; when it does already, bring it up to now."""
    with scope(home=home.pk):
        team = team_of(home)
        is_new = calendars.policy_of(home.pk) is None
        if is_new:
            _agree(home, team, at)
            _interim(home, team, at - AGO)
        drafting.draft_cycle(home_id=home.pk, at=at)
        if is_new:
            _send_one(home, team, at)
            _let_pharmacy_in(home, team, at)
        reminders.remind(home_id=home.pk, at=at)
        reminders.warn_of_run_outs(home_id=home.pk, at=at)


def _agree(home: CareHome, team: Team, at: datetime) -> None:
    """Choose a change-over such that today lies between the draft and the day to order by."""
    today = local_day(at)
    plans = [CyclePlan(today + number * ONE_DAY) for number in range(18, 27)]
    coming = [(plan, cycle_on(plan, today)) for plan in plans]
    plan = next((plan for plan, days in coming if days.draft_on <= today <= days.order_by_on), plans[0])
    said = calendar.Policy(
        change_over_on=plan.change_over_on, telephone="01632 960100", reply_to="medicines@demo.example"
    )
    calendar.change_policy(home_id=home.pk, policy=said, by=team.manager.pk, at=at - 60 * ONE_DAY)
    if team.seniors:
        calendar.allow_approver(home_id=home.pk, staff_member_id=team.seniors[0].pk, by=team.manager.pk, at=at)


def _interim(home: CareHome, team: Team, at: datetime) -> None:
    """Order two medicines of one surgery's residents between times; the pharmacy owes half of one of them."""
    plan, today = calendars.plan(home.pk), local_day(at)
    if plan is None:
        return
    days = cycle_to_order(plan, today)
    following_days = deadlines(plan, days.cover_until_on)
    period = CoverPeriod(
        today, max(days.deliver_by_on, today), days.change_over_on, days.cover_until_on, following_days.deliver_by_on
    )
    lines = [
        each
        for each in forecast(home.pk, period, ForecastSettings(), now=at)
        if each.line.resident is not None and each.line.prescriptions and each.suggestion.packs
        and each.line.resident.gp_practice_id is not None
    ]  # fmt: skip
    lines = [each for each in lines if each.line.resident.gp_practice_id == lines[0].line.resident.gp_practice_id][:2]
    if len(lines) < 2:
        return
    interim = drafting.Interim(
        id=id_at(at, home.name, "interim"),
        keys=tuple(each.suggestion.key for each in lines),
        reason="Two boxes got wet in the trolley",
        arrives_on=today + 3 * ONE_DAY,
    )
    by = team.seniors[0].pk if team.seniors else team.manager.pk
    [order, *_] = drafting.draft_interim(home_id=home.pk, interim=interim, by=by, at=at)
    rows = list(OrderLine.objects.filter(order=order).order_by("position"))
    for row, each in zip(rows, lines, strict=False):
        reviewing.answer(
            home_id=home.pk, line_id=row.pk, is_required=True, quantity=Decimal(each.suggestion.packs[0].size.holds),
            reason="one box to replace the wet one", by=by, at=at,
        )  # fmt: skip
    _send(home, order, team, at)
    check = [following.Checked(row.pk, Decimal(row.quantity)) for row in OrderLine.objects.filter(order=order)]
    following.check_prescriptions(
        home_id=home.pk, order_id=order.pk, check_id=uuid5(order.pk, "check"), found=check, by=by, at=at + ONE_DAY
    )
    owed = following.Said(
        id=uuid5(order.pk, "owed"), line_id=rows[0].pk, kind="owing", quantity=Decimal(rows[0].quantity or 28) / 2,
        words="half a box short, the rest is on order", promised_on=today + 3 * ONE_DAY,
    )  # fmt: skip
    following.say(home_id=home.pk, said=owed, by=by, at=at + 2 * ONE_DAY)


def _send_one(home: CareHome, team: Team, at: datetime) -> None:
    """Review, approve and send the first surgery's order; the other one waits to be reviewed."""
    first = Order.objects.filter(home=home, kind=Order.Kind.CYCLE, gp_practice__isnull=False).order_by("number").first()
    if first is None:
        return
    by = team.seniors[0].pk if team.seniors else team.manager.pk
    reviewing.answer_as_suggested(home_id=home.pk, order_id=first.pk, by=by, at=at)
    for row in OrderLine.objects.filter(order=first, is_required__isnull=True):
        reviewing.answer(
            home_id=home.pk, line_id=row.pk, is_required=False, quantity=Decimal(0), reason="asked the surgery", by=by,
            at=at,
        )  # fmt: skip
    _send(home, first, team, at)


def _send(home: CareHome, order: Order, team: Team, at: datetime) -> None:
    by = team.seniors[0].pk if team.seniors else team.manager.pk
    reviewing.finish_review(home_id=home.pk, order_id=order.pk, by=by, at=at)
    # The demo's surgeries have no e-mail address, so that nothing ever leaves this machine: nothing is drawn.
    reviewing.approve(home_id=home.pk, order_id=order.pk, draw=lambda paper: b"", by=team.manager.pk, at=at)
    sending.ordered_by_hand(
        home_id=home.pk, order_id=order.pk, event_id=uuid5(order.pk, "by hand"),
        words="Typed into the surgery’s proxy screen; every item shows as requested.", by=by, at=at,
    )  # fmt: skip


def _let_pharmacy_in(home: CareHome, team: Team, at: datetime) -> None:
    """Let the pharmacy's person see what this home orders; they are one person for all homes."""
    pharmacy = Pharmacy.objects.filter(home=home).order_by("pk").first()
    if pharmacy is None or PharmacyPartner.objects.filter(home=home).exists():
        return
    given = {"home_id": home.pk, "pharmacy_id": pharmacy.pk, "by": team.manager.pk, "at": at}
    try:
        partners.let_in(**given, username=PHARMACIST)
    except partners.NobodyFound:
        partners.invite(**given, partner=partners.NewPartner(PHARMACIST, "Pia Quayside", PASSWORD))
