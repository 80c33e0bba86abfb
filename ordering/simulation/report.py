"""How is the evidence about ordering written down for people? Markdown, from a run, never by hand."""

from collections.abc import Mapping, Sequence

from ordering.simulation.evidence import MEASURES, Estimate, Evidence
from ordering.simulation.parameters import MEASURED, Source
from ordering.simulation.running import MINUTES
from ordering.simulation.ways import DAYS_OF_COVER, FORESIGHT, OURS, SHELF_FULL_DAYS, USUAL, USUAL_LOOKING

NAMES = {
    USUAL: "repeat everything every 28 days",
    USUAL_LOOKING: "the same, looking at the shelf first",
    DAYS_OF_COVER: "fixed days of cover",
    OURS: "this product's forecast",
    FORESIGHT: "perfect foresight (bound)",
}
WORDS = {
    "stockouts_per_1000_doses": "stock-outs per 1,000 doses due",
    "waste_gbp": "£ wasted a year",
    "packs_wasted": "packs wasted a year",
    "packs_on_hand": "packs on hand",
    "orders": "items ordered a year",
    "interim_orders": "interim orders a year",
    "supplied_gbp": "£ supplied a year",
    "staff_minutes": "staff minutes a year",
}
TARGET = 0.7


def report(evidence: Evidence, sources: Sequence[Source], variants: Mapping[str, Evidence], command: str) -> str:
    """Return the whole page. `variants` are runs in which one assumption differs; `command` is what made it."""
    return "\n".join(
        [
            "# Does the forecast order less and run out less?",
            "",
            f"Written by `{command}`; do not edit. {_size(evidence)} The numbers say what follows from the parameters "
            "below, most of which nobody has measured: they are evidence about the method, not about any real home.",
            "",
            *_answer(evidence),
            *_table(evidence),
            *_rest(evidence),
            *_sensitivity(evidence, variants),
            *_method(),
            *_parameters(sources),
            "",
        ]
    )


def _size(evidence: Evidence) -> str:
    return (
        f"{len(evidence.tallies[OURS])} invented homes of {evidence.residents:.0f} residents on average, "
        f"{evidence.days} days each, the same chance for every way of ordering."
    )


def _answer(evidence: Evidence) -> list[str]:
    removed, fewer = evidence.avoidable_waste_removed(), evidence.fewer_stockouts()
    is_met = removed.low >= TARGET and fewer.low > 0
    nearly = removed.mean >= TARGET and fewer.low > 0
    said = "is met" if is_met else "is met on average; its interval reaches below" if nearly else "is not met"
    return [
        "## Answer",
        "",
        f"- Avoidable waste removed (usual less perfect foresight): **{_percent(removed)}**.",
        f"- Stock-outs fewer than under the usual rule: **{_of(fewer, 2)}** per 1,000 doses due, paired by home.",
        f"- The target (fewer stock-outs and at least 70 % of the avoidable waste removed) {said}.",
        f"- Against a usual rule that looks at the shelf first and leaves out what lasts {SHELF_FULL_DAYS} days, ours "
        f"removes {_percent(evidence.avoidable_waste_removed(than=USUAL_LOOKING))} of the avoidable waste: how much is "
        "saved depends on how a home orders today.",
        f"- The fixed days-of-cover rule removes {_percent(evidence.avoidable_waste_removed(DAYS_OF_COVER))}.",
        "",
    ]


def _table(evidence: Evidence) -> list[str]:
    ways = list(evidence.tallies)
    rows = [
        f"| {words} | " + " | ".join(_of(evidence.estimate(way, MEASURES[name]), _digits(name)) for way in ways) + " |"
        for name, words in WORDS.items()
    ]
    return [
        "## A home and year, with 95 % intervals",
        "",
        "| | " + " | ".join(NAMES[way] for way in ways) + " |",
        "|---|" + "---:|" * len(ways),
        *rows,
        "",
        "Staff minutes are item counts times assumed minutes ("
        + ", ".join(f"{name.replace('_', ' ')} {minutes:g}" for name, minutes in MINUTES.items())
        + "): no UK figure is published for any of them.",
        "",
    ]


def _rest(evidence: Evidence) -> list[str]:
    ours, bound = evidence.causes(OURS), evidence.causes(FORESIGHT)
    usual = evidence.causes(USUAL)
    rows = [
        f"| {why} | {usual.get(why, 0):,.0f} | {ours.get(why, 0):,.0f} | {bound.get(why, 0):,.0f} | {left:,.0f} |"
        for why, left in evidence.remaining().items()
    ]
    return [
        "## Where the rest is",
        "",
        "£ a home and year by what became of it. The last column is what ours wastes beyond perfect foresight.",
        "",
        "| thrown away | usual | ours | bound | ours beyond the bound |",
        "|---|---:|---:|---:|---:|",
        *rows,
        "",
        "What remains is almost all of one kind: somebody dies, or a medicine is stopped, while up to a cycle's packs "
        "stand in the cupboard or are dispensed already. The pharmacy is told the day a medicine stops, so what is on "
        "its way is only what it had dispensed by then or did not take back. What stands in the cupboard no rule that "
        "orders 28 days at a time can know of: shorter supplies for people near the end of life, or dear medicines "
        "dispensed in two parts, would reach into it, at the price of more deliveries.",
        "",
    ]


def _sensitivity(evidence: Evidence, variants: Mapping[str, Evidence]) -> list[str]:
    if not variants:
        return []
    rows = []
    for words, each in variants.items():
        ours, usual = (each.estimate(way, MEASURES["stockouts_per_1000_doses"]) for way in (OURS, USUAL))
        waste = each.estimate(OURS, MEASURES["waste_gbp"])
        rows.append(
            f"| {words} | {_percent(each.avoidable_waste_removed())} | {usual.mean:.2f} | {_of(ours, 2)} "
            f"| {_of(waste, 0)} |"
        )
    first = next(iter(variants.values()))
    return [
        "## What the assumptions are worth",
        "",
        f"One assumption changed at a time, {len(first.tallies[OURS])} homes of {first.residents:.0f} residents each.",
        "",
        "| changed | avoidable waste removed | stock-outs, usual | stock-outs, ours | £ wasted a year, ours |",
        "|---|---:|---:|---:|---:|",
        *rows,
        "",
    ]


def _method() -> list[str]:
    return [
        "## The ways of ordering",
        "",
        "- **Usual**: on the order day everything on the repeat list is ordered, 28 days of it as prescribed, in whole "
        "packs, one pack of each when-required medicine. What stopped stays on the list until somebody strikes it. "
        "Nothing is thrown away at the change-over. Staff see low stock by eye and order a month's quantity.",
        f"- **Usual, looking at the shelf**: the same, without the items of which {SHELF_FULL_DAYS} days of use and at "
        "least two packs already stand there.",
        "- **Fixed days of cover**: whole packs up to the mean use of the last 28 days, to the end of the cover and "
        "a week more, by the book stock. Staff see low stock by eye.",
        "- **Ours**: `ordering.rules.forecast` itself, with its warning each morning, interim orders that line up with "
        "the cycle, and an e-mail to the pharmacy the day an item stops that it has not dispensed yet "
        "(`ordering.operations.cancelling`).",
        "- **Perfect foresight**: the fewest packs with which nothing is ever missing, knowing every dose, stop, death "
        "and late delivery. Nobody can do that.",
        "",
        "Doses dropped or refused out of the pot are lost under every way and are not counted as waste.",
        "",
    ]


def _parameters(sources: Sequence[Source]) -> list[str]:
    measured = sum(1 for each in sources if each.grade == MEASURED)
    rows = [f"| {each.name} | {each.value} | {each.grade} | {each.words} |" for each in sources]
    return [
        "## Parameters",
        "",
        f"{measured} of {len(sources)} are measured by somebody, the others assumed. The files they come from are read "
        "where they lie and are no part of this project.",
        "",
        "| parameter | value | measured or assumed | source |",
        "|---|---|---|---|",
        *rows,
    ]


def _digits(name: str) -> int:
    return 2 if name == "stockouts_per_1000_doses" else 0


def _of(each: Estimate, digits: int) -> str:
    return f"{each.mean:,.{digits}f} ({each.low:,.{digits}f} to {each.high:,.{digits}f})"


def _percent(each: Estimate) -> str:
    return f"{100 * each.mean:.0f} % ({100 * each.low:.0f} to {100 * each.high:.0f})"
