import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from stock import row_security as rows

CHANGEABLE = ["quality_incident", "quality_incidentaction", "quality_incidentpolicy"]
APPEND_ONLY = [
    "quality_incidentevidence",
    "quality_incidentassessment",
    "quality_incidentdecision",
    "quality_incidentnote",
]
SAME_HOME = [
    ("quality_incident", "resident_id", "emar_resident"),
    ("quality_incident", "prescription_id", "emar_prescription"),
    ("quality_incident", "merged_into_id", "quality_incident"),
    ("quality_incidentevidence", "record_id", "emar_administration"),
    *[(table, "incident_id", "quality_incident") for table in ["quality_incidentaction", *APPEND_ONLY]],
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("emar", "0005_jobs"),
        ("stock", "0002_row_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField(help_text="counts the home's incidents from one")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cd_count_differs", "CD count and register differ"),
                            ("double_dose", "Dose given twice"),
                            ("critical_missed", "Critical dose missed"),
                            (
                                "not_available",
                                "Doses missed because the medicine was not there",
                            ),
                            (
                                "prn_over_limit",
                                "When-required dose too soon or over the maximum",
                            ),
                            (
                                "given_despite_stop",
                                "Given although a check stands against it",
                            ),
                            ("wrong_pack_repeated", "Wrong pack scanned again and again"),
                            ("wrong_medicine", "Wrong medicine, strength or form"),
                            ("wrong_resident", "Wrong resident"),
                            ("wrong_dose", "Wrong dose"),
                            ("wrong_time", "Wrong time"),
                            ("missed", "Dose missed"),
                            ("record", "Record wrong or missing"),
                            ("storage", "Kept wrongly"),
                            ("supply", "Supplied wrongly by the pharmacy"),
                            ("prescribing", "Prescribed wrongly"),
                            ("other", "Something else"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "about",
                    models.TextField(
                        blank=True, help_text="what its evidence has in common: a prescription, a stock line"
                    ),
                ),
                (
                    "words",
                    models.TextField(
                        blank=True, help_text="what happened, by who reported it; a draft states facts only"
                    ),
                ),
                ("happened_at", models.DateTimeField()),
                ("reported_at", models.DateTimeField()),
                ("merged_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(blank=True, help_text="what came of it, said on closing")),
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
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "merged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="quality.incident",
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
                (
                    "reported_by",
                    models.ForeignKey(
                        help_text="empty: the system drafted it",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="emar.resident"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IncidentAction",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("words", models.TextField()),
                ("until_on", models.DateField()),
                ("written_at", models.DateTimeField()),
                ("outcome", models.TextField(blank=True)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "incident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="quality.incident"
                    ),
                ),
                (
                    "who",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IncidentAssessment",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "merp",
                    models.CharField(
                        choices=[
                            ("A", "Circumstances that could cause an error"),
                            ("B", "An error that did not reach the person"),
                            ("C", "Reached the person, no harm"),
                            ("D", "Reached the person, and they had to be watched or treated to be sure of no harm"),
                            ("E", "Temporary harm that needed treatment"),
                            ("F", "Temporary harm that needed hospital, or a longer stay there"),
                            ("G", "Permanent harm"),
                            ("H", "Treatment needed to keep the person alive"),
                            ("I", "Contributed to the person’s death"),
                        ],
                        max_length=1,
                    ),
                ),
                (
                    "physical",
                    models.CharField(
                        choices=[
                            ("none", "No physical harm"),
                            ("low", "Low: more observation or minor treatment, no further healthcare beyond one visit"),
                            (
                                "moderate",
                                "Moderate: further healthcare needed, independence limited for under 6 months",
                            ),
                            (
                                "severe",
                                "Severe: permanent harm, life-saving treatment, or independence limited for 6 months or more",
                            ),
                            ("fatal", "Fatal: the incident is likely to have contributed to the death"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "psychological",
                    models.CharField(
                        choices=[
                            ("none", "No psychological harm"),
                            ("low", "Low: distress that needed no or little extra attention"),
                            (
                                "moderate",
                                "Moderate: distress that needs treatment, or limits daily life for under 6 months",
                            ),
                            (
                                "severe",
                                "Severe: distress that limits daily life for 6 months or more, or a risk to life",
                            ),
                        ],
                        max_length=8,
                    ),
                ),
                ("is_lasting", models.BooleanField(default=False)),
                ("is_abuse_alleged", models.BooleanField(default=False)),
                ("is_known_to_police", models.BooleanField(default=False)),
                ("people", models.PositiveSmallIntegerField(default=1, help_text="how many residents it concerns")),
                (
                    "factors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("interrupted", "Interrupted or distracted"),
                                ("workload", "Too much to do, too few staff"),
                                ("tired", "Tired or unwell"),
                                ("knowledge", "Did not know, or not trained"),
                                ("procedure", "Procedure unclear, missing or not followed"),
                                ("handover", "Handover or communication"),
                                ("look_alike", "Look-alike or sound-alike names or packs"),
                                ("label", "Label or instructions unclear"),
                                ("prescription", "Prescription unclear, late or wrong"),
                                ("pharmacy", "Supplied late or wrong"),
                                ("record", "Record hard to read or out of date"),
                                ("device", "Device, scanner or network"),
                                ("storage", "Storage or layout of the trolley"),
                                ("resident", "Condition or behaviour of the resident"),
                                ("room", "Light, noise, space"),
                            ],
                            max_length=16,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("words", models.TextField(help_text="what happened and why it was judged so")),
                ("learning", models.TextField(blank=True)),
                ("assessed_at", models.DateTimeField()),
                (
                    "assessed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "incident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="quality.incident"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IncidentDecision",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "duty",
                    models.CharField(
                        choices=[
                            ("cqc", "Notify the CQC"),
                            ("safeguarding", "Raise a safeguarding concern"),
                            (
                                "duty_of_candour",
                                "Duty of candour: tell the person and apologise, in words and in writing",
                            ),
                        ],
                        max_length=16,
                    ),
                ),
                ("is_done", models.BooleanField()),
                ("words", models.TextField(help_text="whom, how, which reference; or why not")),
                ("advised", models.CharField(help_text="what the rules said when it was decided", max_length=16)),
                ("decided_at", models.DateTimeField()),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "incident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="quality.incident"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IncidentEvidence",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cd_count_differs", "CD count and register differ"),
                            ("double_dose", "Dose given twice"),
                            ("critical_missed", "Critical dose missed"),
                            (
                                "not_available",
                                "Doses missed because the medicine was not there",
                            ),
                            (
                                "prn_over_limit",
                                "When-required dose too soon or over the maximum",
                            ),
                            (
                                "given_despite_stop",
                                "Given although a check stands against it",
                            ),
                            ("wrong_pack_repeated", "Wrong pack scanned again and again"),
                            ("wrong_medicine", "Wrong medicine, strength or form"),
                            ("wrong_resident", "Wrong resident"),
                            ("wrong_dose", "Wrong dose"),
                            ("wrong_time", "Wrong time"),
                            ("missed", "Dose missed"),
                            ("record", "Record wrong or missing"),
                            ("storage", "Kept wrongly"),
                            ("supply", "Supplied wrongly by the pharmacy"),
                            ("prescribing", "Prescribed wrongly"),
                            ("other", "Something else"),
                        ],
                        max_length=24,
                    ),
                ),
                ("cause", models.TextField(help_text="the same for the same fact, so that it is drafted once")),
                ("has_reached", models.BooleanField(help_text="whether it got as far as the resident")),
                ("facts", models.JSONField(default=dict)),
                (
                    "happened_at",
                    models.DateTimeField(
                        help_text="when a dose was given, or was due; when somebody counted or scanned"
                    ),
                ),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "incident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="quality.incident"
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="emar.administration",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IncidentNote",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ("words", models.TextField()),
                ("written_at", models.DateTimeField()),
                ("home", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
                (
                    "incident",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="quality.incident"
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IncidentPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "refer_from",
                    models.CharField(
                        choices=[("low", "Low"), ("moderate", "Moderate"), ("severe", "Severe")],
                        default="low",
                        max_length=8,
                    ),
                ),
                ("people_to_refer", models.PositiveSmallIntegerField(default=2)),
                ("repeats_to_consider", models.PositiveSmallIntegerField(default=3)),
                ("repeat_days", models.PositiveSmallIntegerField(default=28)),
                (
                    "stops_to_draft",
                    models.PositiveSmallIntegerField(default=3, help_text="wrong packs scanned before it is drafted"),
                ),
                ("stop_days", models.PositiveSmallIntegerField(default=7)),
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
                ("home", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="emar.carehome")),
            ],
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["home", "happened_at"], name="incident_of_home"),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)), fields=["home", "kind", "about"], name="incident_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.UniqueConstraint(fields=("home", "number"), name="incident_number_once"),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True), models.Q(("outcome", ""), _negated=True), _connector="OR"
                ),
                name="incident_closed_with_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="incident_merged_into_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="incidentaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("done_at__isnull", True), models.Q(("outcome", ""), _negated=True), _connector="OR"
                ),
                name="action_done_with_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="incidentevidence",
            constraint=models.UniqueConstraint(fields=("home", "kind", "cause"), name="incident_evidence_once"),
        ),
        *[rows.protect_rows(table) for table in CHANGEABLE + APPEND_ONLY],
        *[rows.grant(table, "SELECT, INSERT, UPDATE") for table in CHANGEABLE],
        *[operation for table in APPEND_ONLY for operation in rows.append_only(table)],
        rows.grant("SEQUENCE quality_incidentpolicy_id_seq", "USAGE"),
        rows.referable_in_home("quality_incident"),
        *[rows.same_home(*reference) for reference in SAME_HOME],
    ]
