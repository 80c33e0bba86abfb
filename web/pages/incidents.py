"""The incidents of a home, and one of them with everything known of it, on a page and on paper."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from emar.queries.homes import HomeOfStaff
from quality.queries import incidents as queries
from quality.queries.incidents import WholeIncident
from web.access import INSPECTOR, MANAGERS, SENIORS, for_roles
from web.pages.residents import note_read
from web.pdf.incident import incident_pdf

#: Carers report and hear what came of it; the file itself is for those who answer for the home.
LOOKING = SENIORS | {INSPECTOR}


@for_roles(LOOKING)
@require_GET
def incidents_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show what is open, drafts first, or what was closed in the last year."""
    now, is_open = timezone.now(), request.GET.get("show") != "closed"
    found = queries.incidents(here.home_id, now, is_open=is_open)
    return render(
        request,
        "incidents/incidents.html",
        {
            "drafts": [each for each in found if each.is_draft],
            "judged": [each for each in found if not each.is_draft],
            "is_open": is_open,
            "may_report": here.role in SENIORS,
            "may_decide": here.role in MANAGERS,
        },
    )


@for_roles(LOOKING)
@require_GET
def incident_page(request: HttpRequest, here: HomeOfStaff, incident_id: UUID) -> HttpResponse:
    """Show one incident: what was seen, how it was judged, which duties follow, what is done."""
    found = _read(request, here, incident_id)
    incident = found.incident
    is_standing = incident.merged_into is None and incident.closed_at is None
    return render(
        request,
        "incidents/incident.html",
        {
            "whole": found,
            "incident": incident,
            "latest": found.listed.assessment,
            "earlier": [each for each in found.assessments if each != found.listed.assessment],
            "may_judge": is_standing and here.role in MANAGERS,
            "may_note": is_standing and here.role in SENIORS,
            "may_reopen": incident.closed_at is not None and here.role in MANAGERS,
            "missing": found.missing if is_standing else [],
        },
    )


@for_roles(LOOKING)
@require_GET
def incident_paper(request: HttpRequest, here: HomeOfStaff, incident_id: UUID) -> HttpResponse:
    """Print one incident."""
    found = _read(request, here, incident_id)
    response = HttpResponse(incident_pdf(here.home_name, found, timezone.now()), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="incident-{found.incident.number}.pdf"'
    return response


def incident_or_404(here: HomeOfStaff, incident_id: UUID) -> WholeIncident:
    """Return an incident of this home with everything known of it."""
    found = queries.whole(here.home_id, incident_id)
    if found is None:
        raise Http404("this home has no such incident")
    return found


def _read(request: HttpRequest, here: HomeOfStaff, incident_id: UUID) -> WholeIncident:
    found = incident_or_404(here, incident_id)
    if found.incident.resident_id:
        note_read(request, here, found.incident.resident_id, "incident")
    return found
