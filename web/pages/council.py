"""What a council's quality team sees: its homes in counts, never a resident, a staff member or their words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries import homes
from web.access import for_council

#: Counts under this could point at one person and are not shown (trust.md).
SMALLEST_SHOWN = 5
DAYS = 28


@for_council
@require_GET
def council_page(request: HttpRequest, council: tuple[int, str]) -> HttpResponse:
    """Show the council's homes with their counts of the last four weeks."""
    counts = homes.council_counts(council[0], timezone.now(), days=DAYS)
    return render(
        request,
        "council/council.html",
        {"council_name": council[1], "counts": counts, "days": DAYS, "smallest": SMALLEST_SHOWN},
    )
