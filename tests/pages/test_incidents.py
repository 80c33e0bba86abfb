"""What a carer, a senior and a manager can do about an incident, from the dose to the printed page."""

import re
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from emar.models import Role
from emar.scope import scope
from quality.models import Incident, IncidentPolicy
from quality.operations import incidents as operations
from tests import factories as make
from tests.bedside import EIGHT, MINUTE, NINE, Bedside, make_bedside
from tests.pages.asking import As, post, text
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.usefixtures("at_now")
JUDGED = {
    "merp": "E", "physical": "low", "psychological": "none", "people": "1", "words": "Two tablets, dizzy for an hour",
    "factors": ["interrupted"],
}  # fmt: skip


@pytest.fixture
def bedside(db: None) -> Bedside:
    return make_bedside()


@pytest.fixture
def signed_in_as(bedside: Bedside, sign_in: SignIn) -> As:
    def signed_in(role: str) -> Client:
        return sign_in(make.make_staff_member(home=bedside.home, role=role), home=bedside.home)

    return signed_in


def twice(bedside: Bedside) -> None:
    bedside.record(bedside.dose())
    bedside.record(bedside.dose(given_at=EIGHT + 20 * MINUTE, entered_at=EIGHT + 20 * MINUTE))


def drafted(bedside: Bedside) -> Incident:
    twice(bedside)
    with scope(home=bedside.home.pk):
        operations.draft(home_id=bedside.home.pk, at=NINE)
        return Incident.objects.get()


def incident_address(name: str, incident: Incident, **more: object) -> str:
    return reverse(f"web:{name}", kwargs={"incident_id": incident.pk, **more})


def test_a_home_without_incidents_says_so_and_asks(signed_in_as: As) -> None:
    page = text(signed_in_as(Role.MANAGER), reverse("web:incidents"))
    assert "No incident is open." in page
    assert "near misses happen everywhere" in page


def test_from_a_dose_an_incident_is_two_taps_away(bedside: Bedside, signed_in_as: As) -> None:
    """One tap on the dose's page, one on Report: the form knows what the record knows."""
    twice(bedside)
    record = bedside.administrations()[1]
    client = signed_in_as(Role.SENIOR)
    link = f"{reverse('web:report_incident')}?record={record.pk}"
    assert link in text(client, reverse("web:dose", args=[record.pk]))
    form = client.get(link).context["form"]
    known = {name: form[name].value() for name in form.fields}
    assert (known["kind"], known["reached"], known["resident"]) == ("double_dose", "yes", bedside.resident.pk)
    known["happened_at"] = f"{known['happened_at']:%Y-%m-%dT%H:%M}"
    page = client.post(link, known, follow=True).content.decode()
    assert "Reported. Thank you" in page
    assert "Incident 1: dose given twice" in page
    assert client.get(link, follow=True).redirect_chain == [(reverse("web:incident", args=[known["id"]]), 302)]


def test_a_carer_reports_and_is_thanked_and_reads_no_file(bedside: Bedside, signed_in_as: As) -> None:
    client = signed_in_as(Role.CARER)
    said = {"kind": "other", "reached": "no", "words": "Two boxes look alike", "happened_at": "2026-11-18T08:30"}
    assert "Reported. Thank you" in post(client, reverse("web:report_incident"), **said)
    assert client.get(reverse("web:incidents")).status_code == 403


def test_a_report_without_words_keeps_what_was_typed(signed_in_as: As) -> None:
    page = post(signed_in_as(Role.CARER), reverse("web:report_incident"), kind="other", reached="no", words="")
    assert "Enter what happened" in page
    assert re.search(r'value="no"[^>]*checked', page)


def test_a_draft_is_judged_decided_acted_on_and_closed(bedside: Bedside, signed_in_as: As) -> None:
    incident, client = drafted(bedside), signed_in_as(Role.MANAGER)
    assert "To judge (1)" in text(client, reverse("web:incidents"))
    assert bedside.medicine.name in text(client, incident_address("incident", incident))
    page = post(client, incident_address("judge_incident", incident), **JUDGED)
    assert "Raise a safeguarding concern" in page
    assert "Do this" in page
    close = incident_address("close_incident", incident)
    assert "Write down what was decided about: safeguarding." in post(client, close, outcome="Watched her")
    decide = incident_address("decide_duty", incident, duty="safeguarding")
    assert "Told the desk" in post(client, decide, is_done="yes", words="Told the desk, reference 12")
    plan = incident_address("plan_incident_action", incident)
    page = post(client, plan, words="Quiet corner for the trolley", who=bedside.carer.pk, until_on="2026-12-01")
    assert "Quiet corner for the trolley" in page
    with scope(home=bedside.home.pk):
        action = incident.incidentaction_set.get()
    post(client, incident_address("finish_incident_action", incident, action_id=action.pk), outcome="Found one")
    assert "Closed." in post(client, close, outcome="Watched her")
    assert "Watched her" in text(client, f"{reverse('web:incidents')}?show=closed")
    assert "No incident is open." in text(client, reverse("web:incidents"))
    reopen = incident_address("reopen_incident", incident)
    assert "Open again." in post(client, reopen, words="The family rang")


def test_a_judgement_that_contradicts_itself_is_told_at_the_scale(bedside: Bedside, signed_in_as: As) -> None:
    incident, client = drafted(bedside), signed_in_as(Role.MANAGER)
    page = post(client, incident_address("judge_incident", incident), **JUDGED | {"merp": "B"})
    assert "Category B did not reach the person" in page
    with scope(home=bedside.home.pk):
        assert incident.incidentassessment_set.count() == 0


def test_a_senior_notes_and_does_not_judge(bedside: Bedside, signed_in_as: As) -> None:
    incident, client = drafted(bedside), signed_in_as(Role.SENIOR)
    assert "She was asked" in post(client, incident_address("note_incident", incident), words="She was asked")
    assert client.get(incident_address("judge_incident", incident)).status_code == 403


def test_two_incidents_become_one(bedside: Bedside, signed_in_as: As) -> None:
    incident, client = drafted(bedside), signed_in_as(Role.MANAGER)
    said = {"kind": "wrong_dose", "reached": "yes", "words": "She had two", "happened_at": "2026-11-18T08:30"}
    post(client, reverse("web:report_incident"), **said)
    with scope(home=bedside.home.pk):
        other = Incident.objects.get(number=2)
    page = post(client, incident_address("merge_incident", other), into=str(incident.pk))
    assert "Part of" in page
    page = text(client, incident_address("incident", incident))
    assert "Merged into this one" in page


def test_the_thresholds_are_the_homes(bedside: Bedside, signed_in_as: As) -> None:
    figures = {
        "refer_from": "moderate", "people_to_refer": "2", "repeats_to_consider": "4", "repeat_days": "28",
        "stops_to_draft": "3", "stop_days": "7",
    }  # fmt: skip
    assert "Saved." in post(signed_in_as(Role.MANAGER), reverse("web:incident_policy"), **figures)
    with scope(home=bedside.home.pk):
        assert IncidentPolicy.objects.get().refer_from == "moderate"


def test_the_printed_page_says_everything(bedside: Bedside, signed_in_as: As) -> None:
    incident, client = drafted(bedside), signed_in_as(Role.MANAGER)
    post(client, incident_address("judge_incident", incident), **JUDGED)
    response = client.get(incident_address("incident_paper", incident))
    assert bedside.resident.full_name not in response["Content-Disposition"]
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)
    words = " ".join(words.split())
    for each in (
        "Incident 1: dose given twice", bedside.resident.full_name, "Reached the resident", "Two tablets, dizzy",
        "Low: more observation", "Raise a safeguarding concern", "Interrupted or distracted".lower(),
    ):  # fmt: skip
        assert each in words, each


def test_the_task_leads_to_the_incident(bedside: Bedside, signed_in_as: As) -> None:
    incident = drafted(bedside)
    page = text(signed_in_as(Role.MANAGER), reverse("web:tasks"))
    assert "Incident to review" in page
    assert f"Incident {incident.number}: " in page
