"""Which address shows which page about orders, and what pharmacies see of them."""

from django.urls import path

from web.pages import interim_orders, order_acts, order_calendar, order_following, orders, supplied

ORDER = "orders/<uuid:order_id>"
ITEM = "orders/items/<uuid:line_id>"
urlpatterns = [
    path("orders/", orders.orders_page, name="orders"),
    path("orders/run-out/", interim_orders.run_outs_page, name="run_outs"),
    path("orders/interim/", interim_orders.interim_order, name="interim_order"),
    path("orders/suppliers/", order_following.suppliers_page, name="suppliers"),
    path("orders/expect/", order_following.expect_delivery, name="expect_delivery"),
    path("orders/calendar/", order_calendar.order_calendar, name="order_calendar"),
    path("orders/calendar/change/", order_calendar.change_order_calendar, name="change_order_calendar"),
    path("orders/calendar/approvers/", order_calendar.allow_approver, name="allow_approver"),
    path("orders/calendar/approvers/<int:approver_id>/end/", order_calendar.end_approver, name="end_approver"),
    path("orders/calendar/partners/", order_calendar.let_partner_in, name="let_partner_in"),
    path("orders/calendar/partners/<int:partner_id>/end/", order_calendar.end_partner, name="end_partner"),
    path("orders/change-over/<uuid:cycle_id>/", order_calendar.confirm_change_over, name="confirm_change_over"),
    path(f"{ORDER}/", orders.order_page, name="order"),
    path(f"{ORDER}/sheet/", orders.order_sheet, name="order_sheet"),
    path(f"{ORDER}/order.pdf", orders.order_paper, name="order_paper"),
    path(f"{ORDER}/order.csv", orders.order_file, name="order_file"),
    path(f"{ORDER}/order.eml", orders.order_message, name="order_message"),
    path(f"{ORDER}/as-suggested/", order_acts.answer_as_suggested, name="answer_as_suggested"),
    path(f"{ORDER}/reviewed/", order_acts.finish_review, name="finish_review"),
    path(f"{ORDER}/back/", order_acts.send_back_order, name="send_back_order"),
    path(f"{ORDER}/approve/", order_acts.approve_order, name="approve_order"),
    path(f"{ORDER}/withdraw/", order_acts.withdraw_order, name="withdraw_order"),
    path(f"{ORDER}/send-again/", order_acts.send_order_again, name="send_order_again"),
    path(f"{ORDER}/by-hand/", order_acts.order_by_hand, name="order_by_hand"),
    path(f"{ORDER}/check/", order_following.check_prescriptions, name="check_prescriptions"),
    path(f"{ORDER}/chase/", order_following.chase_order, name="chase_order"),
    path(f"{ITEM}/answer/", order_acts.answer_order_line, name="answer_order_line"),
    path(f"{ITEM}/said/", order_following.say_of_item, name="say_of_item"),
    path("supplied/", supplied.supplied_page, name="supplied"),
    path("supplied/orders.csv", supplied.supplied_file, name="supplied_file"),
    path("supplied/<uuid:line_id>/", supplied.say_of_supplied, name="say_of_supplied"),
]
