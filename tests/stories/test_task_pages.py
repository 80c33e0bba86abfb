"""The pages of tasks and of the CD register in a real browser, on a phone and on a desk."""

import pytest
from playwright.sync_api import Page, expect

from emar.models import Task
from tests.bedside import Bedside, make_bedside
from tests.pages.waiting import make_task, with_tasks
from tests.stories.test_desk_pages import faults_of, sign_in, watched

__all__ = ["watched"]


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    return make_bedside()


def test_tasks_and_register_are_accessible_fit_and_work(watched: Page, bedside: Bedside) -> None:
    page, line = watched, bedside.prescription
    ids = with_tasks(line, bedside.senior, "Ann")
    make_task(prescription=line, kind=Task.Kind.CRITICAL_NOT_GIVEN, is_urgent=True)
    sign_in(page, bedside.senior.username)
    faults = {}
    for name, address in {
        "today": "/", "tasks": "/tasks/", "register": "/cd-register/", "page": f"/cd-register/{ids['page_id']}/",
    }.items():  # fmt: skip
        page.goto(address)
        faults[name] = faults_of(page)
    page.goto("/tasks/")
    page.get_by_text("Close", exact=False).first.click()
    page.get_by_label("Who did you speak to, and what did they say?").first.fill("Dr Elm: stop it")
    faults["closing"] = faults_of(page)
    page.get_by_role("button", name="Close the task").first.click()
    expect(page.get_by_text("Closed. What came of it is kept with it.")).to_be_visible()
    expect(page.get_by_text("Dr Elm: stop it")).to_be_visible()
    assert {name: found for name, found in faults.items() if found} == {}
