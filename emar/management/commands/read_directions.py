"""What label sentences say: one sentence a line in, structure or a refusal out.

`manage.py read_directions --json` reads sentences from standard input, one a line, and writes one JSON object
for each line, in the same order. A sentence that was read:

    {"text": "Take ONE tablet TWICE a day",
     "medicine": null | "Aspirin 300mg tablets",         the name in front, when there is one
     "missing": [] | ["amount", "when"],                 what a complete dose needs and the sentence does not say
     "steps": [{                                         one after the other ("… for 7 days, then …")
        "doses": [{                                      side by side ("one in the morning and two at night")
           "amount": {"low": "1", "high": "1"} | null, "unit": "tablet" | null, "strength": null | "500mg",
           "frequency": {"times": {"low": "2", "high": "2"},
                         "period": {"low": "1", "high": "1", "unit": "day"}, "up_to": false} | null,
           "at": ["morning", "with breakfast", "08:00"], "weekdays": ["mon"], "dates": ["2026-11-01"],
           "site": null | "left eye", "once": false}],
        "verb": "take", "route": null | "oral", "as_required": false, "reason": null | "pain",
        "as_directed": false,
        "food": {"relation": "before" | "with" | "after" | "with_or_after" | "empty_stomach",
                 "minutes": {"low": "30", "high": "60"} | null} | null,
        "duration": {"low": "7", "high": "7", "unit": "day" | "week" | "month" | "dose"} | null,
        "max": {"amount": "8" | null, "unit": "tablet" | null, "doses": 4 | null, "hours": 24} | null,
        "min_gap_hours": {"low": "4", "high": "4"} | null, "rest_days": null | 7, "upright_minutes": null | 30,
        "starts_on": null | "2026-11-01", "notes": ["with plenty of water"]}]}

A dose with no `frequency` but times of day or weekdays is given at those, every day or on those days. A sentence
that was refused:

    {"text": "take 2 hourly", "refused": "why, in plain words", "not_understood": "2 hourly"}

It never guesses: what could mean two things is refused. Without --json it prints the label's own words, or the refusal.
"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from emar.rules.direction_reading import read_directions
from emar.rules.direction_words import words
from emar.rules.directions import NotUnderstood


class Command(BaseCommand):
    """Print what label sentences say."""

    help = "Read label sentences, one a line, from standard input; print their structure or why they are refused."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --json for output that programs read."""
        parser.add_argument("--json", action="store_true", help="one JSON object a line instead of words")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer each line; a refusal is an answer, not a failure."""
        for line in sys.stdin:
            text = line.strip()
            found = read_directions(text)
            if options["json"]:
                self.stdout.write(json.dumps({"text": text, **found.to_json()}, ensure_ascii=False))
            elif isinstance(found, NotUnderstood):
                self.stdout.write(f"Refused: {found.why}: “{found.words}”")
            else:
                self.stdout.write(words(found))
