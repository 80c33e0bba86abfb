"""Tables of plans, tasks, transfers, suspensions, checks of effects and patches, and a home's own policy."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

import emar.models.policy


class Migration(migrations.Migration):
    dependencies = [
        ("emar", "0009_second_factor"),
        ("stock", "0003_only_indexes_that_questions_ask_for"),
    ]

    operations = [
        migrations.CreateModel(
            name="Competency",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
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
                ("words", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CompetencyOverride",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
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
            ],
        ),
        migrations.CreateModel(
            name="CovertPlan",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("capacity_assessed_on", models.DateField()),
                ("capacity_assessed_by", models.TextField()),
                ("decided_on", models.DateField()),
                ("decided_with", models.TextField(help_text="who made the best-interests decision together")),
                ("decision", models.TextField()),
                ("review_on", models.DateField()),
                ("written_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="EffectCheck",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
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
                ("entered_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="GpPractice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("telephone", models.TextField(blank=True)),
                ("email", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="HomelyRemedy",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("indication", models.TextField()),
                ("not_for", models.TextField(help_text="who must not have it")),
                ("schedule", models.JSONField(help_text="emar.rules.schedule.Schedule of kind when_required")),
                ("dose_words", models.TextField()),
                ("hours_before_gp", models.PositiveSmallIntegerField(default=48)),
                ("agreed_with", models.TextField(help_text="the GP or pharmacist who agreed the protocol")),
                ("review_on", models.DateField()),
                ("written_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="HomelyRemedyGiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("authorised_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="HomePolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
        ),
        migrations.CreateModel(
            name="LeaveMedicines",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=12)),
                ("unit", models.TextField()),
                ("sent_at", models.DateTimeField()),
                ("sent_with", models.TextField(help_text="who took charge of them")),
                ("returned", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("returned_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Measurement",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("weight", "Weight")], max_length=16)),
                ("value", models.DecimalField(decimal_places=2, max_digits=8)),
                ("unit", models.TextField()),
                ("measured_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PatchCheck",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
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
                ("entered_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="PharmacistAdvice",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
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
            ],
        ),
        migrations.CreateModel(
            name="Pharmacy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("telephone", models.TextField(blank=True)),
                ("email", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
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
                ("checked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReconciliationLine",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("words", models.TextField(help_text="as found, word for word")),
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
            ],
        ),
        migrations.CreateModel(
            name="SelfAdministration",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
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
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("since_at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
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
                        ],
                        max_length=24,
                    ),
                ),
                ("cause", models.TextField(help_text="what raised it, the same for the same cause")),
                ("facts", models.JSONField(default=dict, help_text="what its words need: dates, counts, record ids")),
                ("is_urgent", models.BooleanField(default=False)),
                ("raised_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("outcome", models.TextField(blank=True, help_text="what came of it; whom they spoke to")),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="TaskNote",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("words", models.TextField()),
                ("written_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="WitnessReview",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("words", models.TextField()),
                ("reviewed_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="medicineround",
            name="round_name_in_unit",
        ),
        migrations.RemoveField(
            model_name="prescription",
            name="prn_condition",
        ),
        migrations.AddField(
            model_name="administration",
            name="counted_balance",
            field=models.DecimalField(
                decimal_places=4, help_text="what the witness counted, not shown the book's", max_digits=14, null=True
            ),
        ),
        migrations.AddField(
            model_name="medicineround",
            name="ends_on",
            field=models.DateField(help_text="the first day without them; empty while they hold", null=True),
        ),
        migrations.AddField(
            model_name="medicineround",
            name="starts_on",
            field=models.DateField(default="2000-01-01", help_text="the first day with these times"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="prescription",
            name="body_areas",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                default=list,
                help_text="where on the body: emar.rules.body_map",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="prescription",
            name="prn_protocol",
            field=models.JSONField(help_text="emar.rules.prn_protocol, of a when-required one", null=True),
        ),
        migrations.AddField(
            model_name="prescription",
            name="said_by",
            field=models.TextField(blank=True, help_text="the prescriber, by name and practice, as told"),
        ),
        migrations.AddField(
            model_name="resident",
            name="conditions",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name="resident",
            name="drink_level",
            field=models.PositiveSmallIntegerField(help_text="IDDSI 0–4; empty: not assessed", null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="food_level",
            field=models.PositiveSmallIntegerField(help_text="IDDSI 3–7; empty: not assessed", null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="swallowing_words",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="residentpresence",
            name="expected_back_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="residentpresence",
            name="where",
            field=models.TextField(blank=True, help_text="which hospital, with whom on leave"),
        ),
        migrations.AddConstraint(
            model_name="medicineround",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_on__isnull", True)), fields=("unit", "name"), name="round_name_in_unit"
            ),
        ),
        migrations.AddConstraint(
            model_name="medicineround",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__isnull", True), ("ends_on__gt", models.F("starts_on")), _connector="OR"),
                name="round_times_hold_a_day",
            ),
        ),
        migrations.AddField(
            model_name="competency",
            name="assessed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="competency",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="competency",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="competency",
            name="staff_member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="competencyoverride",
            name="allowed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="competencyoverride",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="competencyoverride",
            name="staff_member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="covertplan",
            name="ended_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="covertplan",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="covertplan",
            name="resident",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
            ),
        ),
        migrations.AddField(
            model_name="covertplan",
            name="written_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="effectcheck",
            name="administration",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.administration"
            ),
        ),
        migrations.AddField(
            model_name="effectcheck",
            name="checked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="effectcheck",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="emar.device",
            ),
        ),
        migrations.AddField(
            model_name="effectcheck",
            name="home",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="gppractice",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="resident",
            name="gp_practice",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.gppractice"
            ),
        ),
        migrations.AddField(
            model_name="homelyremedy",
            name="ended_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="homelyremedy",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="homelyremedy",
            name="medicine",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.medicine"),
        ),
        migrations.AddField(
            model_name="homelyremedy",
            name="written_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="homelyremedygiver",
            name="authorised_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="homelyremedygiver",
            name="ended_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="homelyremedygiver",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="homelyremedygiver",
            name="remedy",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.homelyremedy"
            ),
        ),
        migrations.AddField(
            model_name="homelyremedygiver",
            name="staff_member",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="homepolicy",
            name="changed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="homepolicy",
            name="home",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="leavemedicines",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="leavemedicines",
            name="line",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="stock.stockline"
            ),
        ),
        migrations.AddField(
            model_name="leavemedicines",
            name="pack",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="stock.stockpack"
            ),
        ),
        migrations.AddField(
            model_name="leavemedicines",
            name="prescription",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
            ),
        ),
        migrations.AddField(
            model_name="leavemedicines",
            name="resident",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
            ),
        ),
        migrations.AddField(
            model_name="leavemedicines",
            name="returned_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="leavemedicines",
            name="sent_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="measurement",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="measurement",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="measurement",
            name="resident",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
            ),
        ),
        migrations.AddField(
            model_name="patchcheck",
            name="checked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="patchcheck",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="emar.device",
            ),
        ),
        migrations.AddField(
            model_name="patchcheck",
            name="home",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="patchcheck",
            name="prescription",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
            ),
        ),
        migrations.AddField(
            model_name="pharmacistadvice",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="pharmacistadvice",
            name="prescription",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
            ),
        ),
        migrations.AddField(
            model_name="pharmacistadvice",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="pharmacistadvice",
            name="resident",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
            ),
        ),
        migrations.AddField(
            model_name="pharmacy",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="resident",
            name="pharmacy",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.pharmacy"
            ),
        ),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.CheckConstraint(
                condition=models.Q(("drink_level__isnull", True), ("drink_level__lte", 4), _connector="OR"),
                name="iddsi_drink_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.CheckConstraint(
                condition=models.Q(("food_level__isnull", True), ("food_level__range", (3, 7)), _connector="OR"),
                name="iddsi_food_level",
            ),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="checked_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="done_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="resident",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
            ),
        ),
        migrations.AddField(
            model_name="reconciliationline",
            name="after",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="emar.prescription",
            ),
        ),
        migrations.AddField(
            model_name="reconciliationline",
            name="before",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="emar.prescription",
            ),
        ),
        migrations.AddField(
            model_name="reconciliationline",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="reconciliationline",
            name="medicine",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.medicine"),
        ),
        migrations.AddField(
            model_name="reconciliationline",
            name="reconciliation",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.reconciliation"
            ),
        ),
        migrations.AddField(
            model_name="selfadministration",
            name="ended_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="selfadministration",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="selfadministration",
            name="prescription",
            field=models.ForeignKey(
                db_constraint=False,
                help_text="empty: all of them",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="emar.prescription",
            ),
        ),
        migrations.AddField(
            model_name="selfadministration",
            name="resident",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
            ),
        ),
        migrations.AddField(
            model_name="selfadministration",
            name="written_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="suspension",
            name="prescription",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="resumed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="since_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="closed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="task",
            name="prescription",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.prescription"
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="resident",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
            ),
        ),
        migrations.AddField(
            model_name="tasknote",
            name="home",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="tasknote",
            name="task",
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.task"),
        ),
        migrations.AddField(
            model_name="tasknote",
            name="written_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="witnessreview",
            name="administration",
            field=models.OneToOneField(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="emar.administration"
            ),
        ),
        migrations.AddField(
            model_name="witnessreview",
            name="home",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="emar.carehome"),
        ),
        migrations.AddField(
            model_name="witnessreview",
            name="reviewed_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="competency",
            index=models.Index(fields=["home", "staff_member", "subject"], name="competency_of_staff"),
        ),
        migrations.AddConstraint(
            model_name="gppractice",
            constraint=models.UniqueConstraint(fields=("home", "name"), name="gp_practice_name_in_home"),
        ),
        migrations.AddConstraint(
            model_name="homelyremedygiver",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("remedy", "staff_member"),
                name="remedy_giver_once",
            ),
        ),
        migrations.AddIndex(
            model_name="patchcheck",
            index=models.Index(fields=["home", "prescription", "-checked_at"], name="patch_check_latest"),
        ),
        migrations.AddConstraint(
            model_name="pharmacy",
            constraint=models.UniqueConstraint(fields=("home", "name"), name="pharmacy_name_in_home"),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(fields=["home", "prescription"], name="suspension_of_line"),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resumed_at__isnull", True)), fields=("prescription",), name="one_open_suspension"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="suspended_with_a_reason"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)), fields=["home", "due_at"], name="task_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(fields=("home", "kind", "cause"), name="task_once_for_its_cause"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True), models.Q(("outcome", ""), _negated=True), _connector="OR"
                ),
                name="task_closed_with_an_outcome",
            ),
        ),
    ]
