"""Which address shows which page about incidents."""

from django.urls import path

from web.pages import incident_acts, incidents

ONE = "incidents/<uuid:incident_id>"
urlpatterns = [
    path("incidents/", incidents.incidents_page, name="incidents"),
    path("incidents/report/", incident_acts.report, name="report_incident"),
    path("incidents/policy/", incident_acts.policy, name="incident_policy"),
    path(f"{ONE}/", incidents.incident_page, name="incident"),
    path(f"{ONE}/incident.pdf", incidents.incident_paper, name="incident_paper"),
    path(f"{ONE}/judge/", incident_acts.judge, name="judge_incident"),
    path(f"{ONE}/note/", incident_acts.note, name="note_incident"),
    path(f"{ONE}/action/", incident_acts.plan_action, name="plan_incident_action"),
    path(f"{ONE}/action/<uuid:action_id>/done/", incident_acts.finish_action, name="finish_incident_action"),
    path(f"{ONE}/merge/", incident_acts.merge, name="merge_incident"),
    path(f"{ONE}/close/", incident_acts.close, name="close_incident"),
    path(f"{ONE}/reopen/", incident_acts.reopen, name="reopen_incident"),
    path(f"{ONE}/<slug:duty>/", incident_acts.decide, name="decide_duty"),
]
