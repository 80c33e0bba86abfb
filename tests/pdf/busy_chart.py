"""A resident whose chart has one of everything a MAR chart can show."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

from PIL import Image
from uuid_utils.compat import uuid7

from emar.models import EffectCheck, GpPractice, PatchCheck, Pharmacy, Resident, StaffMember, Suspension
from emar.scope import scope
from tests import factories as make

LONG_NAME = (
    "Fluticasone furoate 92micrograms/dose / Umeclidinium bromide 55micrograms/dose / "
    "Vilanterol 22micrograms/dose dry powder inhaler"
)


def at(day: int, clock: str, month: int = 11) -> datetime:
    """Return an instant of November 2026, when London's clocks show UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def portrait() -> bytes:
    """Return a small photograph of nobody."""
    written = BytesIO()
    Image.new("RGB", (160, 160), (180, 160, 140)).save(written, "JPEG")
    return written.getvalue()


class BusyChart:
    """The resident, who wrote what, and each prescription by a short name."""

    def __init__(self) -> None:
        home = make.make_home(name=f"Larkfield House {uuid7().hex[-6:]}")
        self.home = home
        self.unit = make.make_unit(home=home, name="Oak")
        people = {"role": "senior", "home": home}
        self.jo = make.make_staff_member(**people, full_name="Jo Carer", display_name="Jo C", initials="JC")
        self.jan = make.make_staff_member(**people, full_name="Jan Cole", display_name="Jan C", initials="JC")
        self.mo = make.make_staff_member(
            home=home, role="manager", full_name="Mo Nader", display_name="Mo N", initials="MN"
        )
        self.resident = make.make_resident(
            unit=self.unit, full_name="Joan Whitfield", preferred_name="Joanie", nhs_number="9434765919"
        )
        make.make_resident_photo(resident=self.resident, by=self.mo, jpeg=portrait())
        make.make_allergy(resident=self.resident, by=self.mo)
        make.make_allergy(resident=self.resident, by=self.mo, substance="Codeine", reaction="confused and sick")
        with scope(home=home.pk):
            self.resident.gp_practice = GpPractice.objects.create(home=home, name="Elm Surgery")
            self.resident.pharmacy = Pharmacy.objects.create(home=home, name="Quay Pharmacy")
            Resident.objects.filter(pk=self.resident.pk).update(
                gp_practice=self.resident.gp_practice, pharmacy=self.resident.pharmacy
            )
        self._regular()
        self._digoxin()
        self._needed()
        self._patch()
        self._cream()

    def _line(self, name: str, **fields: object) -> object:
        medicine = make.make_medicine(name=name)
        return make.make_prescription(resident=self.resident, by=self.mo, medicine=medicine, **fields)

    def _regular(self) -> None:
        line = self._line(
            "Co-careldopa 25mg/100mg tablets", schedule=make.regular("Morning", "Lunch", "Tea", time_critical=True),
            dose_words="Take ONE tablet three times a day", instructions=["Half an hour before food"],
            indication="Parkinson’s disease", route="Oral", is_time_critical=True, said_by="Dr Elm, Elm Surgery",
        )  # fmt: skip
        for day in range(1, 18):
            for clock in ("08:00", "12:00", "16:30"):
                if (day, clock) in ((9, "12:00"), (17, "16:30")):
                    continue
                given = at(day, clock) + timedelta(minutes=7 + day)
                by = self.jo if day % 2 else self.jan
                make.make_administration(prescription=line, by=by, due_at=at(day, clock), given_at=given)
        make.make_administration(
            prescription=line, by=self.jo, due_at=at(9, "12:00"), given_at=at(9, "12:05"), entered_at=at(9, "17:40"),
            by_hand_reason="Entered late: the phone was flat",
        )  # fmt: skip
        inhaler = self._line(LONG_NAME, dose_words="Inhale ONE dose once a day", must_be_brand=True, route="Inhaled")
        for day in range(5, 15):
            outcome = ("given", "refused", "asleep", "out_of_stock")[day % 4]
            make.make_administration(prescription=inhaler, by=self.jo, due_at=at(day, "08:00"), outcome=outcome)
        wrong = make.make_administration(prescription=inhaler, by=self.jo, due_at=at(15, "08:00"))
        right = make.make_administration(
            prescription=inhaler, by=self.jan, due_at=at(15, "08:00"), given_at=at(15, "08:20"), outcome="refused",
            note="Spat it out",
        )  # fmt: skip
        make.make_correction(administration=wrong, by=self.mo, replacement=right, reason="Pressed given by mistake")
        with scope(home=self.home.pk):
            Suspension.objects.create(
                home=self.home, prescription=inhaler, reason="Sore mouth, GP says wait", since_at=at(2, "09:00"),
                since_by=self.mo, resumed_at=at(5, "06:00"), resumed_by=self.mo,
            )  # fmt: skip
        self._line(
            "Alendronic acid 70mg tablets", dose_words="Take ONE tablet each week on Sunday",
            schedule=make.regular("Morning", phases=[{
                "days": None, "slots": [{"round": "Morning", "amount": {"low": "1", "high": "1"}}],
                "pattern": {"kind": "weekdays", "days": ["sun"]},
            }]), stopped_at=at(12, "10:00"), stopped_by=self.mo, stop_reason="Swallowing is unsafe",
        )  # fmt: skip

    def _digoxin(self) -> None:
        line = self._line(
            "Digoxin 125microgram tablets", dose_words="Take ONE tablet each morning",
            schedule=make.regular(
                "Morning", reading={"name": "pulse", "unit": "beats a minute"},
                hold=[{"reading": "pulse", "below": "60", "words": "ring the GP"}],
            ),
        )  # fmt: skip
        for day in range(1, 18):
            pulse = 55 + day
            outcome = "given" if pulse >= 60 else "withheld_on_reading"
            make.make_administration(
                prescription=line, by=self.jan, due_at=at(day, "08:00"), outcome=outcome,
                reading={"pulse": str(pulse)}, note="" if outcome == "given" else "Pulse low, GP told",
            )  # fmt: skip

    def _needed(self) -> None:
        line = self._line(
            "Paracetamol 500mg tablets", schedule=make.when_required(),
            dose_words="Take ONE or TWO when required, up to four times a day",
            prn_protocol={"condition": "pain in the hip", "signs": "rubs her hip", "expected_effect": "walks easier"},
        )  # fmt: skip
        for day in (3, 6, 17):
            given = make.make_administration(
                prescription=line, by=self.jo, due_at=None, given_at=at(day, "14:35"), amount=Decimal(2),
                note="She asked, hip hurts",
            )  # fmt: skip
            if day != 6:
                with scope(home=self.home.pk):
                    EffectCheck.objects.create(
                        id=uuid7(), home=self.home, administration=given, effect="worked", words="up and about",
                        checked_at=at(day, "15:35"), checked_by=self.jan, entered_at=at(day, "15:35"),
                    )  # fmt: skip

    def _patch(self) -> None:
        schedule = {
            "kind": "interval", "starts_on": "2026-10-27", "ends_on": None, "unit": "patch",
            "first_at": "2026-10-27T09:00:00Z", "every_minutes": 72 * 60, "worn_minutes": 72 * 60,
            "amount": {"low": "1", "high": "1"}, "check_at": "10:00",
            "sites": ["left upper arm", "right upper arm", "left upper back", "right upper back"],
        }  # fmt: skip
        line = self._line(
            "Fentanyl 12micrograms/hour transdermal patches", schedule=schedule, is_controlled=True,
            dose_words="Apply ONE patch every 72 hours", route="To the skin",
        )  # fmt: skip
        sites = schedule["sites"]
        for number in range(7):
            due_at = datetime(2026, 10, 27, 9, tzinfo=UTC) + timedelta(hours=72 * number)
            make.make_administration(
                prescription=line, by=self.jo, due_at=due_at, given_at=due_at + timedelta(minutes=12), unit="patch",
                site=sites[number % 4], witness=self.mo,
            )  # fmt: skip
        with scope(home=self.home.pk):
            PatchCheck.objects.create(
                id=uuid7(), home=self.home, prescription=line, found="in_place", site="right upper arm",
                checked_at=at(10, "10:05"), checked_by=self.jan, entered_at=at(10, "10:05"),
            )  # fmt: skip

    def _cream(self) -> None:
        line = self._line(
            "Zerobase 11% cream", dose_words="Apply to dry skin twice a day", route="To the skin",
            schedule=make.regular("Morning", "Night", unit="application", loose=True),
            body_areas=["left shin", "right shin", "left heel", "right heel", "under breasts"],
        )  # fmt: skip
        for day in range(1, 17):
            make.make_administration(
                prescription=line, by=self.jan, due_at=at(day, "08:00"), given_at=at(day, "09:10"), unit="application"
            )
        make.make_presence(resident=self.resident, by=self.mo, presence="in_hospital", since_at=at(26, "12:00", 10))
        make.make_presence(resident=self.resident, by=self.mo, presence="present", since_at=at(30, "15:00", 10))

    @property
    def people(self) -> tuple[StaffMember, StaffMember, StaffMember]:
        """Everybody who signed."""
        return self.jo, self.jan, self.mo
