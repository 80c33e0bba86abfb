"""The controlled drugs register: its pages, and one page with every line, on screen and on paper."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries import register
from emar.queries.homes import HomeOfStaff
from web.access import MANAGERS, READERS, for_roles
from web.pages.residents import note_read


@for_roles(READERS)
@require_GET
def register_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """List the pages of the register by resident and medicine."""
    return render(
        request,
        "register/register.html",
        {
            "pages": register.pages(here.home_id),
            "exceptions": register.exception_count(here.home_id),
            "may_review": here.role in MANAGERS,
        },
    )


@for_roles(READERS)
@require_GET
def page_page(request: HttpRequest, here: HomeOfStaff, page_id: int) -> HttpResponse:
    """Show one page of the register from its first line to its last."""
    page = register.page(here.home_id, page_id)
    if page is None:
        raise Http404("the register has no such page")
    if page.line.resident_id is not None:
        note_read(request, here, page.line.resident_id, "cd_register")
    return render(
        request,
        "register/page.html",
        {"page": page, "line": page.line, "rows": register.page_rows(page.line), "now": timezone.now()},
    )
