"""Where stock drifts: differences by reason, by form and by round, on a page and as a file. Nobody is named."""

from collections.abc import Iterator
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries.drift import Drift, Share, drift
from emar.queries.homes import HomeOfStaff
from emar.rules.amounts import plain
from web.access import READERS, for_roles
from web.csv_file import csv_response
from web.record_words import amount

PERIODS = {28: "28 days", 91: "3 months", 365: "A year"}


@for_roles(READERS)
@require_GET
def drift_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what drifted in a period, three ways."""
    days, found = _found(request, here)
    return render(
        request,
        "differences/drift.html",
        {
            "tables": [(heading, label, [_shown(each) for each in rows]) for heading, label, rows in _tables(found)],
            "found": found,
            "days": days,
            "periods": PERIODS.items(),
        },
    )


@for_roles(READERS)
@require_GET
def drift_file(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Answer the same as a CSV file."""
    _, found = _found(request, here)
    rows = (
        (heading, *_shown(each)) for heading, _, shares in _tables(found) for each in shares
    )  # fmt: skip
    return csv_response("drift", ("Table", "What", "Differences", "Missing", "Too much", "Counts"), rows)


def _tables(found: Drift) -> Iterator[tuple[str, str, list[Share]]]:
    yield "By reason", "Reason", list(found.by_reason)
    yield "By round", "Round", list(found.by_round)
    yield "By form of the medicine", "Form", list(found.by_form)


def _shown(share: Share) -> tuple[str, str, str, str, str]:
    missing, surplus = (
        ", ".join(amount(round(much, 1), unit) for unit, much in sorted(kind.items()))
        for kind in (share.missing, share.surplus)
    )
    return share.name, plain(round(share.differences, 1)), missing, surplus, str(share.counts or "")


def _found(request: HttpRequest, here: HomeOfStaff) -> tuple[int, Drift]:
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(each) for each in PERIODS} else 91
    now = timezone.now()
    return days, drift(here.home_id, now - timedelta(days=days), now)
