from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from emar.models import DmdChangedId, Medicine, Prescription, Resident, Role, StaffMember, Suspension
from emar.scope import scope
from ordering.queries.forecast import LineSuggestion, forecast, line_facts, run_outs
from ordering.rules.forecast import Answer, Coming, CoverPeriod, ForecastSettings, LineKey
from tests import factories as make

NOW = datetime(2026, 11, 9, 6, tzinfo=UTC)
PERIOD = CoverPeriod(date(2026, 11, 9), date(2026, 11, 25), date(2026, 11, 30), date(2026, 12, 28), date(2026, 12, 22))
SETTINGS = ForecastSettings()


@dataclass
class Ward:
    home: Any
    unit: Any
    by: StaffMember
    resident: Resident

    def prescribe(self, name: str = "Amlodipine 5mg tablets", *, pack: int | None = 28, **fields: Any) -> Prescription:
        resident = fields.pop("resident", self.resident)
        unit = fields.get("schedule", {}).get("unit", "tablet")
        medicine = fields.pop("medicine", None) or make.make_medicine(name=name, **fields.pop("as_medicine", {}))
        if pack:
            make.make_pack(medicine=medicine, quantity=Decimal(pack), unit=unit, price_pence=112)
        return make.make_prescription(resident=resident, by=self.by, medicine=medicine, **fields)

    def stock(self, prescription: Prescription, quantity: int, **fields: Any) -> Any:
        line = make.make_stock_line(prescription=prescription, unit=prescription.schedule["unit"])
        make.make_stock_pack(line=line, by=self.by, quantity=Decimal(quantity), **fields)
        return line

    def suggestions(self, **fields: Any) -> dict[str, LineSuggestion]:
        with scope(home=self.home.pk):
            found = forecast(self.home.pk, PERIOD, SETTINGS, now=NOW, **fields)
        return {each.line.medicine.name: each for each in found}


@pytest.fixture
def ward(db: None) -> Iterator[Ward]:
    home = make.make_home()
    unit = make.make_unit(home=home)
    by = make.make_staff_member(home=home, role=Role.SENIOR)
    return Ward(home, unit, by, make.make_resident(unit=unit))


def test_a_daily_tablet_is_ordered_by_its_schedule_and_what_is_left_at_the_change_over(ward: Ward) -> None:
    ward.stock(ward.prescribe(), 28)
    found = ward.suggestions()["Amlodipine 5mg tablets"].suggestion
    # 28 held and 21 used until 30 November leave 7; the 28 days after it need 21 more.
    assert (found.figures.held, found.figures.used_before, found.figures.at_change_over) == (28, 21, 7)
    assert (found.figures.need, found.figures.missing) == (28, 21)
    assert [(each.count, each.size.holds) for each in found.packs] == [(1, 28)]


def test_what_is_on_its_way_counts(ward: Ward) -> None:
    prescription = ward.prescribe()
    ward.stock(prescription, 28)
    key = LineKey(ward.resident.pk, prescription.medicine_id, "tablet")
    found = ward.suggestions(coming={key: [Coming(Decimal(28), date(2026, 11, 20))]})["Amlodipine 5mg tablets"]
    assert found.suggestion.answer is Answer.ENOUGH


def test_what_stopped_is_never_ordered_and_what_is_left_of_it_is_shown(ward: Ward) -> None:
    stopped = ward.prescribe(stopped_at=NOW - timedelta(days=1), stopped_by=ward.by, stop_reason="Low blood pressure")
    ward.stock(stopped, 12)
    found = ward.suggestions()["Amlodipine 5mg tablets"]
    assert found.suggestion.answer is Answer.STOPPED
    assert found.suggestion.packs == ()
    assert "12 still here" in found.suggestion.sentence
    assert found.line.resident == ward.resident


def test_what_is_suspended_or_not_checked_is_not_ordered(ward: Ward) -> None:
    paused = ward.prescribe("Furosemide 40mg tablets")
    ward.prescribe("Ramipril 5mg capsules", checked_at=None)
    with scope(home=ward.home.pk):
        Suspension.objects.create(
            home=ward.home, prescription=paused, reason="Dehydrated", since_at=NOW - timedelta(days=2), since_by=ward.by
        )
    found = ward.suggestions()
    assert found.keys() == {"Furosemide 40mg tablets"}
    assert found["Furosemide 40mg tablets"].suggestion.answer is Answer.SUSPENDED


def test_nothing_is_ordered_for_somebody_who_died(ward: Ward) -> None:
    ward.stock(ward.prescribe(), 3)
    make.make_presence(resident=ward.resident, by=ward.by, presence="died", since_at=NOW - timedelta(hours=5))
    assert ward.suggestions()["Amlodipine 5mg tablets"].suggestion.answer is Answer.LEFT


def test_somebody_in_hospital_gets_enough_for_their_return(ward: Ward) -> None:
    ward.prescribe()
    make.make_presence(resident=ward.resident, by=ward.by, presence="in_hospital", since_at=NOW - timedelta(days=1))
    found = ward.suggestions()["Amlodipine 5mg tablets"].suggestion
    assert found.figures.used_before == 0
    assert found.figures.need == SETTINGS.return_days


def test_a_quarantined_and_an_expired_pack_do_not_count(ward: Ward) -> None:
    prescription = ward.prescribe()
    line = ward.stock(prescription, 28, status="quarantined")
    make.make_stock_pack(line=line, by=ward.by, quantity=Decimal(28), expires_on=date(2026, 10, 31))
    make.make_stock_pack(line=line, by=ward.by, quantity=Decimal(21))
    found = ward.suggestions()["Amlodipine 5mg tablets"].suggestion
    assert (found.figures.held, found.figures.not_usable.put_aside, found.figures.not_usable.expired) == (21, 28, 28)
    assert found.figures.missing == 28


def test_when_required_medicines_are_ordered_by_their_own_use(ward: Ward) -> None:
    rarely = ward.prescribe("Paracetamol 500mg tablets", schedule=make.when_required())
    often = ward.prescribe("Codeine 15mg tablets", schedule=make.when_required())
    for prescription, every in ((rarely, 21), (often, 1)):
        ward.stock(prescription, 10)
        for day in range(1, 80, every):
            make.make_administration(
                prescription=prescription,
                by=ward.by,
                due_at=None,
                given_at=NOW - timedelta(days=day),
                amount=Decimal(1),
            )
    found = ward.suggestions()
    little, much = (found[name].suggestion.figures for name in ("Paracetamol 500mg tablets", "Codeine 15mg tablets"))
    assert little.need < 8
    assert 25 < much.need < 45


def test_tablets_of_each_strength_are_ordered_on_their_own_line(ward: Ward) -> None:
    warfarin = make.make_ingredient(name="Warfarin")
    products = {}
    for strength in (1, 3):
        products[strength] = make.make_medicine(name=f"Warfarin {strength}mg tablets", moiety_id="777947006")
        make.make_medicine_ingredient(medicine=products[strength], ingredient=warfarin, amount=Decimal(strength))
        make.make_pack(medicine=products[strength])
    schedule = make.regular("Tea", amount="5", unit="mg", strengths=["1", "3"])
    ward.prescribe(medicine=products[3], pack=None, schedule=schedule)
    found = ward.suggestions()
    # 5 mg are one 3 mg and two 1 mg tablets.
    assert found["Warfarin 3mg tablets"].suggestion.figures.due == 28
    assert found["Warfarin 1mg tablets"].suggestion.figures.due == 56


def test_tablets_given_by_weight_when_required_are_ordered_as_they_are_made_up(ward: Ward) -> None:
    products = by_weight(1, 3)
    schedule = make.when_required(low="4", high="4", unit="mg", strengths=["1", "3"], max_amount_24h="8")
    ward.prescribe(medicine=products[3], pack=None, schedule=schedule)
    found = ward.suggestions()
    # 4 mg are a 3 mg and a 1 mg tablet.
    assert found.keys() == {"Warfarin 1mg tablets", "Warfarin 3mg tablets"}
    for each in found.values():
        assert [(one.amount, one.most_a_day) for one in each.line.facts.when_required] == [(1, 2)]


def by_weight(*strengths: int) -> dict[int, Medicine]:
    substance, products = make.make_ingredient(name="Warfarin"), {}
    for strength in strengths:
        product = make.make_medicine(name=f"Warfarin {strength}mg tablets", moiety_id="777947006")
        make.make_medicine_ingredient(medicine=product, ingredient=substance, amount=Decimal(strength))
        make.make_pack(medicine=product, price_pence=112)
        products[strength] = product
    return products


@pytest.mark.parametrize("unit_dose", ["6", "3"])
def test_a_dose_by_weight_is_ordered_in_the_tablets_that_the_ledger_counts(ward: Ward, unit_dose: str) -> None:
    prescription = ward.prescribe(
        medicine=by_weight(3)[3], pack=None, schedule=make.regular("Morning", amount=unit_dose, unit="mg")
    )
    line = make.make_stock_line(prescription=prescription)
    make.make_stock_pack(line=line, by=ward.by, quantity=Decimal(30))
    (found,) = ward.suggestions().values()
    each_day = int(unit_dose) // 3
    assert found.suggestion.key == LineKey(ward.resident.pk, prescription.medicine_id, "tablet")
    assert (found.suggestion.figures.held, found.suggestion.figures.due) == (30, 28 * each_day)
    with scope(home=ward.home.pk):
        ends = run_outs(ward.home.pk, NOW, NOW + timedelta(days=40))
    assert [each.run_out.at.date() for each in ends] == [(NOW + timedelta(days=30 // each_day)).date()]


def test_stock_and_orders_under_a_code_that_was_replaced_count(ward: Ward) -> None:
    before = ward.prescribe(stopped_at=NOW - timedelta(days=3), stopped_by=ward.by, stop_reason="rewritten")
    ward.stock(before, 20)
    now = ward.prescribe(name="Amlodipine 5mg tablets (new code)")
    ward.stock(now, 8)
    ordered = {LineKey(ward.resident.pk, before.medicine_id, "tablet"): [Coming(Decimal(14), date(2026, 11, 20))]}
    assert len(ward.suggestions()) == 2
    # The release that replaces the code comes: both are one medicine from then on.
    with make.as_owner(), scope(using="owner", home=None):
        Medicine.objects.using("owner").filter(pk=before.medicine_id).update(retired_on=date(2026, 11, 8))
    make.write_as_owner(
        DmdChangedId, kind=DmdChangedId.Kind.MEDICINE, old_id=before.medicine_id, current_id=now.medicine_id
    )
    (found,) = ward.suggestions(coming=ordered).values()
    assert found.suggestion.key.medicine_id == now.medicine_id
    assert (found.suggestion.figures.held, found.suggestion.figures.coming) == (28, 14)
    assert found.suggestion.figures.missing == 7


def test_what_cannot_be_counted_is_asked(ward: Ward) -> None:
    standing = {"kind": "standing", "starts_on": "2026-02-02", "ends_on": None, "unit": "scoop", "iddsi_level": 2}
    ward.prescribe("Thickener", schedule=standing)
    ward.prescribe("Amlodipine 5mg tablets", pack=None)
    ward.prescribe("Furosemide 40mg tablets", schedule=make.regular("Elevenses"))
    found = ward.suggestions()
    assert {each.suggestion.answer for each in found.values()} == {Answer.ASK}
    assert "No pack size" in found["Amlodipine 5mg tablets"].suggestion.sentence
    assert "Elevenses" in found["Furosemide 40mg tablets"].suggestion.sentence


def test_a_brand_that_matters_is_ordered_in_its_own_packs(ward: Ward) -> None:
    generic = make.make_medicine(name="Tacrolimus 1mg capsules")
    brand = make.make_medicine(name="Adoport 1mg capsules", kind="brand", generic=generic)
    make.make_pack(medicine=generic, quantity=Decimal(100), price_pence=10)
    own = make.make_pack(medicine=brand, kind="brand", generic=make.make_pack(medicine=generic), quantity=Decimal(50))
    ward.prescribe(medicine=brand, pack=None, must_be_brand=True)
    (found,) = ward.suggestions().values()
    assert {each.size.pack_id for each in found.suggestion.packs} == {own.pk}


def test_the_warning_says_when_a_line_runs_out_whatever_was_ordered(ward: Ward) -> None:
    ward.stock(ward.prescribe(schedule=make.regular("Morning", "Tea")), 3)
    ward.stock(ward.prescribe("Ramipril 5mg capsules"), 200)
    with scope(home=ward.home.pk), CaptureQueriesContext(connection) as asked:
        (found,) = run_outs(ward.home.pk, NOW, NOW + timedelta(days=10))
    assert found.run_out.at == datetime(2026, 11, 10, 16, 30, tzinfo=UTC)
    assert found.line.medicine.name == "Amlodipine 5mg tablets"
    assert not any("ordering_" in each["sql"] for each in asked.captured_queries)


def test_the_number_of_statements_does_not_grow(ward: Ward) -> None:
    def statements() -> int:
        with scope(home=ward.home.pk), CaptureQueriesContext(connection) as asked:
            found = forecast(ward.home.pk, PERIOD, SETTINGS, now=NOW)
        assert found
        return len(asked)

    ward.stock(ward.prescribe(), 28)
    ward.stock(ward.prescribe("Codeine 15mg tablets", schedule=make.when_required()), 10)
    few = statements()
    for number in range(6):
        resident = make.make_resident(unit=ward.unit)
        ward.stock(ward.prescribe(f"Ramipril {number}mg capsules", resident=resident), 28)
        ward.stock(ward.prescribe(f"Senna {number}", resident=resident, schedule=make.when_required()), 10)
    assert statements() == few


def test_another_home_sees_nothing_of_it(ward: Ward) -> None:
    ward.stock(ward.prescribe(), 28)
    other = make.make_home()
    with scope(home=other.pk):
        assert line_facts(ward.home.pk, NOW, NOW + timedelta(days=28)) == []
