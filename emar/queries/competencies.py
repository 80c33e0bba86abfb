"""Who works in a home, and how each stands in what they have to be assessed for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Q

from emar.models import Competency, CompetencyOverride, HomeRole, StaffMember, Subject
from emar.rules.competence import Competence, competence
from emar.rules.wall_clock import local_day


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One person's role in the home and how they stand, by subject."""

    role: HomeRole
    competences: Mapping[str, Competence]

    @property
    def person(self) -> StaffMember:
        """Who it is."""
        return self.role.staff_member

    @property
    def subjects(self) -> list[tuple[str, str, Competence]]:
        """Each subject with its words and how the person stands."""
        return [(subject.value, subject.label, self.competences[subject]) for subject in Subject]


def competences_of(home_id: int, staff_ids: Collection[int], now: datetime) -> Mapping[int, Mapping[str, Competence]]:
    """Return how each of these people stands in each subject, in two statements."""
    ends: dict[tuple[int, str], date] = {
        (person, subject): end
        for person, subject, end in Competency.objects.filter(home_id=home_id, staff_member_id__in=staff_ids)
        .values("staff_member_id", "subject")
        .annotate(end=Max("expires_on"))
        .values_list("staff_member_id", "subject", "end")
    }
    overridden: dict[tuple[int, str], datetime] = {
        (person, subject): until
        for person, subject, until in CompetencyOverride.objects.filter(
            home_id=home_id, staff_member_id__in=staff_ids, until_at__gt=now
        )
        .values("staff_member_id", "subject")
        .annotate(until=Max("until_at"))
        .values_list("staff_member_id", "subject", "until")
    }
    today = local_day(now)
    return {
        person: {
            subject: competence(ends.get((person, subject)), overridden.get((person, subject)), today, now)
            for subject in Subject
        }
        for person in staff_ids
    }


def may_start_rounds(home_id: int, staff_ids: Collection[int], now: datetime) -> dict[int, bool]:
    """Return whether each of these people may start a new round now, as far as their assessment goes.

    A round that is under way is nobody's question here: what happens in it is recorded. (domain.md, A resident)
    """
    found = competences_of(home_id, staff_ids, now)
    return {person: found[person][Subject.MEDICINES].may_start for person in staff_ids}


def staff_of(home_id: int, now: datetime) -> list[StaffLine]:
    """Return the people who have a role in the home now or later, by name, with how they stand."""
    roles = list(
        HomeRole.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), home_id=home_id)
        .select_related("staff_member")
        .order_by("staff_member__full_name", "pk")
    )
    found = competences_of(home_id, {role.staff_member_id for role in roles}, now)
    return [StaffLine(role, found[role.staff_member_id]) for role in roles]


def staff_line(home_id: int, staff_member_id: int, now: datetime) -> StaffLine | None:
    """Return one person of the home, or None where they have no role here now."""
    return next((line for line in staff_of(home_id, now) if line.person.pk == staff_member_id), None)


@dataclass(frozen=True, slots=True)
class Assessments:
    """What was recorded of one person: assessments and leave to go on, the latest first."""

    assessed: Sequence[Competency]
    overridden: Sequence[CompetencyOverride]


def assessments_of(home_id: int, staff_member_id: int) -> Assessments:
    """Return everything recorded of one person's competency in this home."""
    mine = {"home_id": home_id, "staff_member_id": staff_member_id}
    return Assessments(
        list(Competency.objects.filter(**mine).select_related("assessed_by").order_by("-assessed_on", "-pk")),
        list(CompetencyOverride.objects.filter(**mine).select_related("allowed_by").order_by("-allowed_at")),
    )


def initials_by_id(home_id: int) -> Mapping[int, str]:
    """Return the initials of everybody who has or had a role in the home."""
    found: dict[int, str] = defaultdict(str)
    found.update(
        HomeRole.objects.filter(home_id=home_id).values_list("staff_member_id", "staff_member__initials").distinct()
    )
    return found
