"""What somebody did to a record, in words: a verb for each act, and for each field that can change its name."""

from collections.abc import Mapping
from typing import Any

from emar.queries.audit_trail import TrailLine

#: What stands after a person's name. `{medicine}` where the act was done to a prescription.
ACTS = {
    "record_read": "read the record",
    "charts_rebased": "gave the charts new limits",
    "rebasing_withdrawn": "took new limits of the charts back",
    "resident_admitted": "admitted the resident",
    "resident_changed": "changed the details",
    "photo_kept": "put a new photograph in the record",
    "weight_recorded": "recorded a weight",
    "allergy_recorded": "recorded an allergy",
    "allergy_withdrawn": "withdrew an allergy that was recorded in error",
    "no_known_allergies_stated": "said that there are no known allergies",
    "presence_noted": "wrote down where the resident is",
    "medicines_reconciled": "wrote down the medicines as they came, and what is to happen with each",
    "reconciliation_checked": "checked a list of medicines as the second person",
    "medicines_sent_out": "sent medicines out with the resident",
    "medicines_taken_back": "took back medicines that had been out with the resident",
    "covert_plan_written": "wrote a plan for covert giving",
    "covert_plan_ended": "ended the plan for covert giving",
    "self_administration_written": "wrote down what the resident takes by themselves",
    "self_administration_ended": "ended a plan by which the resident takes medicines by themselves",
    "pharmacist_advice_recorded": "recorded a pharmacist’s advice",
    "homely_remedy_started": "started {medicine} as a homely remedy",
    "prescription_written": "wrote {medicine}",
    "prescription_checked": "checked {medicine} as the second person",
    "prescription_changed": "changed {medicine}",
    "prescription_replaced": "replaced {medicine}",
    "prescription_sent_back": "sent {medicine} back unchecked",
    "prescription_stopped": "stopped {medicine}",
    "prescription_suspended": "paused {medicine}",
    "prescription_resumed": "let {medicine} go on",
    "pack_opened": "wrote down when a pack was opened",
    "pack_moved": "moved a pack to another place",
    "pack_put_aside": "put a pack aside",
    "pack_released": "took a pack into use again",
    "pack_finished": "said that a pack is empty",
    "count_started": "began a count of their stock",
    "count_finished": "finished a count of their stock",
    "stock_counted": "counted a medicine",
    "discrepancy_signed": "signed why book and cupboard disagreed",
    "discrepancy_noted": "wrote a note on stock that did not add up",
    "delivery_opened": "opened a delivery",
    "delivery_line_settled": "said whose a medicine of a delivery is",
    "pack_booked_in": "booked a pack in",
    "pack_stopped": "stopped a pack at the door",
    "pack_checked": "looked at a booked pack as the second person",
    "booking_undone": "took a wrong booking back",
    "medicines_disposed": "returned or destroyed medicines",
    "recall_entered": "entered a recall",
    "recalled_pack_cleared": "found a pack not to be recalled",
    "recalled_pack_replaced": "had a recalled pack replaced",
    "recall_closed": "closed a recall",
    "task_tried": "tried to settle a task",
    "task_closed": "closed a task",
    "task_raised": "raised a task",
    "record_exported": "exported the whole record",
}
#: Acts that say why in the row they were done to.
WITH_REASON = {"prescription_stopped"}
FIELDS = {
    "full_name": "full name",
    "preferred_name": "likes to be called",
    "born_on": "date of birth",
    "nhs_number": "NHS number",
    "room": "room",
    "unit_id": "unit",
    "corridor_order": "place along the corridor",
    "how_i_take": "how I take my medicines",
    "gp_practice_id": "GP practice",
    "pharmacy_id": "pharmacy",
    "conditions": "conditions",
    "drink_level": "IDDSI level of drinks",
    "food_level": "IDDSI level of food",
    "swallowing_words": "swallowing",
    "presence": "where",
}
#: On which page somebody read.
PAGES = {
    "resident": "",
    "mar": " (MAR chart)",
    "mar_day": " (one day’s doses)",
    "access_log": " (this log)",
}


def act_words(action: str) -> str:
    """Return the words of one kind of act, as a filter lists it."""
    return ACTS.get(action, action.replace("_", " ")).replace("{medicine}", "a medicine")


def words_of(line: TrailLine) -> str:
    """Return what somebody did, as it stands after their name: "stopped Amlodipine 5mg tablets because …"."""
    words = ACTS.get(line.action, line.action.replace("_", " "))
    medicine = line.prescription.medicine.name if line.prescription is not None else "a medicine"
    words = words.replace("{medicine}", medicine)
    if line.action == "record_read":
        words += PAGES.get(line.about, f" ({line.about.replace('_', ' ')})" if line.about else "")
    if line.action in WITH_REASON and line.prescription is not None and line.prescription.stop_reason:
        words += f" because: {line.prescription.stop_reason}"
    return words


def change_words(changes: Mapping[str, Any]) -> list[str]:
    """Return each field that changed, with what stood there before and what stands there now."""
    return [_change(field, change) for field, change in changes.items()]


def _change(field: str, change: Any) -> str:
    name = FIELDS.get(field, field.removesuffix("_id").replace("_", " "))
    match change:
        case [before, after]:
            return f"{name}: {_shown(before)} → {_shown(after)}"
        case _:
            return f"{name}: {_shown(change)}"


def _shown(value: Any) -> str:
    if value in (None, "", []):
        return "nothing"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value).replace("_", " ") if isinstance(value, str) and value.islower() else str(value)
