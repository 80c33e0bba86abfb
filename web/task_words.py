"""How a task is said: what happened, what to do about it, and what to write down when it is done."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from emar.rules.wall_clock import local
from quality.rules.incidents import KIND_WORDS
from web.record_words import amount

GP = "Who did you speak to, and what did they say?"
USUAL = "What came of it?"


def _day(value: str) -> str:
    found = local(datetime.fromisoformat(value)).date() if "T" in value else date.fromisoformat(value)
    return f"{found:%a} {found.day} {found:%b %Y}"


def _moment(value: str) -> str:
    found = local(datetime.fromisoformat(value))
    return f"{found:%H:%M} on {found:%a} {found.day} {found:%b}"


def _review_prn(facts: Mapping[str, Any]) -> str:
    match facts.get("why"):
        case "daily":
            return f"Used every day since {_day(facts['since'])}: ask whether it should be given regularly."
        case "unused":
            begun = "Not used since" if facts.get("was_used") else "Never used since it was written on"
            return f"{begun} {_day(facts['since'])}: ask whether it is still needed."
        case _:
            return f"The protocol is to be reviewed by {_day(facts['review_on'])}."


def _amount(quantity: str, unit: str) -> str:
    return amount(Decimal(quantity), unit)


def _order(facts: Mapping[str, Any], words: str) -> str:
    said = f" Sent back: {facts['words']}" if facts.get("words") and facts["words"] not in words else ""
    return f"Order {facts['number']}: {words}{said}"


PLANS = {
    "covert": "the plan to give medicines covertly",
    "self_administration": "the plan for looking after their own medicines",
    "homely_remedy": "a homely remedy of the home",
}
#: For each kind, what happened and what to do, from the task's facts.
WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "refused_in_a_row": lambda facts: (
        f"Refused on {facts['refusals']} days in a row, since {_day(facts['since'])}. Contact the GP."
    ),
    "critical_not_given": lambda facts: (
        f"The dose due {_moment(facts['due_at'])} was refused. Contact the GP today: missing it can do harm."
    ),
    "not_recorded": lambda facts: f"Due {_moment(facts['due_at'])}. Find out whether it was given, and record it.",
    "no_current_inr": lambda facts: (
        f"No INR record says what to give from {_day(facts['since'])} on. Ring the clinic; give nothing by guess."
    ),
    "check_effect": lambda facts: (
        f"Given at {_moment(facts['given_at'])}. See how they are, and record it at the bedside."
    ),
    "review_prn": _review_prn,
    "review_plan": lambda facts: f"Review {PLANS.get(facts['plan'], 'the plan')} by {_day(facts['review_on'])}.",
    "homely_remedy_to_gp": lambda facts: (
        f"In use since {_day(facts['since'])}, for {facts['hours']} hours or longer. Ask the GP before giving more."
    ),
    "patch_not_in_place": lambda facts: (
        f"Found to have fallen off at {_moment(facts['seen_at'])}. Put a new one on; ask the GP if in doubt."
    ),
    "balance_check": lambda facts: (
        f"{len(facts['lines'])} page{'s' if len(facts['lines']) != 1 else ''} of the CD register not counted by two "
        f"people for a week or longer, the first since {_day(facts['since'])}."
    ),
    "reconcile": lambda _: "Compare what they came with to their chart, before the next dose.",
    "temperature_out_of_range": lambda facts: (
        f"{facts['place']}: {'; '.join(facts['found'])}. Done so far: {facts['action']} Keep these medicines apart "
        "until a pharmacist says whether they may be used."
    ),
    "reading_missing": lambda facts: f"{facts['place']} was not read on {_day(facts['day'])}. Read it under Storage.",
    "review_incident": lambda facts: (
        f"Incident {facts['number']}: {KIND_WORDS[facts['kind']]}. Judge it and decide what follows under Incidents."
    ),
    "stock_differs": lambda facts: (
        f"{facts['medicine']}: "
        + (
            "the book went below zero. "
            if facts["kind"] == "below_zero"
            else "what was counted is not what the book says. "
        )
        + (
            "Count it again with a second person; if it still differs it is an incident."
            if facts["is_controlled"]
            else "Find out why, and sign for it."
        )
    ),
    "pack_recalled": lambda facts: (
        f"{facts['product']}: {facts['here']} pack{'s' if facts['here'] != 1 else ''} put aside. Look at each box "
        "under Stock, Recalls; hand back what is called back, ask for more, and see who had doses of it."
    ),
    "runs_out": lambda facts: (
        f"{_amount(facts['usable'], facts['unit'])} left, and the dose of {_moment(facts['at'])} is the first without. "
        f"The next delivery is here by {_day(facts['until'])}: order it now under Orders, Runs out."
    ),
    "count_stock": lambda facts: (
        f"The order is drafted on {_day(facts['by'])} from the stock in the book: count what may be wrong before."
    ),
    "order_to_review": lambda facts: _order(facts, f"answer every item by {_day(facts['by'])}, under Orders."),
    "order_to_approve": lambda facts: _order(facts, "approve it under Orders; it is sent by itself then."),
    "order_not_sent": lambda facts: _order(
        facts, facts["words"] if "words" in facts else f"it should have gone by {_day(facts['by'])}."
    ),
    "check_prescriptions": lambda facts: _order(
        facts, f"compare what the surgery issued with it by {_day(facts['by'])}, under Orders."
    ),
    "chase_order": lambda facts: _order(
        facts,
        f"{facts['medicine']}: {facts['why']}. Ask the surgery or pharmacy, and write down what they say."
        if "medicine" in facts
        else f"it should have been here by {_day(facts['by'])}. Ask after what is missing.",
    ),
    "book_in_delivery": lambda facts: (
        _order(facts, "it is expected today. Book it in under Deliveries.")
        if "number" in facts
        else f"Expected {_day(facts['expected_on'])}{' from ' + facts['sender'] if facts['sender'] else ''}. "
        "Scan each pack under Deliveries, while the driver is here."
    ),
    "return_stock": lambda _: "Return or destroy what is left, with a second person for controlled drugs.",
}
ASKS = {"refused_in_a_row": GP, "critical_not_given": GP, "homely_remedy_to_gp": GP, "no_current_inr": GP}


def words(kind: str, facts: Mapping[str, Any]) -> str:
    """Return what happened and what to do. A task raised elsewhere without these facts has its label alone."""
    try:
        return WORDS[kind](facts)
    except (KeyError, ValueError):
        return ""


def asks(kind: str) -> str:
    """Return what whoever closes the task is asked."""
    return ASKS.get(kind, USUAL)
