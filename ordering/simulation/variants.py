"""Which assumptions are varied, one at a time, to see what they are worth?"""

from ordering.rules.forecast import ForecastSettings
from ordering.simulation.parameters import Parameters

USUAL = ForecastSettings()
BEDS = 12


def variants_of(parameters: Parameters) -> dict[str, tuple[Parameters, ForecastSettings]]:
    """Return each variant with its words, on a smaller home: the first is that home with nothing changed."""
    home = parameters.but(beds=BEDS)
    return {
        "nothing": (home, USUAL),
        "refusals 1 %": (home.but(refusal=0.01), USUAL),
        "refusals 5 %": (home.but(refusal=0.05), USUAL),
        "half as many medicines stopped": (home.but(stops=home.stops / 2), USUAL),
        "twice as many medicines stopped": (home.but(stops=home.stops * 2), USUAL),
        "usual rule strikes what stopped at once": (home.but(lingers=0.0), USUAL),
        "low stock hardly noticed by eye": (home.but(noticed=0.2), USUAL),
        "the pharmacy acts on half of what it is told": (home.but(heard=0.5), USUAL),
        "the pharmacy is never told of a stop": (home.but(heard=0.0), USUAL),
        "deliveries late twice as often": (home.but(late_shares=(0.7, 0.16, 0.08, 0.04, 0.02)), USUAL),
        "no counts: the book is never put right": (home.but(count_corrects=0.0), USUAL),
        "when-required use three times as much": (home.but(prn_rate_a_day=3 * home.prn_rate_a_day), USUAL),
        "ours at a service level of 80 %": (home, ForecastSettings(service_level=0.8)),
        "ours at a service level of 99 %": (home, ForecastSettings(service_level=0.99)),
        "ours allows for a supplier 5 days late": (home, ForecastSettings(late_days=5)),
        "ours without counting out interim orders": (home, ForecastSettings(counts_out=False)),
    }
