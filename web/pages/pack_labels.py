"""Our own label for each pack booked in: which to print, on which paper, and the same sheet again."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from emar.queries.homes import HomeOfStaff
from emar.rules.amounts import plain
from ordering.operations import pack_checks
from ordering.operations.booking_in import NotThisHomes
from ordering.queries import deliveries as queries
from web import record_words
from web.access import WORKING, for_roles
from web.desk_form import ActForm, data_of, form_page, is_done
from web.pages.deliveries import delivery_or_404
from web.pdf.labels import A4_24, A4_65, ROLL_57_32, ROLL_62_29, Layout, PackLabel, pack_labels

#: Papers by the name that stands in the database, the roll of a label printer last.
LAYOUTS: dict[str, tuple[str, Layout]] = {
    "a4_24": ("A4 sheet, 24 labels of 63.5 × 33.9 mm", A4_24),
    "a4_65": ("A4 sheet, 65 labels of 38.1 × 21.2 mm", A4_65),
    "roll_57_32": ("Label printer, 57 × 32 mm", ROLL_57_32),
    "roll_62_29": ("Label printer, 62 × 29 mm", ROLL_62_29),
}


class LabelsForm(ActForm):
    """Which labels, and on which paper."""

    which = forms.ChoiceField(
        label="Which labels",
        widget=forms.RadioSelect,
        choices=[("new", "Those not printed yet"), ("all", "All of them")],
    )
    layout = forms.ChoiceField(
        label="On which paper",
        widget=forms.RadioSelect,
        choices=[(name, words) for name, (words, _) in LAYOUTS.items()],
    )
    first = forms.IntegerField(
        label="Start at label number", min_value=1, max_value=65, initial=1, required=False,
        help_text="On a sheet that is partly used: count along the rows from the top left.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse a place that the sheet does not have."""
        said: dict[str, Any] = super().clean()
        layout = LAYOUTS.get(said.get("layout", ""))
        if layout is not None and (said.get("first") or 1) > layout[1].each_page:
            self.add_error("first", f"This paper has {layout[1].each_page} labels a page.")
        return said


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def labels_page(request: HttpRequest, here: HomeOfStaff, delivery_id: UUID) -> HttpResponse:
    """Choose what to print; a sheet that was printed before is printed again as it was."""
    delivery, now = delivery_or_404(here, delivery_id), timezone.now()
    fresh = queries.unlabelled(delivery)
    sheets = queries.label_sheets(delivery)
    last = sheets[0].layout if sheets else "a4_24"
    used = queries.next_free_place(delivery, last, LAYOUTS.get(last, LAYOUTS["a4_24"])[1].each_page)
    initial = {"which": "new" if fresh or not sheets else "all", "layout": last, "first": used + 1}
    form = LabelsForm(**data_of(request), initial=initial)

    def act(said: dict[str, Any]) -> None:
        wanted = fresh if said["which"] == "new" else queries.packs_of(delivery)
        _, layout = LAYOUTS[said["layout"]]
        pack_checks.print_labels(
            home_id=here.home_id, delivery_id=delivery.pk, sheet_id=said["id"],
            booked_ids=[each.row.pk for each in wanted], layout=said["layout"],
            skipped=(said["first"] or 1) - 1 if layout.each_page > 1 else 0, by=request.user.pk, at=now,
        )  # fmt: skip

    if is_done(request, form, act, {NotThisHomes: "which"}):
        return redirect(f"{reverse('web:pack_labels', args=[delivery.pk])}?sheet={form.cleaned_data['id']}")
    asked = request.GET.get("sheet", "")
    return form_page(
        request, form, heading="Print labels", button="Make the labels",
        back=reverse("web:delivery", args=[delivery.pk]),
        template="deliveries/labels.html", delivery=delivery, fresh=fresh, sheets=sheets,
        made=next((each for each in sheets if str(each.pk) == asked), None),
        layouts={name: words for name, (words, _) in LAYOUTS.items()},
    )  # fmt: skip


@for_roles(WORKING)
@require_GET
def sheet_paper(request: HttpRequest, here: HomeOfStaff, sheet_id: UUID) -> HttpResponse:
    """Print one sheet of labels as it was made."""
    found = queries.label_sheet(here.home_id, sheet_id)
    if found is None:
        raise Http404("this home has no such sheet")
    sheet, packs = found
    _, layout = LAYOUTS.get(sheet.layout, LAYOUTS["a4_24"])
    return _paper([_label(each) for each in packs if not each.is_undone], layout, sheet.skipped)


@for_roles(WORKING)
@require_GET
def one_label(request: HttpRequest, here: HomeOfStaff, booked_id: UUID) -> HttpResponse:
    """Print the label of one pack on a label printer, or again."""
    booked = queries.booked_of(here.home_id, booked_id)
    if booked is None or booked.is_undone:
        raise Http404("this home has no such pack")
    _, layout = LAYOUTS.get(request.GET.get("layout", ""), LAYOUTS["roll_57_32"])
    return _paper([_label(booked)], layout, 0)


def _label(booked: queries.Booked) -> PackLabel:
    pack = booked.pack
    resident = pack.line.resident
    return PackLabel(
        code=pack.label_code,
        resident=resident.full_name if resident else "Stock of the home",
        room=f"Room {resident.room}" if resident else "",
        medicine=pack.line.medicine.name,
        strength_and_form=f"{plain(booked.row.quantity)} {record_words.unit_for(booked.row.unit, booked.row.quantity)}",
        expires=record_words.day(pack.expires_on) if pack.expires_on else "",
        booked_in=f"In {record_words.day(pack.booked_in_at)}",
    )


def _paper(labels: list[PackLabel], layout: Layout, skipped: int) -> HttpResponse:
    response = HttpResponse(pack_labels(labels, layout=layout, skip=skipped), content_type="application/pdf")
    # The name of a file is read over shoulders: it names nobody.
    response["Content-Disposition"] = 'inline; filename="pack-labels.pdf"'
    return response
