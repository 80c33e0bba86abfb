"""Which medicines and packs exist, and what their codes mean.

Shared reference data: every home sees the same rows, so nothing here names a home except TaughtCode. The
rows come from dm+d, the NHS dictionary of medicines and devices, through operations.medicines; which XML
element fills which field is emar.dmd's knowledge alone. What a resident takes is in prescriptions, what
stands in the cupboard in stock.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

# An identifier is text: the codes have up to 18 digits and JavaScript rounds numbers above 16, which would
# turn one medicine into another on its way to a device.
CODE_LENGTH = 18


class ControlledDrugCategory(models.TextChoices):
    """The dm+d category of the product; the schedule follows the product, never the ingredient."""

    NONE = "0000", "No controlled drug status"
    SCHEDULE_1 = "0001", "Schedule 1"
    SCHEDULE_2 = "0002", "Schedule 2"
    SCHEDULE_2_EXEMPT_SAFE_CUSTODY = "0003", "Schedule 2, exempt from safe custody"
    SCHEDULE_3 = "0004", "Schedule 3, no register"
    SCHEDULE_3_EXEMPT_SAFE_CUSTODY = "0005", "Schedule 3, no register, exempt from safe custody"
    SCHEDULE_3_PHENOBARBITAL = "0006", "Schedule 3, no register, phenobarbital"
    SCHEDULE_3_TEMAZEPAM = "0007", "Schedule 3, no register, temazepam"
    SCHEDULE_4_ANABOLIC = "0008", "Schedule 4, anabolic"
    SCHEDULE_4_BENZODIAZEPINE = "0009", "Schedule 4, benzodiazepine"
    SCHEDULE_5 = "0010", "Schedule 5"


class Ingredient(models.Model):
    """A substance: allergies and when-required maximums are counted by it, across products."""

    id = models.CharField(primary_key=True, max_length=CODE_LENGTH)
    name = models.CharField(max_length=255)
    retired_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Medicine(models.Model):
    """A product that can be prescribed: the generic (any brand will do) or one brand of it."""

    class Kind(models.TextChoices):
        GENERIC = "generic", "Generic product (VMP)"
        BRAND = "brand", "One supplier's product (AMP)"

    id = models.CharField(primary_key=True, max_length=CODE_LENGTH)
    kind = models.CharField(max_length=7, choices=Kind)
    name = models.CharField(max_length=1000)
    generic = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="brands")
    # The therapeutic moiety (VTM): "Paracetamol" over all its strengths and forms.
    moiety_id = models.CharField(max_length=CODE_LENGTH, blank=True)
    moiety_name = models.CharField(max_length=255, blank=True)
    form = models.CharField(max_length=255, blank=True)
    strength = models.CharField(max_length=255, blank=True)
    routes = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    # What one dose is counted in ("tablet", "ml") and how much one unit holds ("5 ml" for a sachet of 5 ml).
    dose_unit = models.CharField(max_length=255, blank=True)
    dose_size = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    dose_size_unit = models.CharField(max_length=255, blank=True)
    supplier = models.CharField(max_length=255, blank=True)
    controlled_drug_category = models.CharField(
        max_length=4, choices=ControlledDrugCategory, default=ControlledDrugCategory.NONE
    )
    prescribing_status = models.CharField(max_length=255, blank=True)
    bnf_code = models.CharField(max_length=15, blank=True)
    atc_code = models.CharField(max_length=7, blank=True)
    defined_daily_dose = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    defined_daily_dose_unit = models.CharField(max_length=255, blank=True)
    retired_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="generic", generic__isnull=True)
                | models.Q(kind="brand", generic__isnull=False),
                name="medicine_brand_has_generic",
            ),
            models.CheckConstraint(
                condition=models.Q(controlled_drug_category__in=ControlledDrugCategory.values),
                name="medicine_known_cd_category",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="medicine_has_name"),
        ]
        indexes = [
            models.Index(fields=["moiety_id"], name="medicine_moiety"),
            models.Index(fields=["atc_code"], name="medicine_atc"),
        ]

    def __str__(self) -> str:
        return self.name


class MedicineIngredient(models.Model):
    """How much of one ingredient a generic product holds: 500 mg in 1 tablet, 5 mg in 5 ml."""

    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="ingredients")
    ingredient = models.ForeignKey(Ingredient, on_delete=models.PROTECT, related_name="medicines")
    position = models.PositiveSmallIntegerField()
    # Strengths are often stated as another form of the substance: "as salbutamol" for salbutamol sulfate.
    strength_as = models.ForeignKey(Ingredient, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    amount_unit = models.CharField(max_length=255, blank=True)
    per_amount = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    per_unit = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["medicine", "position"], name="medicine_ingredient_position"),
        ]

    def __str__(self) -> str:
        return f"{self.ingredient_id} in {self.medicine_id}"


class Pack(models.Model):
    """A size in which a medicine is supplied: of the generic (a VMPP), or one supplier's box (an AMPP)."""

    class PriceSource(models.TextChoices):
        DRUG_TARIFF = "drug_tariff", "Drug Tariff"
        NHS_INDICATIVE = "nhs_indicative", "NHS indicative price"

    id = models.CharField(primary_key=True, max_length=CODE_LENGTH)
    kind = models.CharField(max_length=7, choices=Medicine.Kind)
    name = models.CharField(max_length=1000)
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="packs")
    generic = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="brands")
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit = models.CharField(max_length=255, blank=True)
    # How the quantity is divided ("8 x 4 tablets"), in the supplier's words.
    divided_as = models.CharField(max_length=255, blank=True)
    supplier = models.CharField(max_length=255, blank=True)
    price_pence = models.PositiveIntegerField(null=True, blank=True)
    price_on = models.DateField(null=True, blank=True)
    price_source = models.CharField(max_length=14, choices=PriceSource, blank=True)
    discontinued_on = models.DateField(null=True, blank=True)
    retired_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="pack_quantity_positive"),
            models.CheckConstraint(
                condition=models.Q(kind="generic", generic__isnull=True)
                | models.Q(kind="brand", generic__isnull=False),
                name="pack_brand_has_generic",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PackCode(models.Model):
    """A GTIN printed on a pack, as its 14-digit key, and the period for which it was in use."""

    gtin = models.CharField(max_length=14)
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="codes")
    starts_on = models.DateField(null=True, blank=True)
    # The first day on which the code no longer holds. Boxes with it may stand in a cupboard long after.
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gtin", "pack"], name="pack_code_once_per_pack"),
            models.CheckConstraint(condition=models.Q(gtin__regex=r"^[0-9]{14}$"), name="pack_code_has_14_digits"),
        ]

    def __str__(self) -> str:
        return self.gtin


class TaughtCode(models.Model):
    """A GTIN that staff of one home said belongs to a medicine, because dm+d did not know it.

    Nothing is matched by it until a manager has approved it. One who does not, withdraws it.
    """

    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT, related_name="taught_codes")
    gtin = models.CharField(max_length=14)
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="taught_codes")
    pack_name = models.CharField(max_length=255, blank=True)
    taught_at = models.DateTimeField()
    taught_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        "emar.StaffMember", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "emar.StaffMember", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "gtin", "medicine"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="taught_code_once_per_home",
            ),
            models.CheckConstraint(condition=models.Q(gtin__regex=r"^[0-9]{14}$"), name="taught_code_has_14_digits"),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="taught_code_withdrawn_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at__isnull=True, approved_by__isnull=True)
                | models.Q(approved_at__isnull=False, approved_by__isnull=False),
                name="taught_code_approved_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.gtin


class DmdTerm(models.Model):
    """A word of dm+d's lists and its code, kept because later releases use the code without the list."""

    class Kind(models.TextChoices):
        MOIETY = "moiety", "Therapeutic moiety (VTM)"
        FORM = "form", "Form"
        ROUTE = "route", "Route"
        UNIT = "unit", "Unit of measure"
        SUPPLIER = "supplier", "Supplier"
        PRESCRIBING_STATUS = "prescribing_status", "Prescribing status"

    kind = models.CharField(max_length=18, choices=Kind)
    code = models.CharField(max_length=CODE_LENGTH)
    words = models.CharField(max_length=255)
    retired_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="dmd_term_once"),
        ]

    def __str__(self) -> str:
        return self.words


class DmdChangedId(models.Model):
    """A code that NHSBSA replaced by another one: what was written on the old code is still understood."""

    class Kind(models.TextChoices):
        MOIETY = "moiety", "Therapeutic moiety (VTM)"
        MEDICINE = "medicine", "Generic product (VMP)"
        INGREDIENT = "ingredient", "Ingredient"
        SUPPLIER = "supplier", "Supplier"
        FORM = "form", "Form"
        ROUTE = "route", "Route"
        UNIT = "unit", "Unit of measure"

    kind = models.CharField(max_length=10, choices=Kind)
    old_id = models.CharField(max_length=CODE_LENGTH)
    current_id = models.CharField(max_length=CODE_LENGTH)
    # The period for which the old code was the right one, half-open; both ends may be unknown.
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    # The old code was later given a meaning of its own: it is only followed for a day in its period.
    is_reused = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "old_id", "current_id"], name="dmd_changed_id_once"),
            models.CheckConstraint(condition=~models.Q(old_id=models.F("current_id")), name="dmd_changed_id_changes"),
        ]
        indexes = [models.Index(fields=["kind", "current_id"], name="dmd_changed_id_current")]

    def __str__(self) -> str:
        return f"{self.old_id} is now {self.current_id}"


class DmdRelease(models.Model):
    """What was imported from dm+d, when and by whom: one row for every import that had something to say."""

    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    released_on = models.DateField(null=True, blank=True)
    has_products = models.BooleanField()
    counts = models.JSONField()
    imported_at = models.DateTimeField()
    # An administrator at a command line is not a member of a home's staff: the account's name.
    imported_by = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name
