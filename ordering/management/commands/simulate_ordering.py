"""manage.py simulate_ordering: run invented homes for two years and compare ways of ordering on the same chance."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ordering.rules.forecast import ForecastSettings
from ordering.simulation.evidence import TWO_YEARS, Evidence, gather
from ordering.simulation.parameters import Parameters, ParametersMissing, read_parameters
from ordering.simulation.report import report
from ordering.simulation.variants import variants_of

SHARED = Path(settings.BASE_DIR).parent / "shared" / "data"


class Command(BaseCommand):
    """Reports stock-outs, waste, packs on hand, orders and minutes of five ways of ordering, with intervals."""

    help = (
        "Run homes with generated residents, prescriptions and deliveries under the usual rule, with and without a "
        "look at the shelf, a days-of-cover rule, this product's own forecast and perfect foresight, all on the same "
        "chance, and compare them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many homes, where the parameters are, and what to write."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON value")
        parser.add_argument("--seeds", type=int, default=30, help="how many homes (default 30)")
        parser.add_argument("--days", type=int, default=TWO_YEARS, help="how long each is run (default two years)")
        parser.add_argument("--beds", type=int, help="beds of a home; without it as the parameters say")
        parser.add_argument("--parameters", type=Path, default=SHARED, help="the folder with the shared data")
        parser.add_argument("--processes", type=int, help="how many at once (default: one a core)")
        parser.add_argument("--sensitivity", type=int, default=0, metavar="SEEDS",
                            help="also vary one assumption after another, with so many homes each")  # fmt: skip
        parser.add_argument("--write", type=Path, metavar="FILE", help="write the report there as Markdown")

    def handle(self, **options: Any) -> None:
        """Run them all. Raises CommandError in one line where the parameters are missing or make no sense."""
        if options["seeds"] < 1 or options["days"] < 84:
            raise CommandError("Run at least one home, for at least 84 days: three cycles.")
        try:
            parameters, sources = read_parameters(options["parameters"])
        except ParametersMissing as problem:
            raise CommandError(f"{problem}. Say where they are with --parameters.") from problem
        if options["beds"]:
            parameters = parameters.but(beds=options["beds"])
        go = partial(self._gather, days=options["days"], processes=options["processes"])
        evidence = go("homes", parameters, options["seeds"], ForecastSettings())
        variants = {
            words: go(words, *changed[:1], options["sensitivity"], changed[1])
            for words, changed in variants_of(parameters).items()
            if options["sensitivity"]
        }
        if options["write"]:
            command = f"manage.py simulate_ordering --seeds {options['seeds']}"
            command += f" --beds {options['beds']}" if options["beds"] else ""
            command += f" --sensitivity {options['sensitivity']}" if options["sensitivity"] else ""
            options["write"].parent.mkdir(parents=True, exist_ok=True)
            options["write"].write_text(report(evidence, sources, variants, f"{command} --write …"), encoding="utf-8")
        if options["as_json"]:
            found = evidence.to_json()
            found["parameters"] = [
                {"name": each.name, "value": each.value, "grade": each.grade, "source": each.words} for each in sources
            ]
            found["sensitivity"] = {
                words: each.to_json()["avoidable_waste_removed"] for words, each in variants.items()
            }
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        elif not options["write"]:
            self.stdout.write(report(evidence, sources, variants, "manage.py simulate_ordering"))

    def _gather(
        self,
        words: str,
        parameters: Parameters,
        seeds: int,
        chosen: ForecastSettings,
        *,
        days: int,
        processes: int | None,
    ) -> Evidence:
        def shown(homes: Iterable[Any]) -> Iterable[Any]:
            return tqdm(homes, total=seeds, desc=words, unit="home", disable=not sys.stderr.isatty(), leave=False)

        return gather(parameters, range(1, seeds + 1), days=days, settings=chosen, processes=processes, progress=shown)
