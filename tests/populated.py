"""A home with at least one row in every table that belongs to a home."""

from datetime import timedelta
from decimal import Decimal

from uuid_utils.compat import uuid7

from emar.models import (
    AuditEntry,
    Competency,
    CompetencyOverride,
    ConflictReview,
    CovertPlan,
    DeviceGapReview,
    DeviceSignIn,
    EffectCheck,
    GpPractice,
    HeldReview,
    HomelyRemedy,
    HomelyRemedyGiver,
    HomePolicy,
    Job,
    LeaveMedicines,
    Measurement,
    PatchCheck,
    PharmacistAdvice,
    Pharmacy,
    Reconciliation,
    ReconciliationLine,
    RoundEvent,
    SelfAdministration,
    StaffMember,
    Suspension,
    Task,
    TaskNote,
    TaughtCode,
    WitnessReview,
)
from emar.operations import audit
from emar.scope import scope
from ordering.models import Delivery, LabelSheet, OrderEvent, OrderLine, StoppedPack
from ordering.operations import pack_checks
from quality.models import DailyFigure, DailyFigurePart, DailyKind, DailyLetter, Rebasing
from quality.operations import daily_letter, going_live, incidents, savings
from quality.rules.incidents import Assessment
from stock.models import (
    Consignment,
    CountedPack,
    Discrepancy,
    DiscrepancyNote,
    LineToCount,
    OpeningRule,
    StockCountSession,
    StoragePlace,
)
from stock.operations import disposal, recalls
from stock.rules.temperature import FRIDGE
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside
from tests.pages.delivery import with_delivery
from tests.pages.orders import with_order
from tests.tablet import enrol_tablet, scan


def populate() -> Bedside:
    """Make a home with a row in each of its tables, and return its bedside."""
    bedside = make_bedside()
    tablet = enrol_tablet(bedside)
    resident, senior, home = bedside.resident, bedside.senior, bedside.home
    make.make_allergy(resident=resident, by=senior)
    make.make_no_known_allergies(resident=resident, by=senior)
    make.make_presence(resident=resident, by=senior)
    make.make_resident_photo(resident=resident, by=senior)
    make.make_device_enrolment(home=home, by=senior)
    make.make_discrepancy(line=bedside.line, by=senior)
    device = make.make_device(home=home, by=senior)
    make.make_pin_lock(device=device, staff_member=bedside.carer)
    bedside.record(bedside.dose(amount=Decimal(1)))
    make.make_correction(administration=bedside.administrations()[0], by=senior)
    on = {"round_id": make.round_of(bedside.unit).pk, "on": "2026-11-18"}
    tablet.answers(
        tablet.event("scan", bedside.carer.pk, scan(bedside)), tablet.event("round_started", bedside.carer.pk, on)
    )
    with scope(home=home.pk):
        DeviceSignIn.objects.create(
            home=home, device=device, staff_member=bedside.carer, token_hash=str(uuid7()), signed_in_at=NINE,
            expires_at=NINE + timedelta(hours=1),
        )  # fmt: skip
        TaughtCode.objects.create(
            home=home, gtin="05000000000000", medicine=bedside.medicine, taught_at=NINE, taught_by=senior
        )
        reviewed = {"home": home, "words": "asked both", "reviewed_at": NINE, "reviewed_by": senior}
        ConflictReview.objects.create(**reviewed, administration=bedside.administrations()[0])
        HeldReview.objects.create(**reviewed, event=uuid7(), decision="set_aside")
        DeviceGapReview.objects.create(**reviewed, device=device, after_sequence=3, before_sequence=7)
        _the_record_in_full(bedside)
        _storage_and_disposal(bedside)
        _a_delivery(bedside)
        with_order(bedside.prescription, senior, "Own")
        _what_became_of_an_order(bedside)
        _figures(bedside)
        _counting(bedside)
        _incidents(bedside)
        _time_saved(bedside)
        audit.note(action="prescription_stopped", by=senior.pk, at=NINE, home_id=home.pk, resident_id=resident.pk)
        assert RoundEvent.objects.exists()
        assert AuditEntry.objects.exists()
        assert StaffMember.objects.exists()
    return bedside


def _the_record_in_full(bedside: Bedside) -> None:
    """Write one row into each table of plans, tasks, transfers and checks."""
    home, senior, resident, line = bedside.home, bedside.senior, bedside.resident, bedside.prescription
    day = NINE.date()
    written = {"home": home, "written_at": NINE, "written_by": senior}
    recorded = {"home": home, "recorded_at": NINE}
    GpPractice.objects.create(home=home, name="Elm Surgery")
    Pharmacy.objects.create(home=home, name="Quay Pharmacy")
    HomePolicy.objects.create(home=home, changed_at=NINE, changed_by=senior)
    CovertPlan.objects.create(
        **written, resident=resident, capacity_assessed_on=day, capacity_assessed_by="GP", decided_on=day,
        decided_with="daughter, GP, senior", decision="in her best interests", review_on=day,
    )  # fmt: skip
    PharmacistAdvice.objects.create(
        **recorded, resident=resident, prescription=line, about="covert", is_allowed=True, method="crush, in jam",
        pharmacist="A Quay", advised_on=day, recorded_by=senior,
    )  # fmt: skip
    SelfAdministration.objects.create(
        **written, resident=resident, support="prompted", assessment="safe", storage="drawer", assessed_on=day,
        review_on=day,
    )  # fmt: skip
    remedy = HomelyRemedy.objects.create(
        **written, medicine=bedside.medicine, indication="headache", not_for="allergy", schedule=make.when_required(),
        dose_words="ONE or TWO when required", agreed_with="Elm Surgery", review_on=day,
    )  # fmt: skip
    HomelyRemedyGiver.objects.create(
        home=home, remedy=remedy, staff_member=senior, authorised_at=NINE, authorised_by=senior
    )
    Competency.objects.create(
        **recorded, staff_member=bedside.carer, subject="medicines", assessed_on=day,
        expires_on=day + timedelta(days=365), assessed_by=senior, recorded_by=senior,
    )  # fmt: skip
    CompetencyOverride.objects.create(
        home=home, staff_member=bedside.carer, subject="medicines", until_at=NINE, reason="night cover",
        allowed_at=NINE, allowed_by=senior,
    )  # fmt: skip
    Measurement.objects.create(
        **recorded, resident=resident, kind="weight", value=Decimal(61), unit="kg", measured_on=day, recorded_by=senior
    )
    Job.objects.create(home=home, kind="close_rounds", due_at=NINE)
    Suspension.objects.create(home=home, prescription=line, reason="in hospital", since_at=NINE, since_by=senior)
    task = Task.objects.create(home=home, kind="review_prn", cause="tried", raised_at=NINE, due_at=NINE)
    TaskNote.objects.create(**written, task=task, words="rang")
    done = Reconciliation.objects.create(
        home=home, resident=resident, occasion="admission", sources=["GP summary"], done_at=NINE, done_by=senior
    )
    ReconciliationLine.objects.create(home=home, reconciliation=done, words="Amlodipine 5mg od", decision="continue")
    LeaveMedicines.objects.create(
        home=home, resident=resident, prescription=line, line=bedside.line, quantity=Decimal(2), unit="tablet",
        sent_at=NINE, sent_by=senior, sent_with="her son",
    )  # fmt: skip
    given = bedside.administrations()[0]
    looked = {"home": home, "checked_at": NINE, "checked_by": senior, "entered_at": NINE}
    EffectCheck.objects.create(**looked, id=uuid7(), administration=given, effect="worked")
    PatchCheck.objects.create(**looked, id=uuid7(), prescription=line, found="in_place")
    WitnessReview.objects.create(home=home, administration=given, words="seen", reviewed_at=NINE, reviewed_by=senior)


def _time_saved(bedside: Bedside) -> None:
    """Time an audit, say what it costs and how often it comes, and go live."""
    home_id, by = bedside.home.pk, {"by": bedside.senior.pk, "at": NINE}
    sample = savings.start(sample_id=uuid7(), home_id=home_id, process="audit", **by)
    savings.stop(sample=sample, people=1, by=bedside.senior.pk, at=NINE + timedelta(minutes=20))
    often = {"process": "audit", "is_baseline": True, "per_month": Decimal(4)}
    savings.say_frequency(said_id=uuid7(), home_id=home_id, **often, **by)
    spent = savings.Spent(uuid7(), "direct", "labels", Decimal(3), is_monthly=True)
    savings.write_cost(home_id=home_id, spent=spent, **by)
    savings.set_policy(home_id=home_id, figures={"hour_low": Decimal(10)}, **by)
    going_live.reach_stage(step_id=uuid7(), home_id=home_id, stage="usage", since_on=NINE.date(), **by)
    going_live.answer(answer_id=uuid7(), home_id=home_id, item="champion", is_met=True, **by)
    savings.count(home_id=home_id, at=NINE)
    reader = daily_letter.add_reader(reader_id=uuid7(), home_id=home_id, email="m@home.example", **by)
    DailyLetter.objects.create(
        home_id=home_id, reader=reader, day_on=NINE.date(), message_id="<1@home.example>", mime=b"1", created_at=NINE
    )


def _incidents(bedside: Bedside) -> None:
    """Report, judge, decide and act on an incident, under a policy of the home's own."""
    home, by = bedside.home, {"by": bedside.senior.pk, "at": NINE}
    said = incidents.Report(uuid7(), "wrong_time", "too late", NINE, has_reached=True, resident_id=bedside.resident.pk)
    incident = incidents.report(home_id=home.pk, said=said, **by)
    judged = incidents.Judgement(uuid7(), Assessment("C", "none", "none"), "seen")
    incidents.assess(incident=incident, judgement=judged, **by)
    incidents.decide(decision_id=uuid7(), incident=incident, duty="cqc", is_done=False, words="no harm", **by)
    incidents.note(note_id=uuid7(), incident=incident, words="asked her", **by)
    incidents.plan_action(
        action_id=uuid7(), incident=incident, words="move it", who_id=bedside.carer.pk, until_on=NINE.date(), **by
    )
    incidents.set_policy(home_id=home.pk, figures={"people_to_refer": 3}, **by)


def _storage_and_disposal(bedside: Bedside) -> None:
    """Write one row into each table of storage and disposal."""
    home, senior = bedside.home, bedside.senior
    OpeningRule.objects.create(home=home, group="eye_drops", lasts=14, unit="days", changed_at=NINE, changed_by=senior)
    place = StoragePlace.objects.create(
        home=home, name="Fridge", kind="fridge", low=FRIDGE.low, high=FRIDGE.high, added_at=NINE, added_by=senior
    )
    make.make_temperature_reading(place=place, by=senior)
    leaving = disposal.Leaving(bedside.line.pk, Decimal(1), "spoilt", bedside.pack.pk)
    sending = disposal.Sending(id=uuid7(), goes_to=Consignment.GoesTo.DESTROYED, leaving=[leaving])
    disposal.send(home_id=home.pk, sending=sending, by=senior.pk, at=NINE)
    bedside.pack.batch = "AB123"
    bedside.pack.save(update_fields=["batch"])
    alert = recalls.Alert(uuid7(), "Amlodipine 5mg", "class_2", "MHRA EL(26)A/12", batches=["AB123"])
    recalls.enter(home_id=home.pk, alert=alert, by=senior.pk, at=NINE)


def _counting(bedside: Bedside) -> None:
    """Write one row into each table of counting together."""
    home, senior, line = bedside.home, bedside.senior, bedside.line
    session = StockCountSession.objects.create(
        home=home, kind="resident", resident=bedside.resident, started_at=NINE, started_by=senior
    )
    LineToCount.objects.create(home=home, session=session, line=line, place=1)
    CountedPack.objects.create(
        home=home, session=session, line=line, pack=bedside.pack, quantity=Decimal(5), after_sequence=1,
        counted_at=NINE, counted_by=senior,
    )  # fmt: skip
    differs = Discrepancy.objects.filter(line=line).first()
    DiscrepancyNote.objects.create(
        home=home, discrepancy=differs, words="searched", written_at=NINE, written_by=senior
    )  # fmt: skip


def _figures(bedside: Bedside) -> None:
    """Write the figures of a day, with a part and a kind of it, and new limits from that day on."""
    home, day = bedside.home, NINE.date()
    part = {"home": home, "day_on": day, "unit": bedside.unit, "medicine_class": "pain", "time_of_day": "morning"}
    DailyFigure.objects.create(home=home, day_on=day, due=9, closed_at=NINE, counted_at=NINE)
    DailyFigurePart.objects.create(**part, round_name="Morning", due=9)
    DailyKind.objects.create(**part, round_name="Morning", theme="near_miss", code="too_early", count=1)
    Rebasing.objects.create(home=home, from_on=day, why="go_live", set_at=NINE, set_by=bedside.senior)


def _what_became_of_an_order(bedside: Bedside) -> None:
    """Write down what somebody said of the resident's item of the order."""
    line = OrderLine.objects.filter(home=bedside.home, resident=bedside.resident).first()
    OrderEvent.objects.create(
        id=uuid7(), home=bedside.home, order_id=line.order_id, line=line, kind="chased", words="it is signed",
        spoke_to="Sam at the surgery", happened_at=NINE,
    )  # fmt: skip


def _a_delivery(bedside: Bedside) -> None:
    """Write one row into each table of deliveries: expected, booked in, checked, undone, stopped, labelled."""
    ids = with_delivery(bedside.prescription, bedside.senior, "A")
    act = {"home_id": bedside.home.pk, "booked_id": ids["booked_id"], "by": bedside.carer.pk, "at": NINE}
    pack_checks.check(**act, check_id=uuid7())
    pack_checks.undo(**act, undo_id=uuid7(), reason="it is somebody else’s")
    home, senior = {"home": bedside.home}, bedside.senior
    own = Delivery.objects.create(**home, origin="own", resident=bedside.resident, opened_at=NINE, opened_by=senior)
    StoppedPack.objects.create(
        id=uuid7(), **home, delivery=own, resident=bedside.resident, became="goes_back", stopped_at=NINE,
        stopped_by=senior,
    )  # fmt: skip
    sheet = {"booked": [ids["booked_id"]], "layout": "a4_24", "printed_at": NINE, "printed_by": senior}
    LabelSheet.objects.create(id=uuid7(), **home, delivery=own, **sheet)
