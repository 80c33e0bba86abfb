"""Where does each home of a council stand besides its figures: how far it went live, what is open, what it saves?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from quality.queries.council import HomeOfCouncil, open_actions
from quality.queries.going_live import BoardLine, board
from quality.queries.savings import HomeSaving, for_council
from quality.rules.publication import Shown


@dataclass(frozen=True, slots=True)
class Standing:
    """One home: its line of the board, actions of incidents open at a month's end (None: hidden or no figures), hours.

    `has_figures` says whether the month has any; stage and hours are today's.
    """

    line: BoardLine
    has_figures: bool
    open_actions: Shown
    saved: HomeSaving

    @property
    def home(self) -> HomeOfCouncil:
        """The home."""
        return self.line.home


def standings(homes: Sequence[HomeOfCouncil], month: date) -> list[Standing]:
    """Return where homes stand, in their order. Four statements, however many homes."""
    still_open = open_actions([home.pk for home in homes], month)
    saved = {each.home.pk: each for each in for_council(homes)}
    return [
        Standing(line, line.home.pk in still_open, still_open.get(line.home.pk), saved[line.home.pk])
        for line in board(homes)
    ]
