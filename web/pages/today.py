"""The start page of a home: how the day's rounds stand, and what needs somebody now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries.homes import HomeOfStaff
from emar.queries.today import today
from emar.queries.writing import count_waiting
from web.access import READERS, for_roles

#: So many of the longer lists are shown; the rest is counted, with the page that has them all.
SHOWN = 8


@for_roles(READERS)
@require_GET
def today_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the home's day so far."""
    now = timezone.now()
    return render(
        request,
        "today/today.html",
        {
            "today": today(here.home_id, now),
            "waiting": count_waiting(here.home_id),
            "now": now,
            "shown": SHOWN,
            "shown_slice": f":{SHOWN}",
            "minus_shown": -SHOWN,
        },
    )
