"""Two taps on a phone, what a manager sees of time and money, and what a council sees of its homes."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from uuid_utils.compat import uuid7

from emar.models import CareHome, Role
from emar.scope import scope
from quality.models import GoLiveStep, TimeSample
from quality.operations import going_live, savings
from tests import factories as make
from tests.factories import NOW
from tests.pages.asking import As, post, text
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def home(db: None) -> CareHome:
    home = make.make_home()
    make.make_unit(home=home)
    return home


@pytest.fixture
def signed_in_as(home: CareHome, sign_in: SignIn) -> As:
    return lambda role: sign_in(make.make_staff_member(home=home, role=role), home=home)


def page(client: Client, name: str) -> str:
    return text(client, reverse(f"web:{name}"))


def sample_of(home: CareHome) -> TimeSample:
    with scope(home=home.pk):
        return TimeSample.objects.get()


def measured(home: CareHome) -> None:
    """Time an audit three times on each side of go-live, four times a month."""
    by = make.make_staff_member(home=home, role=Role.MANAGER).pk
    with scope(home=home.pk):
        for is_baseline, took in ((True, (60, 70, 80)), (False, (20, 25, 30))):
            if not is_baseline:
                going_live.reach_stage(
                    step_id=uuid7(), home_id=home.pk, stage="usage", since_on=NOW.date(), by=by, at=NOW
                )
            for minutes in took:
                sample = savings.start(sample_id=uuid7(), home_id=home.pk, process="audit", by=by, at=NOW)
                savings.stop(sample=sample, people=1, by=by, at=NOW + timedelta(minutes=minutes))
            savings.say_frequency(
                said_id=uuid7(), home_id=home.pk, process="audit", is_baseline=is_baseline, per_month=Decimal(4),
                by=by, at=NOW,
            )  # fmt: skip
        savings.count(home_id=home.pk, at=NOW)


def test_a_process_is_timed_with_two_taps(home: CareHome, signed_in_as: As, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in_as(Role.CARER)
    assert "these times are the baseline" in page(client, "timer")
    assert "the time runs" in post(client, reverse("web:start_timer"), process="stock_count")
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(minutes=42))
    sample = sample_of(home)
    shown = post(client, reverse("web:stop_timer", args=[sample.pk]), people="2")
    assert "Stopped, and kept." in shown
    assert "42" in shown
    sample = sample_of(home)
    assert (sample.people, sample.is_baseline) == (2, True)


def test_a_double_tap_is_one_timer_and_a_second_stop_says_so(
    home: CareHome, signed_in_as: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, sent = signed_in_as(Role.CARER), str(uuid7())
    for _ in range(2):
        client.post(reverse("web:start_timer"), {"id": sent, "process": "audit"})
    stop = reverse("web:stop_timer", args=[sample_of(home).pk])
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(minutes=9))
    post(client, stop, people="1")
    assert "It was stopped before." in post(client, stop, people="1")


def test_a_carer_cannot_leave_a_timing_out_and_a_senior_can(home: CareHome, signed_in_as: As) -> None:
    post(signed_in_as(Role.CARER), reverse("web:start_timer"), process="audit")
    aside = reverse("web:set_aside_timing", args=[sample_of(home).pk])
    assert signed_in_as(Role.CARER).post(aside).status_code == 403
    assert "Does not count" in post(signed_in_as(Role.SENIOR), aside)


def test_without_timings_the_page_claims_nothing_and_says_what_to_do(signed_in_as: As) -> None:
    shown = page(signed_in_as(Role.MANAGER), "staff_time")
    assert "Nothing can be said yet" in shown
    assert "Afterwards it can no longer be measured" in shown
    assert "no saving is claimed" in shown


def test_what_was_measured_is_shown_with_interval_grade_and_what_remains(home: CareHome, signed_in_as: As) -> None:
    measured(home)
    client = signed_in_as(Role.MANAGER)
    post(client, reverse("web:write_cost"), kind="running", words="Licences", pounds="20", is_monthly="yes")
    shown = page(client, "staff_time")
    assert re.search(r"Grade B</strong> <strong>3\.0 \(\d\.\d to \d\.\d\)", shown)
    assert "£20.00" in shown
    assert "a month remain" in shown
    assert "Too few times" in shown


def test_a_cost_is_withdrawn_and_stays_listed(home: CareHome, signed_in_as: As) -> None:
    client = signed_in_as(Role.MANAGER)
    shown = post(client, reverse("web:write_cost"), kind="hidden", words="Training day", pounds="300", is_monthly="no")
    (address,) = re.findall(r'action="(/staff-time/costs/[^"]+/withdraw/)"', shown)
    shown = post(client, address)
    assert "Withdrawn (1)" in shown
    assert "£300.00" not in re.sub(r"<details.*?</details>", "", shown, flags=re.S)


def test_the_range_of_an_hours_worth_is_not_upside_down(signed_in_as: As) -> None:
    shown = post(signed_in_as(Role.MANAGER), reverse("web:savings_policy"), hour_low="20", hour_high="10")
    assert "Enter at least what you entered above" in shown


def test_the_evidence_pack_says_what_is_measured_and_what_is_not(home: CareHome, signed_in_as: As) -> None:
    measured(home)
    response = signed_in_as(Role.MANAGER).get(reverse("web:evidence"))
    words = " ".join(" ".join(each.extract_text() for each in PdfReader(BytesIO(response.content)).pages).split())
    for each in (home.name, "What is not known", "Too few times", "15 hours", "Welch", "Grade B: 3.0", "Grade D"):
        assert each in words, each


def test_the_checklist_is_worked_out_or_answered(home: CareHome, signed_in_as: As) -> None:
    client = signed_in_as(Role.MANAGER)
    shown = page(client, "going_live")
    assert "0 of 8" in re.sub(r"\s+", " ", shown) or "1 of 8" in shown
    assert "Nobody has answered" in shown
    shown = post(client, reverse("web:answer_readiness"), item="champion", is_met="yes")
    assert "Not any more" in shown
    assert client.post(reverse("web:answer_readiness"), {"item": "wifi", "is_met": "yes"}).status_code == 404


def test_going_live_is_said_once_and_explained(home: CareHome, signed_in_as: As) -> None:
    client = signed_in_as(Role.MANAGER)
    shown = post(client, reverse("web:reach_stage"), stage="usage", since_on="2026-11-18")
    assert "Charts have new limits from that day on" in shown
    shown = post(client, reverse("web:reach_stage"), stage="not_adopting", since_on="2026-11-18")
    assert "Choose why the home does not adopt it" in shown
    with scope(home=home.pk):
        assert GoLiveStep.objects.count() == 1


def test_a_council_sees_stages_and_hours_by_name_and_prints_them(home: CareHome, sign_in: SignIn) -> None:
    measured(home)
    other = make.make_home(council=home.council, name="Aldercombe")
    elsewhere = make.make_home(name="Farfield")
    officer = make.make_council_officer(council=home.council)
    client = sign_in(officer, council=home.council)
    shown = page(client, "council_board")
    assert shown.index(other.name) < shown.index(home.name) or other.name > home.name
    assert "3.0 (" in shown
    assert "Not begun" in shown
    assert elsewhere.name not in shown
    response = client.get(reverse("web:council_evidence"))
    words = " ".join(" ".join(each.extract_text() for each in PdfReader(BytesIO(response.content)).pages).split())
    assert f"Not measured: {other.name}." in words
    assert elsewhere.name not in words


def test_a_manager_says_who_gets_the_daily_e_mail(home: CareHome, signed_in_as: As) -> None:
    client = signed_in_as(Role.MANAGER)
    assert "Nobody gets it yet." in page(client, "daily_letter")
    shown = post(client, reverse("web:daily_letter"), email="boss@home.example")
    assert "boss@home.example" in shown
    assert "This address is on the list already" in post(client, reverse("web:daily_letter"), email="BOSS@home.example")
    (address,) = re.findall(r'action="(/policy/daily-email/[^"]+/end/)"', shown)
    assert "gets it no longer" in post(client, address)
