"""Which address shows which page about residents, staff and the home's policy."""

from django.urls import path

from web.pages import access_log, admission, away, homely_remedies, plans, policy, reconciliation, staff

ONE = "residents/<int:resident_id>"
PLAN = f"{ONE}/plans"
LIST = f"{ONE}/reconciliations"
PERSON = "staff/<int:staff_member_id>"
urlpatterns = [
    path("residents/admit/", admission.admit, name="admit"),
    path(f"{ONE}/details/", admission.change_details, name="change_details"),
    path(f"{ONE}/photo/change/", admission.change_photo, name="change_photo"),
    path(f"{ONE}/weight/", admission.weight, name="weight"),
    path("residents/allergy-names/", admission.allergy_names, name="allergy_names"),
    path(f"{ONE}/allergies/", admission.allergies, name="allergies"),
    path(f"{ONE}/allergies/none/", admission.no_known_allergies, name="no_known_allergies"),
    path(f"{ONE}/allergies/<int:allergy_id>/withdraw/", admission.withdraw_allergy, name="withdraw_allergy"),
    path(f"{ONE}/reconcile/", reconciliation.reconcile, name="reconcile"),
    path(f"{LIST}/", reconciliation.reconciliations, name="reconciliations"),
    path(f"{LIST}/<uuid:reconciliation_id>/", reconciliation.reconciliation, name="reconciliation"),
    path(f"{LIST}/<uuid:reconciliation_id>/check/", reconciliation.check, name="check_reconciliation"),
    path(f"{ONE}/paused/<uuid:prescription_id>/resume/", reconciliation.resume, name="resume_paused"),
    path(f"{ONE}/where/", away.where, name="where"),
    path(f"{ONE}/leave/", away.leave, name="leave"),
    path(f"{ONE}/leave/<uuid:leave_id>/back/", away.take_back, name="take_back"),
    path(f"{PLAN}/", plans.plans_page, name="plans"),
    path(f"{PLAN}/covert/", plans.write_covert, name="write_covert_plan"),
    path(f"{PLAN}/by-self/", plans.write_by_self, name="write_self_administration"),
    path(f"{PLAN}/advice/", plans.record_advice, name="record_advice"),
    path(f"{PLAN}/<uuid:plan_id>/end/", plans.end_plan, name="end_plan"),
    path(f"{ONE}/remedies/<uuid:remedy_id>/", plans.start_remedy, name="start_remedy"),
    path(f"{ONE}/log/", access_log.access_log, name="access_log"),
    path("staff/", staff.staff_page, name="staff"),
    path("staff/add/", staff.add, name="add_staff"),
    path(f"{PERSON}/", staff.staff_member, name="staff_member"),
    path(f"{PERSON}/assess/", staff.assess, name="assess"),
    path(f"{PERSON}/override/", staff.override, name="override_competency"),
    path(f"{PERSON}/pin/", staff.set_pin, name="set_pin"),
    path(f"{PERSON}/end/", staff.end_role, name="end_role"),
    path("policy/", policy.policy_page, name="policy"),
    path("policy/figures/", policy.change_policy, name="change_policy"),
    path("policy/letters/", policy.change_letters, name="change_letters"),
    path("policy/contacts/", policy.change_contacts, name="change_contacts"),
    path("policy/rounds/add/", policy.start_round, name="start_round"),
    path("policy/rounds/<int:round_id>/", policy.change_round, name="change_round"),
    path("policy/places/", policy.know_place, name="know_place"),
    path("remedies/", homely_remedies.remedies, name="remedies"),
    path("remedies/add/", homely_remedies.agree_remedy, name="agree_remedy"),
    path("remedies/<uuid:remedy_id>/authorise/", homely_remedies.authorise_giver, name="authorise_giver"),
    path("remedies/givers/<int:giver_id>/end/", homely_remedies.end_giver, name="end_giver"),
    path("remedies/<uuid:remedy_id>/end/", homely_remedies.end_remedy, name="end_remedy"),
]
