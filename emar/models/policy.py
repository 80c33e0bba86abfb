"""What a home decides for itself: the figures and letters that no law fixes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from .people import StaffMember
from .places import CareHome

#: ATC groups whose first refused or missed dose is a matter for the GP: anticoagulants, insulins,
#: antiepileptics, clozapine (domain.md, Outcomes).
CRITICAL_ATC_CODES = ["B01AA", "B01AB", "B01AE", "B01AF", "A10A", "N03A", "N05AH02"]


def critical_atc_codes() -> list[str]:
    """Return the usual ATC groups, each home its own list."""
    return list(CRITICAL_ATC_CODES)


class HomePolicy(models.Model):
    """A home's own medicines policy, as far as the record follows it. Changes are in the audit trail."""

    home = models.OneToOneField(CareHome, on_delete=models.PROTECT)
    window_minutes = models.PositiveSmallIntegerField(default=60)
    refusal_days = models.PositiveSmallIntegerField(default=3, help_text="days refused in a row before the GP is told")
    critical_atc_codes = ArrayField(models.CharField(max_length=7), default=critical_atc_codes)
    close_after_minutes = models.PositiveIntegerField(
        default=240, help_text="how long after its window an unanswered dose is written down as not recorded"
    )
    has_unwitnessed_nights = models.BooleanField(
        default=False, help_text="at night a CD may be given without a witness, as an exception a manager reviews"
    )
    also_controlled = ArrayField(
        models.CharField(max_length=18), default=list, help_text="medicines the home keeps as CDs beyond the law"
    )
    letters = models.JSONField(default=dict, help_text="outcome to the letter printed on the MAR, where not the usual")
    death_hold_days = models.PositiveSmallIntegerField(default=7)
    homely_remedy_hours = models.PositiveSmallIntegerField(default=48)
    prn_unused_days = models.PositiveSmallIntegerField(default=28)
    prn_daily_days = models.PositiveSmallIntegerField(default=7, help_text="days running of use before a review")
    contact_card = models.JSONField(
        default=list, help_text="whom to ring about a CD discrepancy: [{role, name, telephone}]"
    )
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")
