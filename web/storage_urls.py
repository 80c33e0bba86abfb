"""Which address shows which page about storage, open packs, and what leaves the home."""

from django.urls import path

from web.pages import disposal, storage

PLACE = "storage/<uuid:place_id>"
urlpatterns = [
    path("storage/", storage.storage_page, name="storage"),
    path("storage/add/", storage.add_place, name="add_storage_place"),
    path("storage/open-packs/", storage.open_packs_page, name="open_packs"),
    path("storage/open-packs/rules/", storage.opening_rules, name="opening_rules"),
    path("storage/open-packs/<uuid:pack_id>/", storage.mark_opened, name="mark_opened"),
    path("storage/readings/<uuid:reading_id>/correct/", storage.correct_reading, name="correct_reading"),
    path(f"{PLACE}/", storage.place_page, name="storage_place"),
    path(f"{PLACE}/read/", storage.read_temperature, name="read_temperature"),
    path(f"{PLACE}/change/", storage.change_place, name="change_storage_place"),
    path(f"{PLACE}/close/", storage.close_place, name="close_storage_place"),
    path("disposal/", disposal.consignments_page, name="consignments"),
    path("disposal/send/", disposal.send, name="send_consignment"),
    path("disposal/<uuid:consignment_id>/", disposal.consignment_page, name="consignment"),
    path("disposal/<uuid:consignment_id>/list.pdf", disposal.consignment_paper, name="consignment_paper"),
]
