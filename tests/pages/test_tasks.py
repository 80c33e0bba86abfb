"""The pages of tasks, the CD register and its exceptions: what they show, and what their forms do."""

from uuid import UUID

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from emar.models import Role, Task, TaskNote, WitnessReview
from emar.scope import scope
from tests.bedside import Bedside, make_bedside
from tests.factories import NOW, make_staff_member
from tests.pages.conftest import SignIn
from tests.pages.waiting import make_task, with_tasks

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def bedside(db: None) -> Bedside:
    return make_bedside()


@pytest.fixture
def senior(bedside: Bedside, sign_in: SignIn) -> Client:
    return sign_in(bedside.senior, home=bedside.home)


@pytest.fixture
def manager(bedside: Bedside, sign_in: SignIn) -> Client:
    return sign_in(make_staff_member(home=bedside.home, role=Role.MANAGER), home=bedside.home)


def test_urgent_tasks_come_first_are_counted_in_the_menu_and_shown_today(bedside: Bedside, senior: Client) -> None:
    make_task(prescription=bedside.prescription)
    make_task(prescription=bedside.prescription, kind=Task.Kind.CRITICAL_NOT_GIVEN, is_urgent=True)
    page = senior.get("/tasks/").content.decode()
    assert page.index("Critical medicine not given") < page.index("Refused several days running")
    assert "Refused on 3 days in a row, since Mon 16 Nov 2026. Contact the GP." in page
    assert '<span class="menu-count">2' in page
    today = senior.get("/").content.decode()
    assert "Urgent tasks" in today
    assert "Refused several days" not in today


def test_nothing_open_says_so(senior: Client) -> None:
    assert "Nothing is open today" in senior.get("/tasks/").content.decode()


def test_a_senior_closes_with_words_and_is_asked_for_them_first(bedside: Bedside, senior: Client) -> None:
    task = make_task(prescription=bedside.prescription)
    refused = senior.post(f"/tasks/{task.pk}/close/", {"outcome": " "}).content.decode()
    assert "There is a problem" in refused
    assert senior.post(f"/tasks/{task.pk}/close/", {"outcome": "Dr Elm: stop it"}).status_code == 302
    page = senior.get("/tasks/").content.decode()
    assert "Nothing is open today" in page
    assert "Dr Elm: stop it" in page
    again = senior.post(f"/tasks/{task.pk}/close/", {"outcome": "twice"}, follow=True).content.decode()
    assert "A colleague closed it" in again
    assert "twice" not in again


def test_a_note_sent_twice_is_one_note_and_leaves_the_task_open(bedside: Bedside, sign_in: SignIn) -> None:
    carer = sign_in(bedside.carer, home=bedside.home)
    task = make_task(prescription=bedside.prescription)
    for _ in range(2):
        carer.post(f"/tasks/{task.pk}/note/", {"words": "engaged", "note_id": str(UUID(int=7))})
    with scope(home=bedside.home.pk):
        assert TaskNote.objects.get().words == "engaged"
        assert Task.objects.get().closed_at is None
    assert "engaged" in carer.get("/tasks/").content.decode()
    assert carer.post(f"/tasks/{task.pk}/close/", {"outcome": "done"}).status_code == 403


def test_doses_left_at_one_time_are_closed_together(bedside: Bedside, senior: Client) -> None:
    tasks = [
        make_task(
            prescription=bedside.prescription, kind=Task.Kind.NOT_RECORDED, cause=str(number),
            facts={"due_at": NOW.isoformat()},
        )
        for number in range(3)
    ]  # fmt: skip
    page = senior.get("/tasks/").content.decode()
    assert page.count("Dose not recorded: find out what happened</h3>") == 1
    senior.post(f"/tasks/{tasks[0].pk}/close/", {"outcome": "all given", "also": [str(each.pk) for each in tasks[1:]]})
    with scope(home=bedside.home.pk):
        assert Task.objects.filter(closed_at__isnull=False).count() == 3


def test_the_tasks_of_one_resident(bedside: Bedside, senior: Client) -> None:
    other = bedside.another()
    make_task(prescription=other.prescription)
    page = senior.get(f"/tasks/?resident={bedside.resident.pk}").content.decode()
    assert "Nothing is open today" in page
    assert senior.get("/tasks/?resident=999999999").status_code == 404


def test_the_register_lists_its_pages_and_a_page_its_lines(bedside: Bedside, senior: Client) -> None:
    ids = with_tasks(bedside.prescription, bedside.senior, "Ann")
    assert "Morphine 10mg tablets" in senior.get("/cd-register/").content.decode()
    page = senior.get(f"/cd-register/{ids['page_id']}/").content.decode()
    assert "Received" in page
    assert "<strong>none</strong>" in page  # booked in without a witness
    assert senior.get(f"/cd-register/{bedside.line.pk}/").status_code == 404


def test_a_manager_reviews_an_exception_with_words(bedside: Bedside, manager: Client) -> None:
    ids = with_tasks(bedside.prescription, bedside.senior, "Ann")
    address = f"/cd-exceptions/{ids['exception_id']}/review/"
    page = manager.get("/cd-exceptions/").content.decode()
    assert "No second person is named" in page
    assert "Reason given: Ann alone" in page
    assert "There is a problem" in manager.post(address, {"words": ""}).content.decode()
    pk = str(uuid7())
    for _ in range(2):
        manager.post(address, {"words": "spoke to both", "review_id": pk})
    with scope(home=bedside.home.pk):
        assert str(WitnessReview.objects.get().pk) == pk
    page = manager.get("/cd-exceptions/").content.decode()
    assert "No exception waits for you" in page
    assert "spoke to both" in page
