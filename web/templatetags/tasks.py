"""How tasks are written on a page, and how many are open."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from emar.queries import policy
from emar.queries import tasks as queries
from emar.queries.register import EXCEPTIONS
from web import letters
from web import task_words as said

register = template.Library()


@register.filter
def task_words(task: Any) -> str:
    """Write what a task is about and what to do."""
    return said.words(task.kind, task.facts)


@register.filter
def task_asks(task: Any) -> str:
    """Write what whoever closes a task is asked."""
    return said.asks(task.kind)


@register.filter
def exception_words(record: Any) -> list[str]:
    """Write what makes a dose an exception, with the giver's reason where one was given."""
    found = [each for each in record.findings if each.get("code") in EXCEPTIONS]
    words = letters.finding_words(found)
    reasons = [str(each["reason"]) for each in found if each.get("reason")]
    return words + [f"Reason given: {reason}" for reason in reasons]


@register.simple_tag(takes_context=True)
def open_task_count(context: Context) -> int:
    """Count what is open today in the home of the page."""
    return queries.open_count(context["request"].here.home_id, timezone.now())


@register.simple_tag(takes_context=True)
def contact_card(context: Context) -> list[dict[str, str]]:
    """Give whom the home rings when a controlled drug does not add up, as its manager wrote down."""
    return list(policy.policy_of(context["request"].here.home_id).contact_card)


@register.simple_tag(takes_context=True)
def urgent_tasks(context: Context) -> list[queries.TaskGroup]:
    """Give the urgent tasks of the home of the page."""
    return queries.open_groups(context["request"].here.home_id, timezone.now(), is_urgent_only=True)
