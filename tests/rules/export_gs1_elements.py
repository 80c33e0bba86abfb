"""Which application identifiers GS1 defines, as biip has them: writes stock/rules/gs1_elements.json.

Run `python -m tests.rules.export_gs1_elements` after biip was updated; a test fails until then.
"""

import json
import re
from pathlib import Path

from biip import ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier

TABLE_FILE = Path(__file__).parents[2] / "stock" / "rules" / "gs1_elements.json"
_PERCENT_ENCODED = r"(?:[!%-?A-Z_a-z\x22]|%[0-9A-Fa-f][0-9A-Fa-f]%[0-9A-Fa-f][0-9A-Fa-f])"


def elements_from_biip() -> str:
    """Give the text of the table: one line for each form, with the AIs that have it."""
    forms: dict[tuple[str, int | None], list[str]] = {}
    # biip publishes no list, so it is asked about each number that could be an AI.
    for number in [f"{n:0{width}}" for width in (2, 3, 4) for n in range(10**width)]:
        try:
            entry = GS1ApplicationIdentifier.extract(number)
        except ParseError:
            continue
        if entry.ai != number:
            continue
        pattern = entry.pattern.removeprefix(f"^{number}").removesuffix("$")
        # Percent-encoded names of people are not on medicine packs, and that alternation backtracks badly.
        pattern = pattern.replace(_PERCENT_ENCODED, r"[!%-?A-Z_a-z\x22]")
        length = None if entry.separator_required else int(re.findall(r"N(\d+)", entry.format)[-1])
        forms.setdefault((pattern, length), []).append(number)
    lines = [
        json.dumps({"pattern": pattern, "length": length, "ais": _in_runs(sorted(ais))})
        for (pattern, length), ais in sorted(forms.items(), key=lambda form: min(form[1]))
    ]
    return '{"forms": [\n' + ",\n".join(lines) + "\n]}\n"


def _in_runs(ais: list[str]) -> str:
    """Write AIs in order, those that follow each other as "3100-3105": the bedside app loads this over slow Wi-Fi."""
    runs: list[list[str]] = []
    for ai in ais:
        if runs and len(runs[-1][-1]) == len(ai) and int(runs[-1][-1]) + 1 == int(ai):
            runs[-1].append(ai)
        else:
            runs.append([ai])
    return " ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


if __name__ == "__main__":
    TABLE_FILE.write_text(elements_from_biip(), encoding="ascii")
