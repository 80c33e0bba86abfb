"""Which plans stand for a resident, what a pharmacist said of each medicine, and the home's homely remedies."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from emar.models import (
    CovertPlan,
    HomelyRemedy,
    HomelyRemedyGiver,
    Measurement,
    PharmacistAdvice,
    SelfAdministration,
)


@dataclass(frozen=True, slots=True)
class Plans:
    """One resident's plans: those that stand and those that ended, the newest first, and the latest advice."""

    covert: CovertPlan | None = None
    by_self: Sequence[SelfAdministration] = ()
    ended: Sequence[CovertPlan | SelfAdministration] = ()
    advice: Mapping[tuple[UUID, str], PharmacistAdvice] = field(default_factory=dict)

    @property
    def advised(self) -> list[PharmacistAdvice]:
        """The latest advice on each medicine, by the medicine's name."""
        return sorted(self.advice.values(), key=lambda each: (each.prescription.medicine.name, each.about))

    def advice_on(self, prescription_id: UUID, about: str) -> PharmacistAdvice | None:
        """Return the latest word on one prescription, None where nobody has asked."""
        return self.advice.get((prescription_id, about))

    def is_overdue(self, today: date) -> bool:
        """Return whether a plan that stands should have been reviewed."""
        standing = [*([self.covert] if self.covert else []), *self.by_self]
        return any(each.review_on < today for each in standing)


def plans_of(home_id: int, resident_ids: Collection[int]) -> dict[int, Plans]:
    """Return the plans of each of these residents, in three statements; each resident has an entry."""
    mine = {"home_id": home_id, "resident_id__in": list(resident_ids)}
    people = ("written_by", "ended_by")
    covert: dict[int, list[CovertPlan]] = defaultdict(list)
    for plan in CovertPlan.objects.filter(**mine).select_related(*people).order_by("-written_at", "-pk"):
        covert[plan.resident_id].append(plan)
    by_self: dict[int, list[SelfAdministration]] = defaultdict(list)
    for each in (
        SelfAdministration.objects.filter(**mine)
        .select_related(*people, "prescription__medicine")
        .order_by("-written_at", "-pk")
    ):
        by_self[each.resident_id].append(each)
    advice: dict[int, dict[tuple[UUID, str], PharmacistAdvice]] = defaultdict(dict)
    for word in (
        PharmacistAdvice.objects.filter(**mine)
        .select_related("prescription__medicine", "recorded_by")
        .order_by("advised_on", "recorded_at")
    ):
        advice[word.resident_id][word.prescription_id, word.about] = word
    return {
        pk: Plans(
            next((plan for plan in covert[pk] if plan.ended_at is None), None),
            [each for each in by_self[pk] if each.ended_at is None],
            [each for each in (*covert[pk], *by_self[pk]) if each.ended_at is not None],
            advice[pk],
        )
        for pk in resident_ids
    }


def plan(home_id: int, resident_id: int, plan_id: UUID) -> CovertPlan | SelfAdministration | None:
    """Return one plan of a resident, of either kind, or None."""
    for kind in (CovertPlan, SelfAdministration):
        found = kind.objects.filter(home_id=home_id, resident_id=resident_id, pk=plan_id).select_related("resident")
        if (one := found.first()) is not None:
            return one
    return None


@dataclass(frozen=True, slots=True)
class RemedyLine:
    """A homely remedy of the home with who may give it."""

    remedy: HomelyRemedy
    givers: Sequence[HomelyRemedyGiver]

    def is_for(self, staff_member_id: int) -> bool:
        """Return whether this person may give it without asking."""
        return any(giver.staff_member_id == staff_member_id for giver in self.givers)


def remedies(home_id: int) -> list[RemedyLine]:
    """Return the home's homely remedies that stand, by medicine, in two statements."""
    givers: dict[UUID, list[HomelyRemedyGiver]] = defaultdict(list)
    authorised = HomelyRemedyGiver.objects.filter(home_id=home_id, ended_at__isnull=True)
    for giver in authorised.select_related("staff_member", "authorised_by").order_by("staff_member__full_name"):
        givers[giver.remedy_id].append(giver)
    found = HomelyRemedy.objects.filter(home_id=home_id, ended_at__isnull=True)
    found = found.select_related("medicine", "written_by").order_by("medicine__name", "pk")
    return [RemedyLine(each, givers[each.pk]) for each in found]


def remedy(home_id: int, remedy_id: UUID) -> RemedyLine | None:
    """Return one homely remedy that stands, or None."""
    return next((line for line in remedies(home_id) if line.remedy.pk == remedy_id), None)


def giver(home_id: int, giver_id: int) -> HomelyRemedyGiver | None:
    """Return one person's leave to give a remedy, or None."""
    return HomelyRemedyGiver.objects.filter(home_id=home_id, pk=giver_id).first()


def weights(home_id: int, resident_id: int) -> list[Measurement]:
    """Return what a resident weighed, the latest first."""
    found = Measurement.objects.filter(home_id=home_id, resident_id=resident_id, kind="weight")
    return list(found.select_related("recorded_by").order_by("-measured_on", "-recorded_at"))
