"""Which address shows which page about deliveries and booking in."""

from django.urls import path

from web.pages import booking_in, deliveries, pack_labels, packs_by_hand

DELIVERY = "deliveries/<uuid:delivery_id>"
PACK = "deliveries/packs/<uuid:booked_id>"
urlpatterns = [
    path("deliveries/", deliveries.deliveries_page, name="deliveries"),
    path("deliveries/load/", deliveries.load_note, name="load_delivery_note"),
    path("deliveries/start/", deliveries.start, name="start_delivery"),
    path("deliveries/to-check/", booking_in.packs_to_check, name="packs_to_check"),
    path("deliveries/lines/<uuid:expected_id>/", deliveries.settle_line, name="settle_delivery_line"),
    path("deliveries/lines/<uuid:expected_id>/by-hand/", packs_by_hand.by_hand, name="book_in_by_hand"),
    path(f"{DELIVERY}/", deliveries.delivery_page, name="delivery"),
    path(f"{DELIVERY}/tally/", deliveries.tally, name="delivery_tally"),
    path(f"{DELIVERY}/scan/", booking_in.scan, name="scan_pack"),
    path(f"{DELIVERY}/by-hand/", packs_by_hand.choose, name="choose_medicine"),
    path(f"{DELIVERY}/by-hand/book/", packs_by_hand.unlisted, name="book_in_unlisted"),
    path(f"{DELIVERY}/stop/", booking_in.stop, name="stop_pack"),
    path(f"{DELIVERY}/close/", deliveries.close, name="close_delivery"),
    path(f"{DELIVERY}/reopen/", deliveries.reopen, name="reopen_delivery"),
    path(f"{DELIVERY}/note/", deliveries.note_page, name="delivery_note"),
    path(f"{DELIVERY}/labels/", pack_labels.labels_page, name="pack_labels"),
    path("deliveries/labels/<uuid:sheet_id>.pdf", pack_labels.sheet_paper, name="label_sheet"),
    path(f"{PACK}/check/", booking_in.check, name="check_pack"),
    path(f"{PACK}/undo/", booking_in.undo, name="undo_booking"),
    path(f"{PACK}/label.pdf", pack_labels.one_label, name="pack_label"),
]
