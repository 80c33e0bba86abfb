"""Every page of the desk refuses everybody but those it is for: each address × role × home."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.urls.converters import IntConverter, UUIDConverter

from emar.models import CareHome, HomeRole, Role, StaffMember
from emar.scope import scope
from tests.factories import (
    NOW,
    make_administration,
    make_allergy,
    make_council_officer,
    make_device,
    make_home,
    make_home_role,
    make_pin_lock,
    make_prescription,
    make_resident,
    make_resident_photo,
    make_staff_member,
    make_stock_line,
    make_stock_pack,
    make_unit,
    round_of,
)
from tests.pages.conftest import SignIn
from tests.pages.counting import with_counting
from tests.pages.delivery import with_delivery
from tests.pages.device_sent import with_device_sent
from tests.pages.incidents import with_incident
from tests.pages.orders import with_order
from tests.pages.plans import with_plans
from tests.pages.recalls import with_recall
from tests.pages.staff_time import with_staff_time
from tests.pages.storage import with_storage
from tests.pages.waiting import with_tasks
from tests.pages.with_figures import with_figures
from web import access
from web.urls import urlpatterns

PAGES = {pattern.name: pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)}
OF_A_HOME = {name: page for name, page in PAGES.items() if isinstance(page.callback.access, frozenset)}
#: Sent by a button on another page; they have no page of their own.
#: A lock that is gone is answered like one that is there.
ANSWERED_ALIKE = {"unlock_pin"}
FORMS_OF_ONE_BUTTON = {
    "put_recalled_aside",
    "no_known_allergies", "withdraw_allergy", "check_reconciliation", "resume_paused", "end_role", "end_remedy",
    "authorise_giver", "end_giver", "start_count", "scan_counted_pack", "finish_count", "count_total", "count_packs",
    "count_pack", "note_discrepancy", "sign_discrepancy",
}  # fmt: skip
FORMS_OF_ONE_BUTTON |= {
    "answer_order_line", "answer_as_suggested", "finish_review", "send_back_order", "approve_order", "withdraw_order",
    "send_order_again", "order_by_hand", "expect_delivery", "end_approver", "end_partner",
}  # fmt: skip
POSTED = {"sign_out", "invite_device", "revoke_device", "unlock_pin", "reset_second_factor"}
POSTED |= {
    "end_letter_reader",
    "start_timer",
    "stop_timer",
    "set_aside_timing",
    "withdraw_cost",
    "answer_readiness",
    "report_device_lost",
    "report_device_found",
    "explain_gap",
    "approve_code",
    "withdraw_code",
    "decide_conflict",
    "review_held_event",
    "preview_prescription",
    "check_prescription",
    "stop_prescription",
    "suspend_prescription",
    "record_inr_result",
    "note_task",
    "close_task",
    "review_cd_exception",
    "withdraw_limits",
    "close_storage_place",
    "scan_pack",
    "stop_pack",
    "reopen_delivery",
} | FORMS_OF_ONE_BUTTON


@dataclass(frozen=True)
class Furnished:
    """A home with one of everything that a page can show, and the words that only this home's pages may say."""

    home: CareHome
    ids: dict[str, int | UUID]
    secrets: tuple[str, ...]


def furnish(word: str, **of_home: Any) -> Furnished:
    name = f"{word}{uuid4().hex[:8]}"  # homes are written by their owner and outlive the test
    home = make_home(name=f"{name} House", **of_home)
    unit = make_unit(home=home, name=f"{name} wing")
    manager = make_staff_member(home=home, role=Role.MANAGER, full_name=f"{name} Boss", display_name=f"{name} B")
    resident = make_resident(unit=unit, full_name=f"{name} Oldfield", preferred_name=f"{name}y")
    allergy = make_allergy(resident=resident, by=manager, substance=f"{name}cillin")
    make_resident_photo(resident=resident, by=manager, jpeg=f"jpeg of {name}".encode())
    prescription = make_prescription(resident=resident, by=manager, dose_words=f"Take ONE for {name}")
    record = make_administration(prescription=prescription, by=manager, due_at=NOW, note=f"{name} took it well")
    pack = make_stock_pack(line=make_stock_line(prescription=prescription), by=manager)
    device = make_device(home=home, by=manager, name=f"{name} phone")
    lock = make_pin_lock(device=device, staff_member=manager)
    colleague = make_staff_member(home=home, role=Role.MANAGER, full_name=f"{name} Deputy", display_name=f"{name} D")
    ids = {"resident_id": resident.pk, "unit_id": unit.pk, "device_id": device.pk, "lock_id": lock.pk}
    ids["prescription_id"] = prescription.pk
    ids |= with_device_sent(prescription, manager, device)
    ids["staff_member_id"] = colleague.pk
    ids["record_id"] = record.pk
    ids["round_id"], ids["allergy_id"] = round_of(unit).pk, allergy.pk
    ids |= with_plans(prescription, manager, colleague, name)
    ids |= with_tasks(prescription, manager, name)
    ids |= with_storage(home, pack, manager, name)
    ids |= with_figures(unit, manager)
    ids |= with_recall(home, pack, manager, name)
    ids |= with_counting(pack, manager, name)
    ids |= with_delivery(prescription, manager, name)
    ids |= with_incident(prescription, manager, name)
    ids |= with_staff_time(home, manager, name)
    ids |= with_order(prescription, manager, name)
    return Furnished(home, ids, (f"{name} ", f"{name}y", f"{name}cillin", f"of {name}"))


@pytest.fixture
def own(db: None) -> Furnished:
    return furnish("Ownhome")


@pytest.fixture
def other(db: None) -> Furnished:
    return furnish("Elsewhere")


def address(name: str, ids: dict[str, int | UUID]) -> str:
    wanted = PAGES[name].pattern.converters
    return reverse(f"web:{name}", kwargs={key: ids[key] for key in wanted})


def ask(client: Client, name: str, ids: dict[str, int | UUID]) -> tuple[int, bytes]:
    call = client.post if name in POSTED else client.get
    response = call(address(name, ids))
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, body


def test_every_page_says_whom_it_is_for() -> None:
    undeclared = [name for name, page in PAGES.items() if not hasattr(page.callback, "access")]
    assert undeclared == []


def test_roles_are_words_of_the_record() -> None:
    assert set(Role.values) == access.READERS
    assert all(page.callback.access <= access.READERS for page in OF_A_HOME.values())


def test_the_pages_with_people_are_pages_of_a_home() -> None:
    open_to_all = {name for name in PAGES if name not in OF_A_HOME}
    assert open_to_all == {
        "sign_in",
        "sign_in_code",
        "sign_in_recovery_code",
        "set_up_second_factor",
        "second_factor",
        "renew_recovery_codes",
        "another_phone",
        "sign_out",
        "signed_out",
        "choose_home",
        "council",
        "council_board",
        "council_evidence",
        "council_file",
        "council_quarter",
        "council_figure",
        "council_figure_file",
        "council_parts_file",
        "council_funnel",
        "council_funnel_file",
        "council_home",
        "council_home_figure",
        "council_home_figure_file",
        "supplied",
        "supplied_file",
        "say_of_supplied",
        "bedside",
        "bedside_service_worker",
        "bedside_manifest",
        "demo_barcodes",
        "demo_barcodes_pdf",
    }


def test_the_demos_sheets_are_shown_only_where_everybody_is_invented(db: None) -> None:
    assert [Client().get(address(name, {})).status_code for name in ("demo_barcodes", "demo_barcodes_pdf")] == [
        404,
        404,
    ]


def test_every_page_of_a_home_asks_strangers_to_sign_in(own: Furnished) -> None:
    answered = {name: ask(Client(), name, own.ids) for name in OF_A_HOME}
    assert answered == dict.fromkeys(OF_A_HOME, (302, b""))


@pytest.mark.parametrize("role", Role.values)
def test_a_role_opens_its_pages_at_home_and_no_others(role: str, own: Furnished, sign_in: SignIn) -> None:
    client = sign_in(make_staff_member(home=own.home, role=role), home=own.home)
    answered = {name: ask(client, name, own.ids)[0] for name in OF_A_HOME}
    allowed = {name: role in page.callback.access for name, page in OF_A_HOME.items()}
    assert {name: status in (200, 302) for name, status in answered.items()} == allowed
    assert {status for name, status in answered.items() if not allowed[name]} <= {403}


@pytest.mark.hazard("H12", control="A signed-in person sees the rows of one home", shows="works")
@pytest.mark.parametrize("role", Role.values)
def test_no_page_shows_or_changes_another_home(role: str, own: Furnished, other: Furnished, sign_in: SignIn) -> None:
    client = sign_in(make_staff_member(home=own.home, role=role), home=own.home)
    leaks = []
    for name in OF_A_HOME:
        status, body = ask(client, name, other.ids)
        # A word in an address names a kind of figure, which every home has; rows have numbers.
        converters = PAGES[name].pattern.converters.values()
        names_a_row = any(isinstance(each, IntConverter | UUIDConverter) for each in converters)
        if names_a_row and name not in ANSWERED_ALIKE and status not in (403, 404):
            leaks.append((name, status))
        leaks += [(name, word) for word in other.secrets if word.encode() in body]
    assert leaks == []
    with scope(home=other.home.pk):
        assert other.home.pinlock_set.filter(locked_at__isnull=False).count() == 1
        assert other.home.device_set.filter(revoked_at__isnull=True).count() == 1


def test_a_home_in_the_session_is_not_believed(own: Furnished, other: Furnished, sign_in: SignIn) -> None:
    """Even a session that names a home where the person has no role opens nothing there."""
    person = make_staff_member(home=own.home, role=Role.MANAGER)
    for name in OF_A_HOME:
        status, body = ask(sign_in(person, home=other.home), name, other.ids)
        assert (name, status, body) == (name, 302, b"")


def test_a_role_that_ended_opens_nothing(own: Furnished, sign_in: SignIn) -> None:
    person = make_staff_member(home=own.home, role=None)
    role = make_home_role(home=own.home, staff_member=person, role=Role.MANAGER)
    client = sign_in(person, home=own.home)
    assert client.get("/residents/").status_code == 200
    with scope(home=own.home.pk):
        HomeRole.objects.filter(pk=role.pk).update(ends_at=NOW)
    response = client.get("/residents/")
    assert (response.status_code, response.headers["Location"]) == (302, "/homes/")
    assert b"Ownhome" not in client.get("/homes/").content


def test_a_dismissed_person_is_signed_out(own: Furnished, sign_in: SignIn) -> None:
    person = make_staff_member(home=own.home, role=Role.CARER)
    client = sign_in(person, home=own.home)
    with scope(home=own.home.pk):
        StaffMember.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/").headers["Location"].startswith("/sign-in/")


def test_a_council_officer_opens_no_page_of_a_home(own: Furnished, sign_in: SignIn) -> None:
    client = sign_in(make_council_officer(council=own.home.council), council=own.home.council)
    for name in OF_A_HOME:
        status, body = ask(client, name, own.ids)
        assert (name, status, body) == (name, 302, b"")


def test_a_council_officer_sees_homes_in_counts_only(own: Furnished, sign_in: SignIn) -> None:
    client = sign_in(make_council_officer(council=own.home.council), council=own.home.council)
    response = client.get("/council/")
    assert response.status_code == 200
    page = response.content.decode()
    assert own.home.name in page
    assert not any(word in page for word in ("Oldfield", "Boss", "cillin", "took it well", "phone"))


def test_a_council_sees_no_home_of_another_council(own: Furnished, other: Furnished, sign_in: SignIn) -> None:
    client = sign_in(make_council_officer(council=own.home.council), council=own.home.council)
    assert b"Elsewhere" not in client.get("/council/").content


def test_a_council_in_the_session_is_not_believed(own: Furnished, other: Furnished, sign_in: SignIn) -> None:
    client = sign_in(make_council_officer(council=own.home.council), council=other.home.council)
    response = client.get("/council/")
    assert response.status_code == 403
    assert b"Elsewhere" not in response.content


def test_staff_of_a_home_do_not_open_the_council_page(own: Furnished, sign_in: SignIn) -> None:
    client = sign_in(make_staff_member(home=own.home, role=Role.MANAGER), home=own.home)
    response = client.get("/council/")
    assert response.status_code == 403
    assert "the council’s quality team" in response.content.decode()


def test_personal_pages_are_kept_by_no_browser(own: Furnished, sign_in: SignIn) -> None:
    client = sign_in(make_staff_member(home=own.home, role=Role.MANAGER), home=own.home)
    for name in OF_A_HOME:
        if name not in POSTED:
            response = client.get(address(name, own.ids))
            assert "no-store" in response.headers["Cache-Control"], name


def test_every_page_has_a_strict_policy_for_content(own: Furnished, sign_in: SignIn) -> None:
    client = sign_in(make_staff_member(home=own.home, role=Role.MANAGER), home=own.home)
    for name in OF_A_HOME:
        if name not in POSTED:
            response = client.get(address(name, own.ids))
            policy = response.headers["Content-Security-Policy"]
            assert "unsafe-inline" not in policy, name
            assert b" style=" not in response.content, name
            assert b"<script>" not in response.content, name
            assert b'"http' not in response.content.replace(b'"http://www.w3.org/', b""), name
