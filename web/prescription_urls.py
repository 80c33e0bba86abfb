"""Which address shows which page of prescriptions."""

from django.urls import path

from web.pages import prescriptions

urlpatterns = [
    path("residents/<int:resident_id>/prescribe/", prescriptions.write_prescription, name="write_prescription"),
    path(
        "residents/<int:resident_id>/prescribe/preview/",
        prescriptions.preview_prescription,
        name="preview_prescription",
    ),
    path("prescriptions/waiting/", prescriptions.waiting_page, name="waiting_prescriptions"),
    path("prescriptions/<uuid:prescription_id>/", prescriptions.prescription_page, name="prescription"),
    path("prescriptions/<uuid:prescription_id>/check/", prescriptions.check_prescription, name="check_prescription"),
    path("prescriptions/<uuid:prescription_id>/stop/", prescriptions.stop_prescription, name="stop_prescription"),
    path(
        "prescriptions/<uuid:prescription_id>/pause/", prescriptions.suspend_prescription, name="suspend_prescription"
    ),
    path("prescriptions/<uuid:prescription_id>/inr/", prescriptions.record_inr_result, name="record_inr_result"),
]
