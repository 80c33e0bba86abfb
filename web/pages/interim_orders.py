"""What runs out before the next delivery, and the interim orders that bridge it."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from emar.queries import residents
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from ordering.operations import drafting as operations
from ordering.queries import calendar, orders
from ordering.queries.forecast import LineRunOut, line_facts, run_outs
from ordering.rules.cycle import next_delivery
from ordering.rules.suggestion import LineKey
from web.access import READERS, SENIORS, for_roles
from web.desk_form import ActForm, data_of, day_field, is_done, words_field
from web.pages.residents import note_read

SOON = timedelta(days=4)


class InterimForm(ActForm):
    """Why this cannot wait, and by when it has to be here."""

    arrives_on = day_field("Needed here by")
    reason = words_field(
        "Why it cannot wait for the monthly order", rows=2,
        help_text="Such as: new resident, dose changed, box dropped, delivery was short.",
    )  # fmt: skip


def key_text(key: LineKey) -> str:
    """Write a stock line as a form sends it back."""
    return f"{key.resident_id}|{key.medicine_id}|{key.unit}"


@for_roles(READERS)
@require_GET
def run_outs_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what runs out before the next delivery, the first to run out first, whatever has been ordered."""
    now = timezone.now()
    until = calendar.lasts_until(here.home_id, now)
    found = run_outs(here.home_id, now, until)
    for pk in sorted({each.line.resident.pk for each in found if each.line.resident}):
        note_read(request, here, pk, "medicines that run out")
    coming = orders.coming(here.home_id, now=now)
    plan = calendar.plan(here.home_id)
    rows = [
        {"each": each, "key": key_text(each.run_out.key), "coming": coming.get(each.run_out.key, ()),
         "is_soon": each.run_out.at < now + SOON, "is_now": each.run_out.at < now + timedelta(days=1)}
        for each in found
    ]  # fmt: skip
    context = {
        "rows": rows,
        "until": until,
        "next_delivery": next_delivery(plan, local_day(now)) if plan else None,
        "may_order": here.role in SENIORS,
        "printed_at": now,
    }
    return render(request, "orders/run_outs.html", context)


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def interim_order(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Choose what cannot wait, and say why; the draft is reviewed and approved as every order is."""
    now = timezone.now()
    today = local_day(now)
    plan = calendar.plan(here.home_id)
    asked = request.GET.get("resident", "")
    resident_id = int(asked) if asked.isdecimal() and len(asked) < 16 else None
    until = calendar.lasts_until(here.home_id, now)
    low = {each.run_out.key: each for each in run_outs(here.home_id, now, until)}
    chosen = set(request.POST.getlist("item") or request.GET.getlist("item"))
    rows = _rows(here, resident_id, low, chosen)
    for pk in sorted({row["resident"].pk for row in rows}):
        note_read(request, here, pk, "interim order")
    form = InterimForm(**data_of(request), initial={"arrives_on": _soonest(low, today)})

    def act(said: dict[str, Any]) -> None:
        keys = tuple(row["line_key"] for row in rows if row["key"] in request.POST.getlist("item"))
        interim = operations.Interim(said["id"], keys, said["reason"], said["arrives_on"])
        drafted = operations.draft_interim(home_id=here.home_id, interim=interim, by=request.user.pk, at=now)
        form.drafted = drafted[0]
        if len(drafted) > 1:
            messages.success(request, f"{len(drafted)} orders were drafted, one for each surgery. Review each of them.")

    refusals = {operations.NothingChosen: None, operations.ReasonMissing: "reason", operations.NoCalendar: None}
    if plan is not None and is_done(request, form, act, refusals):
        return redirect("web:order", form.drafted.pk)
    context = {
        "form": form,
        "rows": rows,
        "plan": plan,
        "people": residents.residents(here.home_id, now),
        "resident_id": resident_id,
        "back": reverse("web:run_outs"),
    }
    return render(request, "orders/interim.html", context)


def _rows(here: HomeOfStaff, resident_id: int | None, low: dict[LineKey, LineRunOut], chosen: set[str]) -> list[Any]:
    """Return what can be chosen: everything of one resident, else what runs out before the next delivery."""
    now = timezone.now()
    if resident_id is None:
        lines = [each.line for each in low.values()]
    else:
        until = calendar.lasts_until(here.home_id, now)
        lines = line_facts(here.home_id, now, until, resident_ids=[resident_id])
    return [
        {
            "key": key_text(line.facts.key),
            "line_key": line.facts.key,
            "resident": line.resident,
            "medicine": line.medicine,
            "unit": line.facts.key.unit,
            "low": low.get(line.facts.key),
            "is_chosen": key_text(line.facts.key) in chosen,
        }
        for line in lines
        if line.resident is not None and line.prescriptions
    ]


def _soonest(low: dict[LineKey, LineRunOut], today: date) -> date:
    """Return the day before the first of them runs out, and tomorrow at the earliest."""
    first = min((local_day(each.run_out.at) for each in low.values()), default=today + timedelta(days=3))
    return max(first - timedelta(days=1), today + timedelta(days=1))
