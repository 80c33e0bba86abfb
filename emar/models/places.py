"""Where care happens: the council, its providers, their homes, and the units that share a trolley."""

from django.db import models
from django.db.models.functions import Now


class Council(models.Model):
    """A local authority whose quality team sees counts and rates of its homes, never a resident."""

    name = models.TextField(unique=True)

    def __str__(self) -> str:
        return self.name


class Provider(models.Model):
    """The organisation registered with CQC that runs one or more homes."""

    name = models.TextField(unique=True)

    def __str__(self) -> str:
        return self.name


class CareHome(models.Model):
    """One registered home. Every clinical row belongs to exactly one."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT)
    name = models.TextField(unique=True)
    has_nursing = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class GpPractice(models.Model):
    """A surgery whose doctors look after residents of a home; orders and questions go there."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    name = models.TextField()
    telephone = models.TextField(blank=True)
    email = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "name"], name="gp_practice_name_in_home")]

    def __str__(self) -> str:
        return self.name


class Pharmacy(models.Model):
    """A pharmacy that supplies residents of a home."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    name = models.TextField()
    telephone = models.TextField(blank=True)
    email = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "name"], name="pharmacy_name_in_home")]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """The people in a home who share a trolley and rounds."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "name"], name="unit_name_in_home")]

    def __str__(self) -> str:
        return self.name
