"""Which address shows which page of the desk."""

from django.urls import path

from web import (
    count_urls,
    delivery_urls,
    device_urls,
    incident_urls,
    mar_urls,
    order_urls,
    prescription_urls,
    recall_urls,
    resident_urls,
    storage_urls,
    task_urls,
)
from web.access import for_everybody
from web.pages import (
    bedside,
    council,
    demo_barcodes,
    mar,
    residents,
    second_factor,
    sign_in,
    stock,
    today,
)

app_name = "web"
urlpatterns = [
    path("", today.today_page, name="today"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", second_factor.ask_code, name="sign_in_code"),
    path("sign-in/recovery-code/", second_factor.ask_recovery_code, name="sign_in_recovery_code"),
    path("sign-in/set-up/", second_factor.set_up, name="set_up_second_factor"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("signed-out/", sign_in.signed_out, name="signed_out"),
    path("homes/", sign_in.choose_home, name="choose_home"),
    path("second-factor/", second_factor.second_factor_page, name="second_factor"),
    path("second-factor/codes/", second_factor.renew_codes, name="renew_recovery_codes"),
    path("second-factor/another-phone/", second_factor.another_phone, name="another_phone"),
    path("second-factor/<int:staff_member_id>/reset/", second_factor.reset, name="reset_second_factor"),
    path("residents/", residents.residents_page, name="residents"),
    path("residents/<int:resident_id>/", residents.resident_page, name="resident"),
    path("residents/<int:resident_id>/photo/", residents.photo, name="photo"),
    path("residents/<int:resident_id>/mar/", mar.mar_page, name="mar"),
    path("residents/<int:resident_id>/mar/day/", mar.day_page, name="mar_day"),
    path("units/<int:unit_id>/mar/", mar.unit_mar_page, name="unit_mar"),
    path("stock/", stock.stock_page, name="stock"),
    path("bedside/", for_everybody(bedside.shell), name="bedside"),
    path("bedside/sw.js", for_everybody(bedside.service_worker), name="bedside_service_worker"),
    path("bedside/manifest.webmanifest", for_everybody(bedside.manifest), name="bedside_manifest"),
    path("demo/barcodes/", for_everybody(demo_barcodes.barcodes_page), name="demo_barcodes"),
    path("demo/barcodes/sheet.pdf", for_everybody(demo_barcodes.barcodes_pdf), name="demo_barcodes_pdf"),
    path("council/", council.council_page, name="council"),
    *incident_urls.urlpatterns,
    *mar_urls.urlpatterns,
    *device_urls.urlpatterns,
    *resident_urls.urlpatterns,
    *task_urls.urlpatterns,
    *storage_urls.urlpatterns,
    *delivery_urls.urlpatterns,
    *count_urls.urlpatterns,
    *recall_urls.urlpatterns,
    *prescription_urls.urlpatterns,
    *order_urls.urlpatterns,
]
