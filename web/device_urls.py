"""Which address shows which page about devices, what they sent, and what they scan."""

from django.urls import path

from web.pages import conflicts, devices, held_events, scanner

urlpatterns = [
    path("devices/", devices.devices_page, name="devices"),
    path("devices/invite/", devices.invite, name="invite_device"),
    path("devices/<uuid:device_id>/revoke/", devices.revoke, name="revoke_device"),
    path("devices/<uuid:device_id>/lost/", devices.report_lost, name="report_device_lost"),
    path("devices/<uuid:device_id>/found/", devices.report_found, name="report_device_found"),
    path("devices/<uuid:device_id>/gap/", devices.explain_gap, name="explain_gap"),
    path("devices/pins/<int:lock_id>/unlock/", devices.unlock, name="unlock_pin"),
    path("devices/codes/<int:code_id>/approve/", devices.approve_code, name="approve_code"),
    path("devices/codes/<int:code_id>/withdraw/", devices.withdraw_code, name="withdraw_code"),
    path("conflicts/", conflicts.conflicts_page, name="conflicts"),
    path("conflicts/<uuid:conflict_id>/", conflicts.decide, name="decide_conflict"),
    path("held/", held_events.held_events_page, name="held_events"),
    path("held/<uuid:event_id>/", held_events.review, name="review_held_event"),
    path("scanner/", scanner.scanner_page, name="scanner"),
    path("scanner/codes.pdf", scanner.codes_paper, name="scanner_codes"),
]
