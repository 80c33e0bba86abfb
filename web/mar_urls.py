"""Which address shows a chart on paper, a body map, and one dose record."""

from django.urls import path

from web.pages import doses, mar

urlpatterns = [
    path("residents/<int:resident_id>/mar/chart.pdf", mar.mar_paper, name="mar_paper"),
    path("residents/<int:resident_id>/body-maps/", mar.body_maps_page, name="body_maps"),
    path("residents/<int:resident_id>/doses/late/", doses.late_page, name="late_dose"),
    path("units/<int:unit_id>/mar/charts.pdf", mar.unit_mar_paper, name="unit_mar_paper"),
    path("doses/<uuid:record_id>/", doses.dose_page, name="dose"),
    path("doses/<uuid:record_id>/correct/", doses.correct_page, name="correct_dose"),
]
