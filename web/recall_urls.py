"""Which address shows which page about recalled batches, and what stock is worth."""

from django.urls import path

from web.pages import recalls, stock_value

RECALL = "recalls/<uuid:recall_id>"
urlpatterns = [
    path("recalls/", recalls.recalls_page, name="recalls"),
    path("recalls/enter/", recalls.enter_recall, name="enter_recall"),
    path(f"{RECALL}/", recalls.recall_page, name="recall"),
    path(f"{RECALL}/put-aside/", recalls.put_aside, name="put_recalled_aside"),
    path(f"{RECALL}/close/", recalls.close_recall, name="close_recall"),
    path(f"{RECALL}/packs/<uuid:pack_id>/clear/", recalls.clear_recalled_pack, name="clear_recalled_pack"),
    path(f"{RECALL}/packs/<uuid:pack_id>/replaced/", recalls.replace_recalled_pack, name="replace_recalled_pack"),
    path("stock/value/", stock_value.stock_value_page, name="stock_value"),
    path("stock/value/file.csv", stock_value.stock_value_file, name="stock_value_file"),
]
