import re
from datetime import timedelta

import pytest

from emar.models import AuditEntry, Device, DeviceEnrolment, PinLock, Role
from emar.operations import devices
from emar.scope import scope
from tests.factories import NOW, make_device, make_home, make_pin_lock, make_staff_member
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def home(db: None):
    return make_home()


def test_a_manager_invites_a_device_and_its_code_enrols_it_once(home, sign_in: SignIn) -> None:
    manager = make_staff_member(home=home, role=Role.MANAGER)
    response = sign_in(manager, home=home).post("/devices/invite/")
    page = response.content.decode()
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", page).group()
    assert "no-store" in response.headers["Cache-Control"]
    enrolled = devices.enrol(code=code, name="Oak trolley", at=NOW + timedelta(minutes=5))
    assert enrolled.device.home_id == home.pk
    with pytest.raises(devices.CodeNotKnown):
        devices.enrol(code=code, name="Another", at=NOW + timedelta(minutes=6))
    with scope(home=home.pk):
        assert AuditEntry.objects.filter(action="device_invited", acted_by=manager).count() == 1


def test_the_square_to_scan_is_drawn_here_and_holds_no_script(home, sign_in: SignIn) -> None:
    page = sign_in(make_staff_member(home=home, role=Role.MANAGER), home=home).post("/devices/invite/")
    svg = page.content.decode().split('class="invitation__qr"')[1].split("</svg>")[0]
    assert "<path" in svg
    assert "style=" not in svg
    assert "href" not in svg


def test_only_a_manager_invites_and_revokes(home, sign_in: SignIn) -> None:
    device = make_device(home=home, by=make_staff_member(home=home, role=Role.MANAGER))
    client = sign_in(make_staff_member(home=home, role=Role.SENIOR), home=home)
    page = client.get("/devices/").content.decode()
    assert "Invite a device" not in page
    assert "Take out of use" not in page
    assert client.post("/devices/invite/").status_code == 403
    assert client.post(f"/devices/{device.pk}/revoke/").status_code == 403
    with scope(home=home.pk):
        assert Device.objects.get().revoked_at is None
        assert DeviceEnrolment.objects.count() == 0


def test_a_revoked_device_stays_on_the_list_with_who_and_when(home, sign_in: SignIn) -> None:
    manager = make_staff_member(home=home, role=Role.MANAGER, full_name="Max Manager")
    device = make_device(home=home, by=manager, name="Oak trolley")
    client = sign_in(manager, home=home)
    page = client.post(f"/devices/{device.pk}/revoke/", follow=True).content.decode()
    assert "Oak trolley is out of use" in page
    assert "Taken out of use 09:00 on Wed 18 Nov" in page or "Taken out of use 09:00 today" in page
    client.post(f"/devices/{device.pk}/revoke/")
    with scope(home=home.pk):
        assert AuditEntry.objects.filter(action="device_revoked").count() == 1


def test_a_senior_unlocks_a_pin(home, sign_in: SignIn) -> None:
    senior = make_staff_member(home=home, role=Role.SENIOR)
    carer = make_staff_member(home=home, full_name="Lee Locked")
    lock = make_pin_lock(device=make_device(home=home, by=senior), staff_member=carer)
    client = sign_in(senior, home=home)
    assert "Lee Locked" in client.get("/devices/").content.decode()
    client.post(f"/devices/pins/{lock.pk}/unlock/")
    with scope(home=home.pk):
        found = PinLock.objects.get()
        assert (found.locked_at, found.wrong_pins, found.unlocked_by) == (None, 0, senior)
    assert "Nobody is locked out" in client.get("/devices/").content.decode()


def test_a_device_out_of_touch_for_a_day_is_said_to_need_a_sign_in(home, sign_in: SignIn) -> None:
    manager = make_staff_member(home=home, role=Role.MANAGER)
    make_device(home=home, by=manager, lease_expires_at=NOW - timedelta(days=1))
    page = sign_in(manager, home=home).get("/devices/").content.decode()
    assert "Out of touch" in page
    assert "Sign in on it where there is Wi-Fi" in page


def test_a_home_without_devices_says_what_to_do(home, sign_in: SignIn) -> None:
    page = sign_in(make_staff_member(home=home, role=Role.MANAGER), home=home).get("/devices/")
    assert "No device has been enrolled yet" in page.content.decode()
