"""The council's board: every home's stage, readiness and hours saved, by name and never as a league table."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from quality.queries import going_live, savings
from quality.queries.council import homes_of_council
from quality.rules.going_live import STAGE_WORDS
from web.access import for_council
from web.pdf.evidence import council_evidence_pdf


@for_council
@require_GET
def board_page(request: HttpRequest, council: tuple[int, str]) -> HttpResponse:
    """Show all homes with their stage, what they have of what they need, and what is saved under each grade."""
    homes = homes_of_council(council[0])
    lines = going_live.board(homes)
    saved = {each.home.pk: each for each in savings.for_council(homes)}
    stages = [
        (words, sum(1 for line in lines if line.step and line.step.stage == stage))
        for stage, words in STAGE_WORDS.items()
    ]
    return render(
        request,
        "going_live/board.html",
        {
            "council_name": council[1],
            "lines": [(line, saved[line.home.pk]) for line in lines],
            "stages": stages,
            "without": sum(1 for line in lines if line.step is None),
        },
    )


@for_council
@require_GET
def evidence_paper(request: HttpRequest, council: tuple[int, str]) -> HttpResponse:
    """Print the council's evidence pack: what is measured in which home, and what is not."""
    homes = homes_of_council(council[0])
    paper = council_evidence_pdf(council[1], going_live.board(homes), savings.for_council(homes), timezone.now())
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="council-evidence-pack.pdf"'
    return response
