"""Who read and who changed a resident's record, in words: for the manager and an inspector."""

from datetime import time, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries import audit_trail
from emar.queries.homes import HomeOfStaff
from emar.rules.wall_clock import instant
from web.access import INSPECTOR, MANAGER, for_roles
from web.audit_words import act_words, change_words, words_of
from web.desk_form import DeskForm, banner, day_field
from web.pages.residents import resident_or_404

LOOKS = [("", "Everything"), ("changes", "Changes only"), ("looks", "Looks only")]


class LogForm(DeskForm):
    """Which part of the log is shown."""

    who = forms.TypedChoiceField(label="Who", required=False, coerce=int, empty_value=None)
    what = forms.ChoiceField(label="What", required=False)
    since = day_field("From", required=False)
    until = day_field("Until", required=False)

    def asked(self) -> audit_trail.TrailFilter:
        """Return what is asked for; everything where the form cannot be read."""
        if not self.is_valid():
            return audit_trail.TrailFilter()
        said = self.cleaned_data
        what, day = said["what"], timedelta(days=1)
        return audit_trail.TrailFilter(
            staff_member_id=said["who"],
            action="" if what in ("changes", "looks") else what,
            looks={"changes": False, "looks": True}.get(what),
            since=instant(said["since"], time()) if said["since"] else None,
            until=instant(said["until"] + day, time()) if said["until"] else None,
        )


@for_roles(frozenset({MANAGER, INSPECTOR}))
@require_GET
def access_log(request: HttpRequest, here: HomeOfStaff, resident_id: int) -> HttpResponse:
    """Show who looked at and who changed a resident's record, the latest first."""
    line = resident_or_404(request, here, resident_id, "access_log")
    form = LogForm(request.GET)
    people = audit_trail.actors(here.home_id, resident_id)
    form.fields["who"].choices = [("", "Everybody"), *((each.pk, each.full_name) for each in people)]
    acts = [(each, act_words(each).capitalize()) for each in audit_trail.actions(here.home_id, resident_id)]
    form.fields["what"].choices = [*LOOKS, *acts]
    page = request.GET.get("page", "0")
    start = int(page) * audit_trail.PAGE if page.isascii() and page.isdigit() and len(page) < 6 else 0
    lines, is_more = audit_trail.trail(here.home_id, resident_id, form.asked(), start=start)
    query = request.GET.copy()
    query["page"] = str(start // audit_trail.PAGE + 1)
    context = {
        "form": form,
        "lines": [(each, words_of(each), change_words(each.changes)) for each in lines],
        "earlier": f"?{query.urlencode()}" if is_more else "",
        "heading": "Who looked and who changed",
    }
    return render(request, "access_log/access_log.html", context | banner(line, timezone.now()))
