"""What is done with an order after it went out: prescriptions checked against it, chases, owings, the delivery."""

from decimal import Decimal, InvalidOperation
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from uuid_utils.compat import uuid7

from emar.queries import policy
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import local_day
from ordering.operations import following as operations
from ordering.queries import calendar, orders, scorecards
from ordering.queries.substitutes import substitutes
from web.access import READERS, SENIORS, WORKING, for_roles
from web.desk_form import ActForm, data_of, day_field, form_page, is_done, sent_id, words_field
from web.pages.orders import placed_or_404, read_order
from web.record_words import amount

SAID = [
    ("dispensed", "Dispensed"),
    ("owing", "Owed: it comes later"),
    ("substituted", "Another product comes instead"),
    ("will_not_come", "Will not come"),
]
TOLD = ("cancelled", "Told that it is not needed any more")


class ChaseForm(ActForm):
    """Somebody was asked after what is missing."""

    spoke_to = forms.CharField(
        label="Whom you asked, and how", max_length=300, help_text="Such as: Kim at Elm Surgery, by telephone."
    )
    words = words_field("What they said", rows=2)
    promised_on = day_field("Promised for", required=False)


class SaidForm(ActForm):
    """What the pharmacy says of one item."""

    kind = forms.ChoiceField(label="What does the pharmacy say?", widget=forms.RadioSelect, choices=SAID)
    quantity = forms.DecimalField(
        label="How much", required=False, min_value=Decimal("0.0001"), max_digits=10, decimal_places=4,
        help_text="Leave it empty for all that is missing.",
    )  # fmt: skip
    medicine_id = forms.ChoiceField(
        label="Which product comes instead", required=False,
        help_text="Only where another product comes. If it is not in the list, write its name below.",
    )  # fmt: skip
    words = words_field("In their words", rows=2, required=False, help_text="Which product instead, why, who said so.")
    promised_on = day_field("Promised for", required=False)

    def __init__(self, *args: Any, instead_of: str, **named: Any) -> None:
        super().__init__(*args, **named)
        known = [(each.pk, each.name) for each in substitutes(instead_of)]
        cast(forms.ChoiceField, self.fields["medicine_id"]).choices = [("", "The product that was ordered"), *known]

    def word(self, line_id: UUID) -> operations.Said:
        """Return what was said of an item, as the operation takes it."""
        said = self.cleaned_data
        is_other = said["kind"] == "substituted"
        return operations.Said(
            id=said["id"], line_id=line_id, kind=said["kind"], quantity=said["quantity"], words=said["words"],
            medicine_id=(said["medicine_id"] or None) if is_other else None, promised_on=said["promised_on"],
        )  # fmt: skip


class SaidAtHomeForm(SaidForm):
    """The same, or that the home told the pharmacy that it does not need the item any more."""

    kind = forms.ChoiceField(label="What happened?", widget=forms.RadioSelect, choices=[*SAID, TOLD])
    words = words_field(
        "In their words", rows=2, required=False, help_text="Which product instead, why, whom you spoke to and how."
    )


@for_roles(SENIORS)
@require_http_methods(["GET", "POST"])
def check_prescriptions(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Compare the prescriptions that were issued with the order, item by item, before they are dispensed."""
    placed = read_order(request, here, order_id)
    if placed.sent is None:
        raise Http404("only what was sent can be checked")
    rows = [
        _Row(item, request) for item in placed.required if item.standing.is_open or item.standing.issued is not None
    ]
    problems = [f"{row.item.line.medicine.name}: {row.problem}" for row in rows if row.problem]
    if request.method == "POST" and not problems:
        found = [row.checked() for row in rows if row.answer]
        operations.check_prescriptions(
            home_id=here.home_id, order_id=order_id, check_id=sent_id(request), found=found,
            not_ordered=request.POST.get("not_ordered", "")[:2000], by=request.user.pk, at=timezone.now(),
        )  # fmt: skip
        missing = sum(not each.quantity for each in found)
        messages.success(
            request,
            f"{len(found)} checked. {missing} missing: chase {'it' if missing == 1 else 'them'} now." if missing
            else f"{len(found)} checked, nothing is missing among them.",
        )  # fmt: skip
        return redirect("web:order", order_id)
    context = {
        "placed": placed,
        "order": placed.order,
        "rows": rows,
        "problems": problems,
        "id": request.POST.get("id") or str(uuid7()),
        "not_ordered": request.POST.get("not_ordered", ""),
        "place": placed.order.gp_practice or placed.order.pharmacy,
    }
    return render(request, "orders/check.html", context)


class _Row:
    """One item of the check: what was ordered, and what somebody said of its prescription."""

    def __init__(self, item: orders.Item, request: HttpRequest) -> None:
        self.item, sent = item, request.POST
        key = str(item.line.pk)
        self.answer = sent.get(f"answer-{key}", "")
        if self.answer not in ("as_ordered", "other", "missing"):
            self.answer = ""
        if not self.answer and "rest" in sent and item.standing.issued is None:
            self.answer = "as_ordered"
        self.text = sent.get(f"quantity-{key}", "")
        self.words = sent.get(f"words-{key}", "")[:1000]
        self.problem = ""
        if self.answer == "other" and self._typed() is None:
            self.problem = "enter how much was issued, as a number above nothing"

    def _typed(self) -> Decimal | None:
        try:
            found = Decimal(self.text.strip())
        except InvalidOperation:
            return None
        return found if found.is_finite() and 0 < found < 10**8 else None

    def checked(self) -> operations.Checked:
        """Return what the prescription says."""
        line = self.item.line
        if self.answer == "other":
            quantity = self._typed() or Decimal(0)
        else:
            quantity = Decimal(line.quantity) if self.answer == "as_ordered" else Decimal(0)
        return operations.Checked(line.pk, quantity, self.words)


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def chase_order(request: HttpRequest, here: HomeOfStaff, order_id: UUID) -> HttpResponse:
    """Write down that somebody was asked after what is missing of an order."""
    placed = read_order(request, here, order_id)
    if placed.sent is None:
        raise Http404("only what was sent can be chased")
    missing = [each for each in placed.required if each.standing.is_open]
    form = ChaseForm(**data_of(request))
    chosen = request.POST.getlist("line") or [str(each.line.pk) for each in missing if each.standing.needs_chasing]

    def act(said: dict[str, Any]) -> None:
        ids = tuple(each.line.pk for each in missing if str(each.line.pk) in request.POST.getlist("line"))
        chase = operations.Chase(said["id"], ids, said["spoke_to"], said["words"], said["promised_on"])
        operations.chase(home_id=here.home_id, order_id=order_id, chase=chase, by=request.user.pk, at=timezone.now())

    if is_done(request, form, act, {operations.WordsMissing: None}):
        messages.success(request, "Written down. You are reminded again when the day they promised has passed.")
        return redirect("web:order", order_id)
    context = {"placed": placed, "order": placed.order, "form": form, "missing": missing, "chosen": chosen}
    return render(request, "orders/chase.html", context)


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def say_of_item(request: HttpRequest, here: HomeOfStaff, line_id: UUID) -> HttpResponse:
    """Write down what the pharmacy says of one item: dispensed, owed, another product, or that it will not come."""
    line = orders.line(here.home_id, line_id)
    if line is None or not line.is_required:
        raise Http404("this home ordered no such item")
    placed = placed_or_404(here, line.order_id)
    if placed.sent is None:
        raise Http404("only what was sent can be followed")
    form = SaidAtHomeForm(**data_of(request), instead_of=line.medicine_id)

    def act(_: dict[str, Any]) -> None:
        operations.say(home_id=here.home_id, said=form.word(line_id), by=request.user.pk, at=timezone.now())

    if is_done(request, form, act, {operations.WordsMissing: "words", operations.QuantityWrong: "quantity"}):
        return redirect(f"{reverse('web:order', args=[line.order_id])}#item-{line_id}")
    ordered = amount(line.quantity, line.unit)
    return form_page(
        request, form, heading=f"{line.medicine.name} for {line.resident.full_name}", button="Write it down",
        back=reverse("web:order", args=[line.order_id]), words=f"Order {line.order.number}: {ordered} ordered.",
    )  # fmt: skip


@for_roles(WORKING)
@require_POST
def expect_delivery(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Open a delivery with everything that a pharmacy still has to bring, and go to book it in."""
    asked = request.POST.get("pharmacy", "")
    pharmacy_id = int(asked) if asked.isdecimal() and len(asked) < 16 else None
    if pharmacy_id is not None and all(each.pk != pharmacy_id for each in policy.pharmacies(here.home_id)):
        raise Http404("no such pharmacy supplies this home")
    try:
        delivery = operations.expect_delivery(
            home_id=here.home_id, delivery_id=sent_id(request), pharmacy_id=pharmacy_id, by=request.user.pk,
            at=timezone.now(),
        )  # fmt: skip
    except operations.NothingExpected as refusal:
        words = str(refusal)
        messages.warning(request, f"{words[:1].upper()}{words[1:]}.")
        return redirect("web:deliveries")
    return redirect("web:delivery", delivery.pk)


@for_roles(READERS)
@require_GET
def suppliers_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show how long each surgery and pharmacy takes, how much it brings, and what that means for the next order."""
    kept = calendar.policy_of(here.home_id)
    percent = kept.service_percent if kept else 95
    cards = scorecards.supplier_cards(here.home_id, local_day(timezone.now()), service_percent=percent)
    context = {"cards": cards, "percent": percent, "is_manager": here.role == "manager"}
    return render(request, "orders/suppliers.html", context)
