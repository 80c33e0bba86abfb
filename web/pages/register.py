"""The controlled drugs register: its pages, one page with every line on screen and on paper, and the weekly check."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from emar.operations import counts as operations
from emar.queries import register
from emar.queries.closing import BALANCE_CHECK_DAYS
from emar.queries.homes import HomeOfStaff
from stock.operations.counts import NothingToCount
from web.access import MANAGERS, READERS, WORKING, for_roles
from web.desk_form import ActForm, data_of, is_done
from web.pages.counts import quantity_field
from web.pages.residents import note_read
from web.pdf.register import register_pdf
from web.second_person import SecondPersonFields


class BalanceCheckForm(ActForm, SecondPersonFields):
    """What two people counted of every page that holds something; a page left empty stays uncounted."""

    def __init__(self, pages: list[register.Page], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for page in pages:
            line = page.line
            whose = line.resident.full_name if line.resident else "the home"
            self.fields[f"counted-{line.pk}"] = quantity_field(f"{line.medicine.name}, {whose}", required=False)
            self.fields[f"counted-{line.pk}"].widget.attrs["class"] = "nhsuk-input nhsuk-input--width-5"

    def rows(self, pages: list[register.Page]) -> list[tuple[register.Page, Any]]:
        """Return each page with the field of its count."""
        return [(page, self[f"counted-{page.line.pk}"]) for page in pages]

    def clean(self) -> dict[str, Any]:
        """Refuse a form on which nothing was counted, or a check without the second person."""
        said = super().clean() or self.cleaned_data
        if not self.errors and not _counted(said):
            self.add_error(None, "Type what you counted of at least one page")
        return said


def _counted(said: dict[str, Any]) -> dict[int, Decimal]:
    return {
        int(name.removeprefix("counted-")): value
        for name, value in said.items()
        if name.startswith("counted-") and value is not None
    }


@for_roles(READERS)
@require_GET
def register_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """List the pages of the register by resident and medicine."""
    return render(
        request,
        "register/register.html",
        {
            "pages": (pages := register.pages(here.home_id)),
            "overdue": sum(_is_overdue(page) for page in pages),
            "printed_at": timezone.now(),
            "may_count": here.role in WORKING,
            "exceptions": register.exception_count(here.home_id),
            "may_review": here.role in MANAGERS,
        },
    )


def _is_overdue(page: register.Page) -> bool:
    """Return whether a page that holds something was not counted by two people for a week."""
    week_ago = timezone.now() - timedelta(days=BALANCE_CHECK_DAYS)
    return bool(page.balance) and (page.counted_at is None or page.counted_at < week_ago)


@for_roles(READERS)
@require_GET
def page_page(request: HttpRequest, here: HomeOfStaff, page_id: int) -> HttpResponse:
    """Show one page of the register from its first line to its last."""
    page = _page_or_404(request, here, page_id)
    return render(
        request,
        "register/page.html",
        {"page": page, "line": page.line, "rows": register.page_rows(page.line), "now": timezone.now()},
    )


@for_roles(READERS)
@require_GET
def page_paper(request: HttpRequest, here: HomeOfStaff, page_id: int) -> HttpResponse:
    """Print one page of the register."""
    page = _page_or_404(request, here, page_id)
    paper = register_pdf(here.home_name, page, register.page_rows(page.line), timezone.now())
    response = HttpResponse(paper, content_type="application/pdf")
    # The name of a file is read over shoulders: it names nobody.
    response["Content-Disposition"] = 'inline; filename="cd-register-page.pdf"'
    return response


def _page_or_404(request: HttpRequest, here: HomeOfStaff, page_id: int) -> register.Page:
    page = register.page(here.home_id, page_id)
    if page is None:
        raise Http404("the register has no such page")
    if page.line.resident_id is not None:
        note_read(request, here, page.line.resident_id, "cd_register")
    return page


@for_roles(WORKING)
@require_http_methods(["GET", "POST"])
def balance_check(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Count every page of the register with a second person, without seeing a balance, on one form."""
    now = timezone.now()
    pages = [page for page in register.pages(here.home_id) if page.balance]
    form = BalanceCheckForm(pages, **data_of(request))
    form.show_who(request, here.home_id, now)
    done: list[tuple[UUID, int]] = []

    def act(said: dict[str, Any]) -> None:
        session, taken = operations.check_balances(
            home_id=here.home_id, check_id=said["id"], counted=_counted(said), witness_id=form.witness_id,
            by=request.user.pk, at=now,
        )  # fmt: skip
        done.append((session.pk, sum(not each.agrees for each in taken)))

    if is_done(request, form, act, {operations.WitnessMissing: "witness_password", NothingToCount: None}):
        [(session_id, differ)] = done
        if differ:
            messages.warning(request, f"{differ} page{'' if differ == 1 else 's'} differ. Count again once, below.")
        else:
            messages.success(request, "Every page that was counted agrees with the book.")
        return redirect("web:count", session_id)
    return render(request, "register/check.html", {"form": form, "rows": form.rows(pages)})
