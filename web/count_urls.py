"""Which address shows which page about one line of stock, counts, differences and what was wasted."""

from django.urls import path

from web.pages import counts, differences, drift, stock, stock_lines, wasted

COUNT = "counts/<uuid:session_id>"
CASE = "differences/<uuid:discrepancy_id>"
urlpatterns = [
    path("stock/file.csv", stock.stock_file, name="stock_file"),
    path("stock/lines/<int:stock_line_id>/", stock_lines.line_page, name="stock_line"),
    path("stock/packs/<uuid:pack_id>/move/", stock_lines.move_pack, name="move_pack"),
    path("stock/packs/<uuid:pack_id>/status/", stock_lines.change_pack_status, name="change_pack_status"),
    path("stock/wasted/", wasted.wasted_page, name="wasted"),
    path("stock/wasted/file.csv", wasted.wasted_file, name="wasted_file"),
    path("counts/", counts.counts_page, name="counts"),
    path("counts/start/", counts.start_count, name="start_count"),
    path(f"{COUNT}/", counts.count_page, name="count"),
    path(f"{COUNT}/sheet/", counts.count_sheet, name="count_sheet"),
    path(f"{COUNT}/scan/", counts.scan_pack, name="scan_counted_pack"),
    path(f"{COUNT}/finish/", counts.finish_count, name="finish_count"),
    path(f"{COUNT}/lines/<int:stock_line_id>/", counts.line_of_count, name="line_of_count"),
    path(f"{COUNT}/lines/<int:stock_line_id>/total/", counts.count_total, name="count_total"),
    path(f"{COUNT}/lines/<int:stock_line_id>/packs/", counts.count_packs, name="count_packs"),
    path(f"{COUNT}/lines/<int:stock_line_id>/packs/<uuid:pack_id>/", counts.count_pack, name="count_pack"),
    path("differences/", differences.differences_page, name="discrepancies"),
    path("differences/drift/", drift.drift_page, name="drift"),
    path("differences/drift/file.csv", drift.drift_file, name="drift_file"),
    path(f"{CASE}/", differences.difference_page, name="discrepancy"),
    path(f"{CASE}/recount/", differences.recount, name="recount"),
    path(f"{CASE}/note/", differences.write_note, name="note_discrepancy"),
    path(f"{CASE}/sign/", differences.sign, name="sign_discrepancy"),
]
