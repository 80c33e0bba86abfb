import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

import emar.models.policy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.TextField(unique=True)),
                ("full_name", models.TextField()),
                ("display_name", models.TextField()),
                ("initials", models.CharField(max_length=4)),
                ("pin_salt", models.CharField(blank=True, max_length=32)),
                ("pin_key", models.CharField(blank=True, help_text="empty until a PIN is set", max_length=64)),
                ("badge_code", models.CharField(max_length=16, null=True, unique=True)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Ingredient",
            fields=[
                ("id", models.CharField(max_length=18, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=255)),
                ("retired_on", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Council",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Provider",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="DmdChangedId",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("moiety", "Therapeutic moiety (VTM)"),
                            ("medicine", "Generic product (VMP)"),
                            ("ingredient", "Ingredient"),
                            ("supplier", "Supplier"),
                            ("form", "Form"),
                            ("route", "Route"),
                            ("unit", "Unit of measure"),
                        ],
                        max_length=10,
                    ),
                ),
                ("old_id", models.CharField(max_length=18)),
                ("current_id", models.CharField(max_length=18)),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("is_reused", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "current_id"], name="dmd_changed_id_current")],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "old_id", "current_id"), name="dmd_changed_id_once"),
                    models.CheckConstraint(
                        condition=models.Q(("old_id", models.F("current_id")), _negated=True),
                        name="dmd_changed_id_changes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DmdRelease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("released_on", models.DateField(blank=True, null=True)),
                ("has_products", models.BooleanField()),
                ("counts", models.JSONField()),
                ("imported_at", models.DateTimeField()),
                ("imported_by", models.CharField(max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="DmdTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("moiety", "Therapeutic moiety (VTM)"),
                            ("form", "Form"),
                            ("route", "Route"),
                            ("unit", "Unit of measure"),
                            ("supplier", "Supplier"),
                            ("prescribing_status", "Prescribing status"),
                        ],
                        max_length=18,
                    ),
                ),
                ("code", models.CharField(max_length=18)),
                ("words", models.CharField(max_length=255)),
                ("retired_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "code"), name="dmd_term_once")],
            },
        ),
        migrations.CreateModel(
            name="Medicine",
            fields=[
                ("id", models.CharField(max_length=18, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("generic", "Generic product (VMP)"), ("brand", "One supplier's product (AMP)")],
                        max_length=7,
                    ),
                ),
                ("name", models.CharField(max_length=1000)),
                (
                    "generic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="brands",
                        to="emar.medicine",
                    ),
                ),
                ("moiety_id", models.CharField(blank=True, max_length=18)),
                ("moiety_name", models.CharField(blank=True, max_length=255)),
                ("form", models.CharField(blank=True, max_length=255)),
                ("strength", models.CharField(blank=True, max_length=255)),
                (
                    "routes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255), blank=True, default=list, size=None
                    ),
                ),
                ("dose_unit", models.CharField(blank=True, max_length=255)),
                ("dose_size", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ("dose_size_unit", models.CharField(blank=True, max_length=255)),
                ("supplier", models.CharField(blank=True, max_length=255)),
                (
                    "controlled_drug_category",
                    models.CharField(
                        choices=[
                            ("0000", "No controlled drug status"),
                            ("0001", "Schedule 1"),
                            ("0002", "Schedule 2"),
                            ("0003", "Schedule 2, exempt from safe custody"),
                            ("0004", "Schedule 3, no register"),
                            ("0005", "Schedule 3, no register, exempt from safe custody"),
                            ("0006", "Schedule 3, no register, phenobarbital"),
                            ("0007", "Schedule 3, no register, temazepam"),
                            ("0008", "Schedule 4, anabolic"),
                            ("0009", "Schedule 4, benzodiazepine"),
                            ("0010", "Schedule 5"),
                        ],
                        default="0000",
                        max_length=4,
                    ),
                ),
                ("prescribing_status", models.CharField(blank=True, max_length=255)),
                ("bnf_code", models.CharField(blank=True, max_length=15)),
                ("atc_code", models.CharField(blank=True, max_length=7)),
                ("defined_daily_dose", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ("defined_daily_dose_unit", models.CharField(blank=True, max_length=255)),
                ("retired_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["moiety_id"], name="medicine_moiety"),
                    models.Index(fields=["atc_code"], name="medicine_atc"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("generic__isnull", True), ("kind", "generic")),
                            models.Q(("generic__isnull", False), ("kind", "brand")),
                            _connector="OR",
                        ),
                        name="medicine_brand_has_generic",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "controlled_drug_category__in",
                                [
                                    "0000",
                                    "0001",
                                    "0002",
                                    "0003",
                                    "0004",
                                    "0005",
                                    "0006",
                                    "0007",
                                    "0008",
                                    "0009",
                                    "0010",
                                ],
                            )
                        ),
                        name="medicine_known_cd_category",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="medicine_has_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "staff_member",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
                ("code_hash", models.CharField(help_text="SHA-256 of the code's letters", max_length=64)),
                ("made_at", models.DateTimeField()),
                ("spent_at", models.DateTimeField(help_text="used, or replaced by newer codes", null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("staff_member", "code_hash"), name="recovery_code_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CouncilRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("council", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.council")),
                (
                    "staff_member",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
                ("starts_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ends_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CareHome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("council", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.council")),
                ("provider", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.provider")),
                ("name", models.TextField(unique=True)),
                ("has_nursing", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="MedicineIngredient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "medicine",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ingredients", to="emar.medicine"
                    ),
                ),
                (
                    "ingredient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="medicines", to="emar.ingredient"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "strength_as",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="emar.ingredient",
                    ),
                ),
                ("amount", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ("amount_unit", models.CharField(blank=True, max_length=255)),
                ("per_amount", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ("per_unit", models.CharField(blank=True, max_length=255)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("medicine", "position"), name="medicine_ingredient_position")
                ],
            },
        ),
        migrations.CreateModel(
            name="Pack",
            fields=[
                ("id", models.CharField(max_length=18, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("generic", "Generic product (VMP)"), ("brand", "One supplier's product (AMP)")],
                        max_length=7,
                    ),
                ),
                ("name", models.CharField(max_length=1000)),
                (
                    "medicine",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="packs", to="emar.medicine"
                    ),
                ),
                (
                    "generic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="brands",
                        to="emar.pack",
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=18)),
                ("unit", models.CharField(blank=True, max_length=255)),
                ("divided_as", models.CharField(blank=True, max_length=255)),
                ("supplier", models.CharField(blank=True, max_length=255)),
                ("price_pence", models.PositiveIntegerField(blank=True, null=True)),
                ("price_on", models.DateField(blank=True, null=True)),
                (
                    "price_source",
                    models.CharField(
                        blank=True,
                        choices=[("drug_tariff", "Drug Tariff"), ("nhs_indicative", "NHS indicative price")],
                        max_length=14,
                    ),
                ),
                ("discontinued_on", models.DateField(blank=True, null=True)),
                ("retired_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="pack_quantity_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("generic__isnull", True), ("kind", "generic")),
                            models.Q(("generic__isnull", False), ("kind", "brand")),
                            _connector="OR",
                        ),
                        name="pack_brand_has_generic",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Competency",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "staff_member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("medicines", "Giving medicines"),
                            ("controlled_drugs", "Controlled drugs"),
                            ("insulin", "Insulin"),
                            ("covert", "Covert medicines"),
                        ],
                        max_length=16,
                    ),
                ),
                ("assessed_on", models.DateField()),
                ("expires_on", models.DateField(help_text="the first day on which it no longer holds")),
                (
                    "assessed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["home", "staff_member", "subject"], name="competency_of_staff")],
            },
        ),
        migrations.CreateModel(
            name="CompetencyOverride",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "staff_member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("medicines", "Giving medicines"),
                            ("controlled_drugs", "Controlled drugs"),
                            ("insulin", "Insulin"),
                            ("covert", "Covert medicines"),
                        ],
                        max_length=16,
                    ),
                ),
                ("until_at", models.DateTimeField()),
                ("reason", models.TextField()),
                ("allowed_at", models.DateTimeField()),
                (
                    "allowed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("name", models.TextField()),
                ("key_hash", models.CharField(help_text="SHA-256 of the random 256-bit key", max_length=64)),
                ("storage_key", models.CharField(help_text="what the device encrypts its copy with", max_length=64)),
                ("enrolled_at", models.DateTimeField()),
                (
                    "enrolled_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("lease_expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lost_at",
                    models.DateTimeField(help_text="reported lost or stolen; empty again once it is found", null=True),
                ),
                (
                    "lost_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("lost_words", models.TextField(blank=True, help_text="where it was last seen, who was told")),
            ],
        ),
        migrations.CreateModel(
            name="GpPractice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("name", models.TextField()),
                ("telephone", models.TextField(blank=True)),
                ("email", models.TextField(blank=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("home", "name"), name="gp_practice_name_in_home")],
            },
        ),
        migrations.CreateModel(
            name="HeldReview",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("event", models.UUIDField(help_text="the held DeviceEvent", unique=True)),
                (
                    "decision",
                    models.CharField(
                        choices=[("by_hand", "Recorded by hand"), ("set_aside", "Set aside")], max_length=9
                    ),
                ),
                ("words", models.TextField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="held_review_says_why"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HomelyRemedy",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("medicine", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.medicine")),
                ("indication", models.TextField()),
                ("not_for", models.TextField(help_text="who must not have it")),
                ("schedule", models.JSONField(help_text="emar.rules.schedule.Schedule of kind when_required")),
                ("dose_words", models.TextField()),
                ("hours_before_gp", models.PositiveSmallIntegerField(default=48)),
                ("agreed_with", models.TextField(help_text="the GP or pharmacist who agreed the protocol")),
                ("review_on", models.DateField()),
                ("written_at", models.DateTimeField()),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HomePolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("window_minutes", models.PositiveSmallIntegerField(default=60)),
                (
                    "refusal_days",
                    models.PositiveSmallIntegerField(
                        default=3, help_text="days refused in a row before the GP is told"
                    ),
                ),
                (
                    "critical_atc_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=7),
                        default=emar.models.policy.critical_atc_codes,
                        size=None,
                    ),
                ),
                (
                    "close_after_minutes",
                    models.PositiveIntegerField(
                        default=240,
                        help_text="how long after its window an unanswered dose is written down as not recorded",
                    ),
                ),
                (
                    "has_unwitnessed_nights",
                    models.BooleanField(
                        default=False,
                        help_text="at night a CD may be given without a witness, as an exception a manager reviews",
                    ),
                ),
                (
                    "also_controlled",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=18),
                        default=list,
                        help_text="medicines the home keeps as CDs beyond the law",
                        size=None,
                    ),
                ),
                (
                    "letters",
                    models.JSONField(
                        default=dict, help_text="outcome to the letter printed on the MAR, where not the usual"
                    ),
                ),
                ("death_hold_days", models.PositiveSmallIntegerField(default=7)),
                ("homely_remedy_hours", models.PositiveSmallIntegerField(default=48)),
                ("prn_unused_days", models.PositiveSmallIntegerField(default=28)),
                (
                    "prn_daily_days",
                    models.PositiveSmallIntegerField(default=7, help_text="days running of use before a review"),
                ),
                (
                    "contact_card",
                    models.JSONField(
                        default=list, help_text="whom to ring about a CD discrepancy: [{role, name, telephone}]"
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HomeRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "staff_member",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("carer", "Carer"),
                            ("senior", "Senior carer"),
                            ("nurse", "Nurse"),
                            ("manager", "Manager"),
                            ("inspector", "Inspector"),
                        ],
                        max_length=16,
                    ),
                ),
                ("starts_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ends_at", models.DateTimeField(null=True)),
                (
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at__isnull", True)),
                        fields=("home", "staff_member"),
                        name="one_open_role_in_home",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Pharmacy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("name", models.TextField()),
                ("telephone", models.TextField(blank=True)),
                ("email", models.TextField(blank=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("home", "name"), name="pharmacy_name_in_home")],
            },
        ),
        migrations.CreateModel(
            name="TaughtCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "home",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="taught_codes", to="emar.carehome"
                    ),
                ),
                ("gtin", models.CharField(max_length=14)),
                (
                    "medicine",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="taught_codes", to="emar.medicine"
                    ),
                ),
                ("pack_name", models.CharField(blank=True, max_length=255)),
                ("taught_at", models.DateTimeField()),
                (
                    "taught_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("home", "gtin", "medicine"),
                        name="taught_code_once_per_home",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("gtin__regex", "^[0-9]{14}$")), name="taught_code_has_14_digits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="taught_code_withdrawn_by_someone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)),
                            models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="taught_code_approved_by_someone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("name", models.TextField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("home", "name"), name="unit_name_in_home")],
            },
        ),
        migrations.CreateModel(
            name="PackCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gtin", models.CharField(max_length=14)),
                (
                    "pack",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="codes", to="emar.pack"
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("gtin", "pack"), name="pack_code_once_per_pack"),
                    models.CheckConstraint(
                        condition=models.Q(("gtin__regex", "^[0-9]{14}$")), name="pack_code_has_14_digits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviceEnrolment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                ("code_hash", models.CharField(max_length=64, unique=True)),
                ("invited_at", models.DateTimeField()),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                (
                    "device",
                    models.OneToOneField(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.device"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DeviceEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "home",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.carehome",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.device",
                    ),
                ),
                ("sequence", models.BigIntegerField()),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("kind", models.TextField()),
                ("content", models.TextField()),
                ("answer", models.CharField(max_length=24)),
                ("findings", models.JSONField(default=list)),
                ("detail", models.TextField(blank=True, help_text="why an event was held")),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [
                    models.Index(fields=["home", "device", "sequence"], name="event_of_device"),
                    models.Index(
                        condition=models.Q(("answer", "held")), fields=["home", "received_at"], name="event_held"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviceGapReview",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.device"
                    ),
                ),
                ("after_sequence", models.BigIntegerField(help_text="the number before the gap; 0 for the beginning")),
                ("before_sequence", models.BigIntegerField(help_text="the number after the gap")),
                ("words", models.TextField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="gap_review_says_why"
                    ),
                    models.UniqueConstraint(
                        fields=("device", "after_sequence", "before_sequence"), name="gap_review_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviceSignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.device"
                    ),
                ),
                (
                    "staff_member",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("signed_in_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PinLock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.device"
                    ),
                ),
                (
                    "staff_member",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
                ("wrong_pins", models.PositiveSmallIntegerField(default=0)),
                ("locked_at", models.DateTimeField(null=True)),
                ("unlocked_at", models.DateTimeField(null=True)),
                (
                    "unlocked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("device", "staff_member"), name="one_pin_lock")],
            },
        ),
        migrations.CreateModel(
            name="HomelyRemedyGiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "remedy",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.homelyremedy"
                    ),
                ),
                (
                    "staff_member",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
                ("authorised_at", models.DateTimeField()),
                (
                    "authorised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("remedy", "staff_member"),
                        name="remedy_giver_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MedicineRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "unit",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.unit"),
                ),
                ("name", models.TextField()),
                ("starts", models.TimeField(help_text="when its doses fall due")),
                ("ends", models.TimeField(help_text="when it should be finished; may be past midnight")),
                ("starts_on", models.DateField(help_text="the first day with these times")),
                ("ends_on", models.DateField(help_text="the first day without them; empty while they hold", null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends_on__isnull", True)),
                        fields=("unit", "name"),
                        name="round_name_in_unit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gt", models.F("starts_on")), _connector="OR"
                        ),
                        name="round_times_hold_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Resident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "unit",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.unit"),
                ),
                ("room", models.TextField()),
                ("corridor_order", models.PositiveSmallIntegerField(default=0)),
                ("full_name", models.TextField()),
                ("preferred_name", models.TextField()),
                ("born_on", models.DateField()),
                (
                    "nhs_number",
                    models.CharField(help_text="ten digits, Modulus 11; may be unknown", max_length=10, null=True),
                ),
                ("how_i_take", models.TextField(blank=True, help_text="How I take my medicines")),
                (
                    "gp_practice",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.gppractice",
                    ),
                ),
                (
                    "pharmacy",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.pharmacy"
                    ),
                ),
                (
                    "conditions",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "drink_level",
                    models.PositiveSmallIntegerField(help_text="IDDSI 0–4; empty: not assessed", null=True),
                ),
                ("food_level", models.PositiveSmallIntegerField(help_text="IDDSI 3–7; empty: not assessed", null=True)),
                ("swallowing_words", models.TextField(blank=True)),
                ("label_code", models.CharField(max_length=16, unique=True)),
                ("admitted_on", models.DateField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("home", "nhs_number"), name="nhs_number_once_in_home"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("nhs_number__isnull", True), ("nhs_number__regex", "^\\d{10}$"), _connector="OR"
                        ),
                        name="nhs_number_has_ten_digits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("drink_level__isnull", True), ("drink_level__lte", 4), _connector="OR"),
                        name="iddsi_drink_level",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("food_level__isnull", True), ("food_level__range", (3, 7)), _connector="OR"
                        ),
                        name="iddsi_food_level",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoundEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
                (
                    "round",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.medicineround",
                    ),
                ),
                ("round_on", models.DateField(help_text="the day it started, also past midnight")),
                (
                    "happened",
                    models.CharField(
                        choices=[("started", "started"), ("taken_over", "taken_over"), ("finished", "finished")],
                        max_length=16,
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.device",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Allergy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                ("substance", models.TextField()),
                (
                    "ingredient",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.ingredient"),
                ),
                (
                    "class_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        db_default=[],
                        default=list,
                        help_text="classes of medicines: rules.allergy_classes",
                        size=None,
                    ),
                ),
                ("reaction", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                (
                    "action",
                    models.TextField(help_text="a word for the act, such as prescription_written or record_read"),
                ),
                ("about", models.TextField(blank=True, help_text="model and id of what it was done to")),
                ("changes", models.JSONField(default=dict)),
                ("acted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "acted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["home", "resident", "-acted_at"], name="audit_of_resident")],
            },
        ),
        migrations.CreateModel(
            name="CovertPlan",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                ("capacity_assessed_on", models.DateField()),
                ("capacity_assessed_by", models.TextField()),
                ("decided_on", models.DateField()),
                ("decided_with", models.TextField(help_text="who made the best-interests decision together")),
                ("decision", models.TextField()),
                ("review_on", models.DateField()),
                ("written_at", models.DateTimeField()),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("end_reason", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Measurement",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                ("kind", models.CharField(choices=[("weight", "Weight")], max_length=16)),
                ("value", models.DecimalField(decimal_places=2, max_digits=8)),
                ("unit", models.TextField()),
                ("measured_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoKnownAllergies",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                ("stated_at", models.DateTimeField()),
                (
                    "stated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Prescription",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                ("medicine", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.medicine")),
                (
                    "replaces",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="emar.prescription",
                    ),
                ),
                (
                    "version",
                    models.PositiveSmallIntegerField(default=1, help_text="its place in the chain of replacements"),
                ),
                (
                    "authority",
                    models.CharField(
                        choices=[
                            ("gp", "GP"),
                            ("hospital", "Hospital"),
                            ("specialist", "Specialist"),
                            ("homely_remedy", "Homely remedy protocol"),
                            ("verbal_order", "Verbal order, confirmed in writing"),
                        ],
                        max_length=16,
                    ),
                ),
                ("schedule", models.JSONField(help_text="emar.rules.schedule.Schedule")),
                ("indication", models.TextField(blank=True)),
                ("route", models.TextField(blank=True)),
                ("dose_words", models.TextField(help_text="the dose in the words of the label")),
                (
                    "instructions",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "prn_protocol",
                    models.JSONField(help_text="emar.rules.prn_protocol, of a when-required one", null=True),
                ),
                (
                    "body_areas",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        help_text="where on the body: emar.rules.body_map",
                        size=None,
                    ),
                ),
                ("said_by", models.TextField(blank=True, help_text="the prescriber, by name and practice, as told")),
                ("must_be_brand", models.BooleanField(default=False)),
                ("is_time_critical", models.BooleanField(default=False)),
                (
                    "is_controlled",
                    models.BooleanField(default=False, help_text="kept in the CD register and witnessed"),
                ),
                ("written_at", models.DateTimeField()),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(help_text="not active until a second trained person checked it", null=True),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("stopped_at", models.DateTimeField(null=True)),
                (
                    "stopped_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("stop_reason", models.TextField(blank=True)),
            ],
            options={
                "indexes": [models.Index(fields=["home", "resident"], name="prescription_of_resident")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by__isnull", True),
                            models.Q(("checked_by", models.F("written_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="checked_by_a_second_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stopped_at__isnull", True), models.Q(("stop_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="stopped_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                (
                    "occasion",
                    models.CharField(
                        choices=[
                            ("admission", "Admission"),
                            ("from_hospital", "Back from hospital"),
                            ("transfer", "Transfer from another service"),
                            ("from_leave", "Back from leave"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "sources",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        help_text="discharge letter, GP summary, the person, the family, boxes …",
                        size=None,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("done_at", models.DateTimeField()),
                (
                    "done_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("checked_at", models.DateTimeField(null=True)),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ResidentPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                ("jpeg", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("taken_at", models.DateTimeField()),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ResidentPresence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                (
                    "presence",
                    models.CharField(
                        choices=[
                            ("present", "Present"),
                            ("in_hospital", "In hospital"),
                            ("on_leave", "On leave"),
                            ("left", "Left"),
                            ("died", "Died"),
                        ],
                        max_length=16,
                    ),
                ),
                ("since_at", models.DateTimeField()),
                (
                    "since_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("where", models.TextField(blank=True, help_text="which hospital, with whom on leave")),
                ("expected_back_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["home", "resident", "-since_at"], name="presence_latest")],
            },
        ),
        migrations.CreateModel(
            name="Administration",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "home",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.carehome",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.resident",
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.prescription",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.medicineround",
                    ),
                ),
                ("outcome", models.CharField(help_text="a word of emar.rules.outcomes", max_length=32)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("unit", models.TextField(blank=True)),
                ("due_at", models.DateTimeField(help_text="empty for when-required doses", null=True)),
                ("given_at", models.DateTimeField()),
                (
                    "given_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.device",
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "counted_balance",
                    models.DecimalField(
                        decimal_places=4,
                        help_text="what the witness counted, not shown the book's",
                        max_digits=14,
                        null=True,
                    ),
                ),
                (
                    "scan_source",
                    models.CharField(
                        choices=[
                            ("wedge", "Scanner"),
                            ("camera", "Camera"),
                            ("photo", "Photo"),
                            ("typed", "Typed digits"),
                            ("by_hand", "By hand"),
                        ],
                        max_length=8,
                    ),
                ),
                ("scan_text", models.TextField(blank=True)),
                ("by_hand_reason", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("reading", models.JSONField(help_text="pulse, glucose or INR taken before the dose", null=True)),
                ("site", models.TextField(blank=True)),
                (
                    "findings",
                    models.JSONField(default=list, help_text="emar.rules: what was judged of it when it came in"),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("recorded", "Recorded"),
                            ("recorded_with_findings", "Recorded With Findings"),
                            ("conflict", "Conflict"),
                        ],
                        max_length=24,
                    ),
                ),
                ("content_hash", models.CharField(help_text="SHA-256 of the content as it was sent", max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["home", "resident", "given_at"], name="dose_of_resident"),
                    models.Index(fields=["home", "prescription", "due_at"], name="dose_of_slot"),
                    models.Index(fields=["home", "given_at"], name="dose_of_home"),
                    models.Index(
                        condition=models.Q(("answer", "conflict")), fields=["home", "given_at"], name="dose_in_conflict"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeaveMedicines",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=12)),
                ("unit", models.TextField()),
                ("sent_at", models.DateTimeField()),
                (
                    "sent_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("sent_with", models.TextField(help_text="who took charge of them")),
                ("returned", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("returned_at", models.DateTimeField(null=True)),
                (
                    "returned_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PatchCheck",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
                    ),
                ),
                (
                    "found",
                    models.CharField(
                        choices=[
                            ("in_place", "In place"),
                            ("lifting", "Coming off at the edge"),
                            ("fallen_off", "Fallen off"),
                        ],
                        max_length=10,
                    ),
                ),
                ("site", models.TextField(blank=True)),
                ("words", models.TextField(blank=True)),
                ("checked_at", models.DateTimeField()),
                (
                    "checked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.device",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["home", "prescription", "-checked_at"], name="patch_check_latest")],
            },
        ),
        migrations.CreateModel(
            name="PharmacistAdvice",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[("crushing", "Crushing or opening"), ("covert", "Giving covertly")], max_length=8
                    ),
                ),
                ("is_allowed", models.BooleanField()),
                ("method", models.TextField(help_text="how, in the pharmacist's words; or why not")),
                ("pharmacist", models.TextField()),
                ("advised_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ScanEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.device",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.resident",
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.prescription",
                    ),
                ),
                ("due_at", models.DateTimeField(null=True)),
                (
                    "scan_source",
                    models.CharField(
                        choices=[
                            ("wedge", "Scanner"),
                            ("camera", "Camera"),
                            ("photo", "Photo"),
                            ("typed", "Typed digits"),
                            ("by_hand", "By hand"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("symbology", models.TextField(blank=True)),
                ("meaning", models.TextField()),
                ("result", models.TextField()),
                (
                    "findings",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, help_text="finding codes, worst first", size=None
                    ),
                ),
                ("is_overridden", models.BooleanField(default=False)),
                ("reason", models.TextField(blank=True)),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [models.Index(fields=["home", "entered_at"], name="scan_of_home")],
            },
        ),
        migrations.CreateModel(
            name="SelfAdministration",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        db_constraint=False,
                        help_text="empty: all of them",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.prescription",
                    ),
                ),
                (
                    "support",
                    models.CharField(
                        choices=[
                            ("alone", "Takes and keeps them alone"),
                            ("prompted", "Keeps them; staff prompt"),
                            ("made_available", "Staff keep them and make them available"),
                        ],
                        max_length=16,
                    ),
                ),
                ("assessment", models.TextField(help_text="the risks found and what is done about them")),
                ("storage", models.TextField(help_text="where the medicines are kept")),
                ("assessed_on", models.DateField()),
                ("review_on", models.DateField()),
                ("written_at", models.DateTimeField()),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("end_reason", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "prescription",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
                    ),
                ),
                ("reason", models.TextField()),
                ("since_at", models.DateTimeField()),
                (
                    "since_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("resumed_at", models.DateTimeField(null=True)),
                (
                    "resumed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["home", "prescription"], name="suspension_of_line")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resumed_at__isnull", True)),
                        fields=("prescription",),
                        name="one_open_suspension",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="suspended_with_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refused_in_a_row", "Refused several days running: tell the GP"),
                            ("critical_not_given", "Critical medicine not given: tell the GP"),
                            ("not_recorded", "Dose not recorded: find out what happened"),
                            ("no_current_inr", "No current INR dose: ring the clinic"),
                            ("check_effect", "Did it work?"),
                            ("review_prn", "Review a when-required medicine"),
                            ("reconcile", "Reconcile medicines"),
                            ("review_plan", "Review a plan"),
                            ("homely_remedy_to_gp", "Homely remedy used for long: ask the GP"),
                            ("patch_not_in_place", "Patch not in place"),
                            ("balance_check", "Weekly CD balance check"),
                            ("return_stock", "Return or destroy medicines"),
                            ("temperature_out_of_range", "Medicines kept too warm or too cold"),
                            ("reading_missing", "Temperature not read"),
                            ("stock_differs", "Stock does not add up: find out why"),
                            ("pack_recalled", "Recalled pack: put aside and return"),
                            ("runs_out", "Medicine will run out before the next delivery"),
                            ("count_stock", "Count stock before ordering"),
                            ("order_to_review", "Order ready to review"),
                            ("order_to_approve", "Order waiting to be approved"),
                            ("order_not_sent", "Order could not be sent"),
                            ("check_prescriptions", "Check prescriptions against the order"),
                            ("chase_order", "Chase what is missing from an order"),
                            ("book_in_delivery", "Delivery expected: book it in"),
                            ("review_incident", "Incident to review"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.prescription",
                    ),
                ),
                ("cause", models.TextField(help_text="what raised it, the same for the same cause")),
                ("facts", models.JSONField(default=dict, help_text="what its words need: dates, counts, record ids")),
                ("is_urgent", models.BooleanField(default=False)),
                ("raised_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("outcome", models.TextField(blank=True, help_text="what came of it; whom they spoke to")),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)), fields=["home", "due_at"], name="task_open"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("home", "kind", "cause"), name="task_once_for_its_cause"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", True), models.Q(("outcome", ""), _negated=True), _connector="OR"
                        ),
                        name="task_closed_with_an_outcome",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReconciliationLine",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "reconciliation",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.reconciliation"
                    ),
                ),
                ("words", models.TextField(help_text="as found, word for word")),
                (
                    "medicine",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.medicine"),
                ),
                (
                    "last_given_at",
                    models.DateTimeField(help_text="the last dose before they came, where it matters", null=True),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("continue", "Continue as before"),
                            ("start", "Start"),
                            ("change", "Change"),
                            ("stop", "Stop"),
                            ("ask", "Ask the prescriber first"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "before",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="emar.prescription",
                    ),
                ),
                (
                    "after",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="emar.prescription",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ConflictReview",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "administration",
                    models.OneToOneField(
                        db_constraint=False,
                        help_text="the record answered with a conflict",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.administration",
                    ),
                ),
                ("words", models.TextField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="conflict_review_says_why"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
                (
                    "administration",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.administration"
                    ),
                ),
                (
                    "replacement",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrects",
                        to="emar.administration",
                    ),
                ),
                ("reason", models.TextField()),
                ("corrected_at", models.DateTimeField()),
                (
                    "corrected_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EffectCheck",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
                (
                    "administration",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.administration"
                    ),
                ),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("worked", "It worked"),
                            ("partly", "Partly"),
                            ("not", "It did not work"),
                            ("worse", "Worse, or a side effect"),
                            ("asleep", "Asleep, could not say"),
                        ],
                        max_length=8,
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("checked_at", models.DateTimeField()),
                (
                    "checked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.device",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WitnessReview",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "home",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
                ),
                (
                    "administration",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.administration"
                    ),
                ),
                ("words", models.TextField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaskNote",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "task",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.task"),
                ),
                ("words", models.TextField()),
                ("written_at", models.DateTimeField()),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
    ]
