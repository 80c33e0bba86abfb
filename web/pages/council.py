"""What a council's quality team sees: its homes in counts, never a resident, a staff member or their words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries import homes
from emar.queries.homes import HomeCounts
from web.access import for_council

#: Counts under this could point at one person and are not shown (trust.md).
SMALLEST_SHOWN = 5
DAYS = 28


@for_council
@require_GET
def council_page(request: HttpRequest, council: tuple[int, str]) -> HttpResponse:
    """Show the council's homes with their counts of the last four weeks."""
    counts = [_suppressed(each) for each in homes.council_counts(council[0], timezone.now(), days=DAYS)]
    return render(
        request,
        "council/council.html",
        {"council_name": council[1], "counts": counts, "days": DAYS, "smallest": SMALLEST_SHOWN},
    )


def _suppressed(counts: HomeCounts) -> dict[str, object]:
    """Return a home's counts with the small ones left out, and one that would give a small one away.

    Recorded less given is how many were not given: where that is small, how many were given is not shown.
    """
    not_given = counts.recorded - counts.given
    shown = {name: getattr(counts, name) for name in ("residents", "recorded", "given", "blank")}
    if 0 < not_given < SMALLEST_SHOWN and counts.recorded >= SMALLEST_SHOWN:
        shown["given"] = None
    return {
        "home_name": counts.home_name,
        "has_nursing": counts.has_nursing,
        "devices": counts.devices,
        **{name: _words(count) for name, count in shown.items()},
    }


def _words(count: int | None) -> str:
    if count is None:
        return "not shown"
    return f"fewer than {SMALLEST_SHOWN}" if 0 < count < SMALLEST_SHOWN else f"{count:,}"
