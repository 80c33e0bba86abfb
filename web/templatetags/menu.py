"""Which item of the menu a page belongs to."""

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

OF_RESIDENTS = {
    "admit", "change_details", "change_photo", "weight", "allergies", "reconcile", "reconciliations",
    "reconciliation", "where", "leave", "take_back", "plans", "write_covert_plan", "write_self_administration",
    "record_advice", "end_plan", "start_remedy", "access_log",
}  # fmt: skip
OF_STORAGE = {
    "storage", "storage_place", "add_storage_place", "change_storage_place", "read_temperature", "correct_reading",
    "recalls", "enter_recall", "recall", "clear_recalled_pack", "replace_recalled_pack", "close_recall", "stock_value",
    "open_packs", "opening_rules", "mark_opened", "consignments", "send_consignment", "consignment",
}  # fmt: skip
OF_DELIVERIES = {
    "deliveries", "load_delivery_note", "packs_to_check", "settle_delivery_line", "delivery", "scan_pack", "stop_pack",
    "book_in_by_hand", "choose_medicine", "book_in_unlisted", "delivery_note", "pack_labels", "check_pack",
    "undo_booking",
}  # fmt: skip
OF_COUNTS = {
    "stock_line", "move_pack", "change_pack_status", "wasted", "counts", "count", "count_sheet", "line_of_count",
    "discrepancies", "drift", "discrepancy", "recount", "start_count", "count_pack", "count_packs", "count_total",
    "note_discrepancy", "sign_discrepancy",
}  # fmt: skip
#: The pages below each item of the menu whose addresses do not say so: an address below the item's own does.
PAGES = {
    "today": {"today"},
    "residents": {"residents", "resident", "mar", "mar_day", "unit_mar", *OF_RESIDENTS},
    "waiting_prescriptions": {
        "waiting_prescriptions",
        "prescription",
        "write_prescription",
        "check_prescription",
        "stop_prescription",
        "suspend_prescription",
        "record_inr_result",
    },
    "tasks": {"tasks"},
    "deliveries": OF_DELIVERIES,
    "cd_register": {"cd_register", "cd_register_page", "cd_exceptions", "balance_check"},
    "stock": {"stock", *OF_COUNTS, *OF_STORAGE},
    "devices": {
        "devices",
        "invite_device",
        "report_device_lost",
        "explain_gap",
        "approve_code",
        "conflicts",
        "decide_conflict",
        "held_events",
        "review_held_event",
        "scanner",
    },
    "figures": {"figures", "trends", "trend", "new_limits"},
    "staff": {"staff", "add_staff", "staff_member", "assess", "override_competency", "set_pin"},
    "policy": {
        "policy",
        "change_policy",
        "change_letters",
        "change_contacts",
        "start_round",
        "change_round",
        "know_place",
        "remedies",
        "agree_remedy",
    },
}


@register.simple_tag(takes_context=True)
def menu_item(context: Context, name: str, label: str, count: int = 0) -> SafeString:
    """Write one item of the menu, marked when the page shown belongs to it, with how many wait there."""
    is_current, link = _link(context, name, label, count)
    return format_html(
        '<li class="nhsuk-header__navigation-item{}">{}</li>',
        " nhsuk-header__navigation-item--current" if is_current else "",
        link,
    )


@register.simple_tag(takes_context=True)
def menu_part(context: Context, name: str, label: str) -> SafeString:
    """Write one item inside a group of the menu."""
    return format_html('<li class="menu-group__item">{}</li>', _link(context, name, label, 0)[1])


@register.simple_block_tag
def menu_group(content: SafeString, label: str) -> SafeString:
    """Write a group of items that opens below its name; nothing where the person may open none of them.

    A native disclosure: it opens by mouse, finger, Enter and Space without any script, and one at a time.
    """
    if "<li" not in content:
        return SafeString("")
    is_current = "aria-current" in content
    return format_html(
        '<li class="nhsuk-header__navigation-item{}"><details class="menu-group" name="menu-group">'
        '<summary class="nhsuk-header__navigation-link menu-group__name"{}>{}</summary>'
        '<ul class="menu-group__list">{}</ul></details></li>',
        " nhsuk-header__navigation-item--current" if is_current else "",
        mark_safe(' aria-current="true"') if is_current else "",
        label,
        content,
    )


def _link(context: Context, name: str, label: str, count: int) -> tuple[bool, SafeString]:
    match = context["request"].resolver_match
    address = reverse(f"web:{name}")
    is_below = address != "/" and context["request"].path.startswith(address)
    is_current = is_below or (match is not None and match.url_name in PAGES.get(name, ()))
    if count:
        shown = '{} <span class="menu-count">{}<span class="nhsuk-u-visually-hidden"> open</span></span>'
        label = format_html(shown, label, count)
    link = format_html(
        '<a class="nhsuk-header__navigation-link" href="{}"{}>{}</a>',
        address,
        format_html(' aria-current="{}"', "page" if match.url_name == name else "true") if is_current else "",
        label,
    )
    return is_current, link
