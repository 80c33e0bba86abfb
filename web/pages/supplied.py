"""What a pharmacy's person sees: the homes their pharmacy supplies, what those ordered of it, and how far it is."""

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from emar.rules.amounts import plain
from emar.rules.wall_clock import local_day
from ordering.operations import following, partners
from ordering.queries import supplied
from ordering.rules.following import STEP_WORDS
from ordering.rules.order_paper import packs_words, without_formula
from web.access import for_pharmacy
from web.desk_form import data_of, form_page, is_done
from web.pages.order_following import SaidForm
from web.record_words import amount

#: What was ordered for days before this is over, and nobody at a pharmacy needs it any more.
KEPT = timedelta(days=28)
#: Whether the home has got round to telling the pharmacy makes no difference to whoever reads it here.
NOT_NEEDED = "Not needed"
SUPPLY_WORDS = STEP_WORDS | {"stopped": NOT_NEEDED, "cancelled": NOT_NEEDED}
HEADINGS = (
    "Home", "Order number", "Needed by", "Patient", "Date of birth", "NHS number", "Medicine", "Directions",
    "Quantity", "Unit", "Packs", "Surgery", "Brand needed", "Controlled drug", "Where it stands",
)  # fmt: skip


def _items(request: HttpRequest) -> list[supplied.SuppliedItem]:
    since = local_day(timezone.now()) - KEPT
    asked = request.GET.get("home", "")
    home_id = int(asked) if asked.isdecimal() and len(asked) < 16 else None
    return supplied.items(request.user.pk, since=since, home_id=home_id)


@for_pharmacy
@require_GET
def supplied_page(request: HttpRequest) -> HttpResponse:
    """Show what homes ordered of this pharmacy, by home and order."""
    homes = supplied.homes(request.user.pk)
    asked = request.GET.get("home", "")
    found: dict[tuple[str, int], list[Any]] = {}
    for each in _items(request):
        found.setdefault((each.home_name, each.order.number), []).append(each)
    context = {
        "homes": homes,
        "groups": [(home, items[0].order, items) for (home, _), items in found.items()],
        "asked": asked,
        "step_words": SUPPLY_WORDS,
        "today": local_day(timezone.now()),
    }
    return render(request, "supplied/supplied.html", context)


@for_pharmacy
@require_GET
def supplied_file(request: HttpRequest) -> HttpResponse:
    """Save what homes ordered of this pharmacy as CSV."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEADINGS)
    for each in _items(request):
        said, line = each.line.as_sent, each.line
        row = (
            each.home_name, str(each.order.number), each.order.arrives_on.isoformat(), said["resident"],
            said["born_on"], said["nhs_number"], said["medicine"], said["directions"], plain(line.quantity), line.unit,
            packs_words(line.packs), said["practice"], "yes" if said["is_brand"] else "",
            "yes" if said["is_controlled"] else "", SUPPLY_WORDS[each.standing.step],
        )  # fmt: skip
        writer.writerow([without_formula(cell) for cell in row])
    response = HttpResponse(file.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return response


@for_pharmacy
@require_http_methods(["GET", "POST"])
def say_of_supplied(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """Say what the pharmacy does about one item: dispensed, owed, another product, or that it will not come."""
    line = supplied.line(request.user.pk, line_id)
    if line is None:
        raise Http404("this item was not ordered of your pharmacy")
    form = SaidForm(**data_of(request), instead_of=line.medicine_id)

    def act(_: dict[str, Any]) -> None:
        partners.say(said=form.word(line_id), by=request.user.pk, at=timezone.now())
        messages.success(request, "The home sees it now.")

    refusals = {following.WordsMissing: "words", following.QuantityWrong: "quantity", partners.NotAPartner: None}
    if is_done(request, form, act, refusals | {following.NotSent: None}):
        return redirect(f"{reverse('web:supplied')}#item-{line_id}")
    born = date.fromisoformat(line.as_sent["born_on"])
    return form_page(
        request, form, heading=line.as_sent["medicine"], button="Tell the home", back=reverse("web:supplied"),
        words=f"For {line.as_sent['resident']}, born {born.day} {born:%B %Y}: {amount(line.quantity, line.unit)}.",
    )  # fmt: skip
