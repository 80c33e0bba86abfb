"""Drafting orders: the monthly ones on time and by themselves, and an interim one when somebody asks for it.

What is suggested, and why, is rules.forecast's. A draft is worked out again every day until it is reviewed: only lines
that nobody has answered change.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Max
from uuid_utils.compat import uuid7

from emar.models import Authority, Task
from emar.operations import audit, tasks
from emar.rules.wall_clock import ONE_DAY, local_day
from ordering.models import Order, OrderCycle, OrderingPolicy, OrderLine
from ordering.operations.calendar import open_cycle
from ordering.queries import calendar, orders, scorecards
from ordering.queries.forecast import KnownLine, LineSuggestion, forecast
from ordering.rules.cycle import CyclePlan, Deadlines, cycle_on, deadlines
from ordering.rules.forecast import Answer, CoverPeriod, ForecastSettings, Suggestion, interim_period
from ordering.rules.order_paper import kept_packs
from ordering.rules.packs import PackSize
from ordering.rules.suggestion import LineKey
from stock.operations.ledger import lock_home

#: What is no question for the surgery: nothing of it is needed, and its stock goes back.
NEVER_ORDERED = (Answer.STOPPED, Answer.LEFT)
NOTHING = Decimal(0)
Recipient = tuple[int | None, int | None]


class NoCalendar(ValueError):
    """Nobody has said yet how this home orders."""


class NothingChosen(ValueError):
    """An interim order is for at least one medicine."""


class ReasonMissing(ValueError):
    """An interim order says why it cannot wait."""


@dataclass(frozen=True, slots=True)
class Interim:
    """An interim order as a form says it: which stock lines, why, and by when. Its `id` is made by the form."""

    id: UUID
    keys: tuple[LineKey, ...]
    reason: str
    arrives_on: date


def draft_cycle(*, home_id: int, at: datetime) -> list[Order]:
    """Draft the orders of the cycle under way once their day has come; return those drafted now, none otherwise.

    Safe to run as often as one likes, on as many hosts. A job that stood still drafts late rather than never: until
    the change-over itself.
    """
    policy = calendar.policy_of(home_id)
    if policy is None:
        return []
    plan, today = calendar.plan_of(policy), local_day(at)
    days = cycle_on(plan, today)
    known = calendar.cycle_of(home_id, days.change_over_on)
    if today < days.draft_on or (known is not None and known.drafted_at is not None):
        return []
    # Worked out before the home is locked: carers record doses meanwhile.
    found = _suggested(home_id, policy, _period(plan, days, today), at)
    with transaction.atomic():
        lock_home(home_id)
        cycle = open_cycle(home_id=home_id, plan=plan, change_over_on=days.change_over_on, at=at)
        if cycle.drafted_at is not None:
            return []
        drafted = [
            _draft(home_id, cycle, recipient, lines, at, kind=Order.Kind.CYCLE, arrives_on=days.deliver_by_on)
            for recipient, lines in _by_recipient(found, policy.send_to).items()
        ]
        cycle.drafted_at = at
        cycle.save(update_fields=["drafted_at"])
        audit.note(
            action="orders_drafted", by=None, at=at, home_id=home_id, about=cycle,
            changes={"orders": len(drafted), "lines": len(found)},
        )  # fmt: skip
        tasks.close_settled(
            home_id=home_id, kind=Task.Kind.COUNT_STOCK, about=[f"cycle {days.change_over_on}"], by=None, at=at
        )
        _ask_to_review(home_id, drafted, days.order_by_on, at)
    return drafted


def draft_interim(*, home_id: int, interim: Interim, by: int, at: datetime) -> list[Order]:
    """Draft an interim order for some stock lines, one for each surgery or pharmacy, that lines up with the cycle.

    It lasts until the first change-over whose order does not hold the medicine yet. The same id twice is one act.
    Raises NoCalendar, NothingChosen and ReasonMissing.
    """
    if not interim.reason.strip():
        raise ReasonMissing("say why this cannot wait for the monthly order")
    if not interim.keys:
        raise NothingChosen("choose at least one medicine")
    policy = calendar.policy_of(home_id)
    if policy is None:
        raise NoCalendar("say first how this home orders")
    plan, today = calendar.plan_of(policy), local_day(at)
    found: list[tuple[CoverPeriod, LineSuggestion]] = []
    for period, keys in _interim_periods(home_id, plan, today, interim).items():
        residents = {key.resident_id for key in keys}
        suggested = _suggested(home_id, policy, period, at, resident_ids=residents)
        found += [(period, each) for each in suggested if each.suggestion.key in keys]
    with transaction.atomic():
        lock_home(home_id)
        if known := list(Order.objects.filter(home_id=home_id, pk__in=_ids_of(interim))):
            return known
        if not found:
            raise NothingChosen("none of these is prescribed any more: choose at least one medicine")
        drafted = []
        cycle = open_cycle(home_id=home_id, plan=plan, change_over_on=cycle_on(plan, today).change_over_on, at=at)
        by_place = _by_recipient([each for _, each in found], policy.send_to)
        for pk, (recipient, lines) in zip(_ids_of(interim), by_place.items(), strict=False):
            ends = max(period.cover_until_on for period, each in found if each in lines)
            drafted.append(
                _draft(
                    home_id, cycle, recipient, lines, at, kind=Order.Kind.INTERIM, arrives_on=interim.arrives_on,
                    by=by, pk=pk, reason=interim.reason.strip(), covers=(interim.arrives_on, ends),
                )
            )  # fmt: skip
        audit.note(
            action="interim_order_drafted", by=by, at=at, home_id=home_id, about=drafted[0],
            changes={"orders": len(drafted), "lines": len(found)},
        )  # fmt: skip
        _ask_to_review(home_id, drafted, interim.arrives_on, at, is_urgent=True)
    return drafted


def draft_again(*, home_id: int, at: datetime) -> int:
    """Work out again the unanswered lines of every draft, by what has been given, stopped and counted since.

    A medicine that is new gets a line; one that stopped is answered "not required" by itself, also where somebody had
    asked for it. Returns how many lines changed.
    """
    waiting = [each for each in orders.orders(home_id, is_open=True) if each.state == "draft"]
    policy = calendar.policy_of(home_id)
    if not waiting or policy is None:
        return 0
    plan, today, changed = calendar.plan_of(policy), local_day(at), 0
    for placed in waiting:
        period = _period_of(plan, placed.order, today)
        if period is not None:
            found = _suggested(home_id, policy, period, at, but_not=placed.order.pk)
            changed += _redraft(home_id, placed, found, policy.send_to, at)
    return changed


def _redraft(
    home_id: int, placed: orders.PlacedOrder, found: Sequence[LineSuggestion], send_to: str, at: datetime
) -> int:
    order, changed = placed.order, 0
    with transaction.atomic():
        lock_home(home_id)
        drafted = list(OrderLine.objects.filter(order_id=order.pk))
        keys = orders.keys_of(drafted)
        rows = {keys[row.pk]: row for row in drafted}
        if Order.objects.filter(pk=order.pk, reviewed_at__isnull=False).exists():
            return 0
        now_needed = {each.suggestion.key: each for each in found}
        for key, row in rows.items():
            suggestion = now_needed[key].suggestion if key in now_needed else None
            if suggestion is None or suggestion.answer in NEVER_ORDERED:
                changed += _drop(row)
            elif row.is_required is None:
                fields = _suggestion_fields(suggestion)
                if any(getattr(row, name) != value for name, value in fields.items()):
                    OrderLine.objects.filter(pk=row.pk).update(**fields)
                    changed += 1
        if order.kind == Order.Kind.CYCLE:
            here = (order.gp_practice_id, order.pharmacy_id)
            new = [
                each for each in _by_recipient(found, send_to).get(here, []) if each.suggestion.key not in rows
            ]  # fmt: skip
            _write_lines(home_id, order.pk, new, first=len(rows) + 1)
            changed += len(new)
        if changed:
            audit.note(
                action="order_drafted_again", by=None, at=at, home_id=home_id, about=order, changes={"lines": changed}
            )
    return changed


def _drop(row: OrderLine) -> int:
    if row.suggestion == Answer.STOPPED and row.is_required is False:
        return 0
    OrderLine.objects.filter(pk=row.pk).update(
        suggestion=Answer.STOPPED.value, suggested=NOTHING, suggested_packs=[], is_required=False, quantity=NOTHING,
        packs=[], reason="", answered_at=None, answered_by=None,
        sentence="Stopped since this order was drafted: not ordered.",
    )  # fmt: skip
    return 1


# Whom it goes to, and for which days


def _period(plan: CyclePlan, days: Deadlines, today: date) -> CoverPeriod:
    following = deadlines(plan, days.cover_until_on)
    arrives_on = min(max(days.deliver_by_on, today), days.change_over_on)
    return CoverPeriod(today, arrives_on, days.change_over_on, days.cover_until_on, following.deliver_by_on)


def _period_of(plan: CyclePlan, order: Order, today: date) -> CoverPeriod | None:
    """Return the days of an order that was drafted before; None once they have begun."""
    if today >= order.covers_from_on and order.kind == Order.Kind.CYCLE:
        return None
    following = deadlines(plan, order.cover_until_on)
    arrives_on = max(order.arrives_on, today)
    covers_from = max(order.covers_from_on, arrives_on)
    if covers_from >= order.cover_until_on:
        return None
    is_interim = order.kind == Order.Kind.INTERIM
    return CoverPeriod(today, arrives_on, covers_from, order.cover_until_on, following.deliver_by_on, is_interim)


def _interim_periods(
    home_id: int, plan: CyclePlan, today: date, interim: Interim
) -> Mapping[CoverPeriod, set[LineKey]]:
    """Return for which days each medicine is ordered: until the first change-over whose order lacks it."""
    arrives_on = max(interim.arrives_on, today)
    held: dict[date, set[LineKey]] = defaultdict(set)
    decided: set[date] = set()
    for placed in orders.orders(home_id, since=today):
        order = placed.order
        if order.kind != Order.Kind.CYCLE or order.withdrawn_at is not None:
            continue
        if order.approved_at is not None:
            decided.add(order.covers_from_on)
        asked = [each.line for each in placed.items if each.line.is_required is not False]
        held[order.covers_from_on] |= set(orders.keys_of(asked).values())
    first = cycle_on(plan, today).change_over_on
    coming = [first + place * plan.cycle_days * ONE_DAY for place in range(4)]
    found: dict[CoverPeriod, set[LineKey]] = defaultdict(set)
    for key in interim.keys:
        # A change-over brings this medicine unless its order has gone out without it.
        brings = [day for day in coming if day not in decided or key in held[day]]
        until = next((day for day in brings if day > arrives_on), None)
        # The order that takes over comes days before its change-over: nothing is kept in reserve for those.
        next_arrives_on = None if until is None else deadlines(plan, until).deliver_by_on
        period = interim_period(today, arrives_on=arrives_on, change_overs=brings, next_arrives_on=next_arrives_on)
        found[period].add(key)
    return found


def _settings(home_id: int, policy: OrderingPolicy, today: date) -> ForecastSettings:
    late = scorecards.late_days(home_id, today, service_percent=policy.service_percent)
    return ForecastSettings(service_level=policy.service_percent / 100, late_days=late)


def _suggested(
    home_id: int,
    policy: OrderingPolicy,
    period: CoverPeriod,
    at: datetime,
    *,
    but_not: UUID | None = None,
    resident_ids: Collection[int] | None = None,
) -> list[LineSuggestion]:
    """Return the suggestions for what is ordered for residents, without what stopped and the home's own remedies."""
    on_its_way = orders.coming(home_id, now=at, but_not=but_not)
    found = forecast(
        home_id, period, _settings(home_id, policy, period.today), now=at, coming=on_its_way, resident_ids=resident_ids
    )
    return [each for each in found if each.suggestion.answer not in NEVER_ORDERED and _is_ordered(each.line)]


def _is_ordered(line: KnownLine) -> bool:
    is_the_homes = all(each.authority == Authority.HOMELY_REMEDY for each in line.prescriptions)
    return line.resident is not None and bool(line.prescriptions) and not is_the_homes


def _by_recipient(found: Iterable[LineSuggestion], send_to: str) -> dict[Recipient, list[LineSuggestion]]:
    """Sort suggestions by the surgery or pharmacy that is asked for them, each in the order of the proxy screen."""
    places: dict[Recipient, list[LineSuggestion]] = defaultdict(list)
    for each in found:
        resident = each.line.resident
        if resident is None:
            continue
        to_surgery = send_to == OrderingPolicy.SendTo.SURGERY
        place = (resident.gp_practice_id, None) if to_surgery else (None, resident.pharmacy_id)
        places[place].append(each)
    # Known places first; a group without one is last, so that somebody sees that it needs one.
    ordered = sorted(places, key=lambda place: (place == (None, None), place[0] or 0, place[1] or 0))
    return {place: sorted(places[place], key=_screen_order) for place in ordered}


def _screen_order(each: LineSuggestion) -> tuple[str, str, int, str, str]:
    """Return the place on a proxy-ordering screen: patients by surname, then their medicines by name."""
    resident = each.line.resident
    name = resident.full_name if resident is not None else ""
    key = each.suggestion.key
    return (name.rsplit(" ", 1)[-1].casefold(), name.casefold(), key.resident_id, each.line.medicine.name, key.unit)


# Rows


def _draft(
    home_id: int,
    cycle: OrderCycle,
    recipient: Recipient,
    found: Sequence[LineSuggestion],
    at: datetime,
    *,
    kind: str,
    arrives_on: date,
    by: int | None = None,
    pk: UUID | None = None,
    reason: str = "",
    covers: tuple[date, date] | None = None,
) -> Order:
    last = Order.objects.filter(home_id=home_id).aggregate(last=Max("number"))["last"] or 0
    gp_practice_id, pharmacy_id = recipient
    covers_from, covers_until = covers or (cycle.change_over_on, cycle.cover_until_on)
    order = Order(
        home_id=home_id, cycle=cycle, number=last + 1, kind=kind, reason=reason, gp_practice_id=gp_practice_id,
        pharmacy_id=pharmacy_id, arrives_on=arrives_on, covers_from_on=covers_from, cover_until_on=covers_until,
        drafted_at=at, drafted_by_id=by,
    )  # fmt: skip
    if pk is not None:
        order.pk = pk
    order.save(force_insert=True)
    _write_lines(home_id, order.pk, found)
    return order


#: All lines of an order at once. One value for all of them costs a fraction of a value for each column of each line.
#: What has a default in the model and is empty in a draft is named as well: the database has no defaults.
WRITE_LINES = """
INSERT INTO ordering_orderline (
       id, home_id, order_id, position, resident_id, prescription_id, medicine_id, unit, suggestion, suggested,
       suggested_packs, sentence, figures, sizes, quantity, packs, reason, as_sent)
SELECT line.id, %s, %s, line.position, line.resident_id, line.prescription_id, line.medicine_id, line.unit,
       line.suggestion, line.suggested, line.suggested_packs, line.sentence, line.figures, line.sizes, 0, '[]', '', '{}'
  FROM jsonb_to_recordset(%s::jsonb) AS line (
       id uuid, position integer, resident_id bigint, prescription_id uuid, medicine_id text, unit text,
       suggestion text, suggested numeric, suggested_packs jsonb, sentence text, figures jsonb, sizes jsonb)
"""


def _write_lines(home_id: int, order_id: UUID, found: Sequence[LineSuggestion], *, first: int = 1) -> None:
    """Write the lines of an order, in the order given. One statement."""
    sizes: dict[int, list[dict[str, Any]]] = {}
    rows = []
    for place, each in enumerate(found, start=first):
        known = each.line.facts.sizes
        # Lines of one medicine share their sizes.
        kept = sizes.get(id(known)) or sizes.setdefault(id(known), [_size(size) for size in known])
        fields = _suggestion_fields(each.suggestion)
        fields["suggested"] = str(fields["suggested"])
        key = each.suggestion.key
        rows.append(
            {
                "id": str(uuid7()), "position": place, "resident_id": key.resident_id,
                "prescription_id": str(each.line.prescriptions[0].pk), "medicine_id": key.medicine_id,
                "unit": key.unit, "sizes": kept, **fields,
            }
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WRITE_LINES, [home_id, order_id, json.dumps(rows, ensure_ascii=False)])


def _suggestion_fields(suggestion: Suggestion) -> dict[str, Any]:
    figures = suggestion.figures
    return {
        "suggestion": suggestion.answer.value,
        "suggested": figures.ordered,
        "suggested_packs": kept_packs(suggestion.packs),
        "sentence": suggestion.sentence or suggestion.reason,
        "figures": {
            "need": str(figures.need), "held": str(figures.held), "coming": str(figures.coming),
            "used_before": str(figures.used_before), "at_change_over": str(figures.at_change_over),
            "not_usable": str(figures.not_usable.total), "reserve": str(figures.reserve),
            "usual": kept_packs(suggestion.usual), "price_pence": suggestion.price_pence,
            "saved_pence": suggestion.saved_pence,
            "runs_out_on": suggestion.runs_out_on.isoformat() if suggestion.runs_out_on else None,
        },
    }  # fmt: skip


def _size(size: PackSize) -> dict[str, Any]:
    return {"pack_id": size.pack_id, "name": size.name, "holds": str(size.holds), "price_pence": size.price_pence}


def _ids_of(interim: Interim) -> list[UUID]:
    """Return the ids of an interim order's parts, the same for the same form: one a surgery, nine at most."""
    return [interim.id, *(uuid5(interim.id, str(place)) for place in range(1, 9))]


def _ask_to_review(
    home_id: int, drafted: Sequence[Order], order_by: date, at: datetime, *, is_urgent: bool = False
) -> None:
    causes = [
        tasks.Cause(
            kind=Task.Kind.ORDER_TO_REVIEW,
            cause=str(each.pk),
            due_at=at,
            is_urgent=is_urgent,
            facts={"order_id": str(each.pk), "number": each.number, "by": order_by.isoformat()},
        )
        for each in drafted
    ]
    tasks.raise_tasks(home_id=home_id, causes=causes, at=at, by=None)
