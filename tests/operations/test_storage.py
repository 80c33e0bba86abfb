"""Temperatures with their tasks, packs written down as open, and the home's own rules about them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, Task
from emar.operations import storage, tasks
from emar.operations.closing import close_home
from emar.scope import scope
from stock.models import StockPack, StoragePlace, TemperatureReading
from stock.operations import packs
from stock.operations import storage as ledger
from stock.queries.storage import open_packs, readings, unread_places
from stock.rules.expiry import EYE_DROPS, Lasts
from stock.rules.temperature import Seen
from tests import factories as make
from tests.bedside import EIGHT, HOUR, NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db
NOON = NINE + 3 * HOUR
TODAY = NINE.date()


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside(medicine=make.make_medicine(name="Latanoprost eye drops", form="Eye drops", dose_unit="drop"))


@pytest.fixture
def fridge(bedside: Bedside) -> StoragePlace:
    return make.make_storage_place(home=bedside.home, by=bedside.senior, name="Fridge")


def read(*seen: str, **fields: object) -> ledger.Read:
    return ledger.Read(**{"id": uuid7(), "seen": Seen(*map(Decimal, seen)), "is_reset": True, "read_at": NINE} | fields)


def write(fridge: StoragePlace, bedside: Bedside, what: ledger.Read) -> TemperatureReading:
    with scope(home=fridge.home_id):
        return storage.record_reading(place=fridge, read=what, by=bedside.carer.pk, at=NINE)


def open_tasks(bedside: Bedside, kind: str) -> list[Task]:
    with scope(home=bedside.home.pk):
        return list(Task.objects.filter(kind=kind, closed_at__isnull=True))


def pack_of(bedside: Bedside) -> StockPack:
    with scope(home=bedside.home.pk):
        return StockPack.objects.get(pk=bedside.pack.pk)


def test_a_temperature_out_of_range_needs_what_was_done_and_leaves_an_urgent_task(
    bedside: Bedside, fridge: StoragePlace
) -> None:
    with pytest.raises(ledger.ActionMissing):
        write(fridge, bedside, read("9", "4", "9.5", action="  "))
    assert open_tasks(bedside, "temperature_out_of_range") == []
    what = read("9", "4", "9.5", action="Moved to the other fridge; rang the pharmacy")
    written = write(fridge, bedside, what)
    # The same form sent twice is one reading and one task.
    assert write(fridge, bedside, what).pk == written.pk
    [task] = open_tasks(bedside, "temperature_out_of_range")
    assert task.is_urgent
    assert task.facts["found"] == ["now 9 °C, too warm", "highest 9.5 °C, too warm"]
    with scope(home=bedside.home.pk):
        assert AuditEntry.objects.filter(action="temperature_read").count() == 1


def test_a_temperature_in_order_raises_nothing(bedside: Bedside, fridge: StoragePlace) -> None:
    write(fridge, bedside, read("5", "2", "8"))
    assert open_tasks(bedside, "temperature_out_of_range") == []


def test_what_no_thermometer_shows_and_what_is_to_come_are_refused(bedside: Bedside, fridge: StoragePlace) -> None:
    with pytest.raises(ledger.Misread):
        write(fridge, bedside, read("5", "6", "8"))
    with pytest.raises(storage.ReadInFuture):
        write(fridge, bedside, read("5", "4", "6", read_at=NINE + HOUR))


def test_a_correction_stands_beside_what_it_corrects_and_settles_its_task(
    bedside: Bedside, fridge: StoragePlace
) -> None:
    wrong = write(fridge, bedside, read("48", "4.8", "48", action="looked again"))
    with pytest.raises(ledger.WhyMissing):
        write(fridge, bedside, read("4.8", "4.8", "5", corrects_id=wrong.pk))
    right = write(fridge, bedside, read("4.8", "4.8", "5", corrects_id=wrong.pk, note="the point was left out"))
    assert open_tasks(bedside, "temperature_out_of_range") == []
    with scope(home=bedside.home.pk):
        found = readings(bedside.home.pk, fridge.pk, EIGHT, NOON)
    assert {each.reading.pk: each.stands for each in found} == {wrong.pk: False, right.pk: True}
    with pytest.raises(ledger.CorrectedBefore):
        write(fridge, bedside, read("4.8", "4.8", "5", corrects_id=wrong.pk, note="again"))


def test_a_later_range_judges_no_earlier_reading(bedside: Bedside, fridge: StoragePlace) -> None:
    write(fridge, bedside, read("7", "4", "7.5"))
    with scope(home=bedside.home.pk):
        narrower = ledger.Range(Decimal(2), Decimal(6))
        storage.change_place(
            kept=fridge, place=ledger.Place("Fridge", "fridge", narrower), by=bedside.senior.pk, at=NINE
        )
        [found] = readings(bedside.home.pk, fridge.pk, EIGHT, NOON)
    assert not found.is_out_of_range


def close(bedside: Bedside, at: object) -> list[Task]:
    with scope(home=bedside.home.pk):
        close_home(home_id=bedside.home.pk, at=at, days=1)
    return open_tasks(bedside, "reading_missing")


def test_a_place_that_nobody_has_read_by_noon_is_asked_for_once_until_it_is_read(
    bedside: Bedside, fridge: StoragePlace
) -> None:
    assert close(bedside, NOON - HOUR) == []
    [asked] = close(bedside, NOON)
    assert asked.facts["place"] == "Fridge"
    assert close(bedside, NOON + HOUR) == [asked]
    # Nobody read it today either: the one task stands for both days.
    assert close(bedside, NOON + timedelta(days=1)) == [asked]
    with scope(home=bedside.home.pk):
        storage.record_reading(place=fridge, read=read("5", "4", "6"), by=bedside.carer.pk, at=NOON + timedelta(days=1))
    assert open_tasks(bedside, "reading_missing") == []


def test_a_place_read_today_or_out_of_use_is_not_asked_for(bedside: Bedside, fridge: StoragePlace) -> None:
    write(fridge, bedside, read("5", "4", "6"))
    assert close(bedside, NOON) == []
    other = make.make_storage_place(home=bedside.home, by=bedside.senior, name="Room")
    with scope(home=bedside.home.pk):
        assert [each.name for each in unread_places(bedside.home.pk, EIGHT)] == ["Room"]
        storage.close_place(kept=other, by=bedside.senior.pk, at=NINE)
    assert close(bedside, NOON) == []


def test_the_first_dose_from_a_multi_dose_pack_writes_down_that_it_is_open(bedside: Bedside) -> None:
    bedside.record(bedside.dose())
    opened = pack_of(bedside)
    assert (opened.opened_on, opened.use_by) == (TODAY, TODAY + timedelta(days=27))
    tomorrow = bedside.dose(due_at=EIGHT + timedelta(days=1), given_at=EIGHT + timedelta(days=1))
    bedside.record(tomorrow, at=NINE + timedelta(days=1))
    assert pack_of(bedside).opened_on == TODAY


def test_a_refused_dose_opens_no_pack_and_neither_does_a_tablet(bedside: Bedside) -> None:
    bedside.record(bedside.dose(outcome="refused", amount=None))
    assert pack_of(bedside).opened_on is None
    tablets = bedside.another()
    tablets.record(tablets.dose())
    assert pack_of(tablets).opened_on is None


def test_what_somebody_said_at_the_desk_is_not_changed_by_a_dose(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        yesterday = TODAY - timedelta(days=1)
        storage.mark_opened(pack=pack_of(bedside), opened_on=yesterday, by=bedside.carer.pk, at=NINE)
    bedside.record(bedside.dose())
    assert pack_of(bedside).opened_on == yesterday


def test_a_pack_lasts_until_its_expiry_or_as_long_as_the_home_allows(bedside: Bedside) -> None:
    with scope(home=bedside.home.pk):
        storage.decide_opening(
            home_id=bedside.home.pk, group=EYE_DROPS, lasts=Lasts(14, "days"), by=bedside.senior.pk, at=NINE
        )
        storage.mark_opened(pack=pack_of(bedside), opened_on=TODAY, by=bedside.carer.pk, at=NINE)
        assert pack_of(bedside).use_by == TODAY + timedelta(days=13)
        StockPack.objects.filter(pk=bedside.pack.pk).update(expires_on=date(2026, 11, 20))
        storage.mark_opened(pack=pack_of(bedside), opened_on=TODAY, by=bedside.carer.pk, at=NINE)
        assert pack_of(bedside).use_by == date(2026, 11, 20)
        [found] = open_packs(bedside.home.pk, TODAY)
        assert found.standing == "soon"
        [found] = open_packs(bedside.home.pk, date(2026, 11, 21))
        assert found.standing == "over"
        with pytest.raises(packs.OpenedInFuture):
            storage.mark_opened(
                pack=pack_of(bedside), opened_on=TODAY + timedelta(days=1), by=bedside.carer.pk, at=NINE
            )
        assert AuditEntry.objects.filter(action="pack_opened").count() == 2


def test_a_task_about_a_temperature_is_closed_with_words(bedside: Bedside, fridge: StoragePlace) -> None:
    write(fridge, bedside, read("9", "4", "9", action="moved them"))
    found = open_tasks(bedside, "temperature_out_of_range")
    with scope(home=bedside.home.pk):
        tasks.close(tasks=found, outcome="Pharmacist: use them", by=bedside.senior.pk, at=NINE)
    assert open_tasks(bedside, "temperature_out_of_range") == []
