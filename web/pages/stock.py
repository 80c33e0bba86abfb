"""What a home holds, where, for how long it lasts, and what does not add up: as a page, on paper and as a file."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import groupby
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from emar.queries import homes
from emar.queries.days_left import HORIZON_DAYS
from emar.queries.homes import HomeOfStaff
from emar.queries.stock_now import HeldNow, stock_now
from emar.rules.amounts import plain
from stock.queries.counts import LOCATION_WORDS, STATUS_WORDS, being_counted
from web.access import READERS, WORKING, for_roles
from web.csv_file import csv_response
from web.pages.residents import note_read
from web.record_words import amount, day, short_day, unit_for
from web.stock_words import kept_in

#: A prescription takes a week from order to cupboard: what lasts less is low.
LOW_DAYS = 7
EXPIRES_SOON_DAYS = 28
#: So many lines are read at once; who wants them all, to print, asks for one page of everything.
PAGE_LINES = 100
ALL = "all"
VIEWS = {
    "resident": "By resident",
    "low": "Runs out first",
    "expiry": "Expires first",
    "location": "By place",
    "unexplained": "Does not add up",
    "unused": "Stopped but still here",
    "quarantined": "Quarantined",
}
WORDS = {
    "low": f"What the schedules will use up within {HORIZON_DAYS} days, the first to run out at the top.",
    "expiry": "The pack that may be used for the shortest time decides where a line stands.",
    "location": "Where the packs are kept. The balance is that of the whole line, wherever its packs are.",
    "unexplained": "The book and the cupboard disagree, and nobody has signed why yet.",
    "unused": "No prescription uses these now. They go back to the pharmacy or are kept for some days after a death.",
    "quarantined": "Put aside: scanning one of these packs stops the carer. They go back, or are taken into use again.",
}
NONE_LEFT = {
    "unexplained": "Everything adds up.",
    "unused": "Nothing is left over from stopped medicines.",
    "low": f"Everything lasts {HORIZON_DAYS} days or more.",
    "quarantined": "No pack is put aside.",
}


class Line:
    """One line of the page, in words, which Python writes faster than a template; only what is shown is written."""

    def __init__(self, now: HeldNow, location: str = "", *, count_id: UUID | None = None) -> None:
        held, line = now.held, now.held.line
        self.count_id = count_id
        self.now, self.held, self.line, self.location = now, held, line, location
        self.resident = line.resident
        self.medicine = line.medicine.name
        self.packs = [pack for pack in held.packs if not location or pack.location == location]

    @property
    def balance(self) -> str:
        """How much of it there is."""
        return plain(self.held.balance)

    @property
    def unit(self) -> str:
        """What is counted, as it follows the balance."""
        return unit_for(self.line.unit, self.held.balance)

    @property
    def address(self) -> str:
        """The address of its own page: a template would work each out anew."""
        return _line_address().format(self.line.pk)

    @cached_property
    def first_expiry(self) -> date | None:
        """The earliest day on which a pack in use may no longer be given from."""
        return self.held.first_expiry

    @property
    def owner(self) -> str:
        """Whose it is."""
        return self.resident.full_name if self.resident else OWN[self.now.is_homely]

    @property
    def heading(self) -> str:
        """Under which heading it stands: whose it is, or where it is kept."""
        return LOCATION_WORDS[self.location] if self.location else self.owner

    @property
    def whose(self) -> str:
        """Whose it is, with their room."""
        return f"{self.owner}, room {self.resident.room}" if self.resident else self.owner

    @property
    def is_low(self) -> bool:
        """Whether it runs out before a new supply can be here."""
        lasts = self.now.lasts
        return bool(not self.count_id and lasts and lasts.days is not None and lasts.days < LOW_DAYS)

    @property
    def lasts_words(self) -> str:
        """How long it lasts; while it is counted nobody can work out from it what to find."""
        if self.count_id:
            return "shown again once it is counted"
        lasts = self.now.lasts
        if lasts is None:
            return "not counted in days"
        if not lasts.is_used:
            return "no prescription uses it"
        if not lasts.is_known:
            return "its due times are not known"
        if lasts.days is None:
            return f"{HORIZON_DAYS} days or more"
        days = f"{lasts.days} day{'' if lasts.days == 1 else 's'}"
        return f"{days}{' or so' if lasts.is_estimate else ''}, runs out {short_day(lasts.runs_out_on)}"

    @property
    def tags(self) -> Iterator[tuple[str, str]]:
        """Give what stands out, each with its colour; the words say it without the colour."""
        if self.line.is_controlled:
            yield "purple", "Controlled drug"
        for each in self.held.discrepancies:
            found = f"Counted {plain(each.found)}, book {plain(each.expected)}"
            yield "red", f"{'Below zero' if each.kind == 'below_zero' else found} since {short_day(each.opened_at)}"
        if aside := len(self.held.quarantined):
            yield "orange", f"{aside} pack{'' if aside == 1 else 's'} quarantined"
        if self.now.hold:
            yield "red", f"Died: keep until {day(self.now.hold.until_on)}"
        if self.now.away:
            yield "blue", f"{amount(self.now.away, self.line.unit)} out with them"

    @property
    def next_words(self) -> str:
        """Which pack to give from next."""
        suggested = self.now.suggested
        if suggested is None:
            return "No pack to give from" if self.held.packs else "No pack is known"
        return f"Next: {pack_words(suggested)}"

    @property
    def packs_words(self) -> str:
        """How many packs there are, and which to give from next."""
        packs = len(self.packs)
        return f"{packs} pack{'' if packs == 1 else 's'}. {self.next_words}"

    @cached_property
    def expiry(self) -> tuple[str, str]:
        """Return the colour and words of a first pack that is out of date or soon will be, empty for any other."""
        first, today = self.first_expiry, self.now.today
        if first is None or first >= today + timedelta(days=EXPIRES_SOON_DAYS):
            return "", ""
        return ("red", f"Out of date {day(first)}") if first < today else ("yellow", f"Use by {day(first)}")

    @property
    def pack_lines(self) -> list[str]:
        """Every pack that is not finished, in words."""
        return [pack_words(pack) for pack in self.packs]


OWN = {True: "The home: homely remedies", False: "The home: bulk and stock of its own"}


@cache
def _line_address() -> str:
    return reverse("web:stock_line", args=[0]).replace("0", "{}")


def pack_words(pack: object) -> str:
    """Write a pack: its label, batch, last day, when it was opened, where it is, and whether it may be used."""
    said = [f"pack {pack.label_code}"]
    if pack.batch:
        said.append(f"batch {pack.batch}")
    if pack.expires_on:
        said.append(f"expires {day(pack.expires_on)}")
    if pack.opened_on:
        said.append(f"opened {day(pack.opened_on)}")
        if pack.use_by and pack.use_by != pack.expires_on:
            said.append(f"use by {day(pack.use_by)}")
    said.append(kept_in(pack.location))
    if pack.status == "quarantined":
        said.append("quarantined")
    return ", ".join(said)


@for_roles(READERS)
@require_GET
def stock_page(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Show the stock of the home in the order chosen."""
    asked = _Asked(request)
    lines = _lines(request, here, asked)
    views = {name: _arranged(lines, name) for name in VIEWS}
    arranged = views[asked.view]
    pages = [arranged] if asked.page == ALL else _pages(arranged, asked.view)
    place = min(int(asked.page or 1), len(pages)) - 1 if asked.page != ALL else 0
    before = sum(map(len, pages[:place]))
    return render(
        request,
        "stock/stock.html",
        {
            "groups": _groups(pages[place], asked.view),
            "lines": len(arranged),
            "first": before + 1,
            "last": before + len(pages[place]),
            "pages": [(_page_words(pages, number, asked.view), asked.address(page=str(number + 1)), number == place)
                      for number in range(len(pages))],
            "earlier": asked.address(page=str(place)) if place else "",
            "later": asked.address(page=str(place + 2)) if place + 1 < len(pages) else "",
            "everything": asked.address(page=ALL),
            "asked": asked,
            "view": asked.view,
            "views": [(label, asked.address(view=name), len(views[name]), name == asked.view)
                      for name, label in VIEWS.items()],
            "words": WORDS.get(asked.view, ""),
            "none_left": NONE_LEFT.get(asked.view, "Nothing here."),
            "units": homes.units(here.home_id),
            "person": lines[0].resident if asked.resident_id and lines else None,
            "is_filtered": asked.is_filtered,
            "file": f"{reverse('web:stock_file')}{asked.address(view=asked.view)}",
            "printed_at": timezone.now(),
            "may_count": here.role in WORKING,
        },
    )  # fmt: skip


@for_roles(READERS)
@require_GET
def stock_file(request: HttpRequest, here: HomeOfStaff) -> HttpResponse:
    """Answer the same lines as a CSV file, one line for each pack."""
    asked = _Asked(request)
    headings = (
        "Resident", "Room", "Medicine", "Balance", "Unit", "Days left", "Runs out on", "Controlled drug", "Pack",
        "Batch", "Expires on", "Opened on", "Use by", "Place", "Status", "Give from next", "Does not add up",
    )  # fmt: skip
    rows = [row for line in _arranged(_lines(request, here, asked), asked.view) for row in _rows(line)]
    return csv_response("stock", headings, rows)


def _rows(line: Line) -> Iterator[tuple[object, ...]]:
    lasts, held = line.now.lasts, line.held
    known = lasts is not None and lasts.is_used and lasts.is_known and not line.count_id
    days = "" if not known else f"{HORIZON_DAYS} or more" if lasts.days is None else lasts.days
    first = (
        line.owner, line.resident.room if line.resident else "", line.medicine,
        "" if line.count_id else line.balance, held.line.unit, days,
        lasts.runs_out_on if known else "", "yes" if held.line.is_controlled else "no",
    )  # fmt: skip
    differs = "yes" if held.discrepancies or held.balance < 0 else "no"
    for pack in line.packs or [None]:
        if pack is None:
            yield (*first, *[""] * 8, differs)
        else:
            yield (
                *first, pack.label_code, pack.batch, pack.expires_on, pack.opened_on, pack.use_by,
                LOCATION_WORDS[pack.location], STATUS_WORDS[pack.status],
                "yes" if pack == line.now.suggested else "no", differs,
            )  # fmt: skip


class _Asked:
    """What the address asks for: a view, and which lines of it."""

    def __init__(self, request: HttpRequest) -> None:
        asked = request.GET
        self.view = asked.get("view", "resident")
        if self.view not in VIEWS:
            self.view = "resident"
        resident = asked.get("resident", "")
        self.resident_id = int(resident) if resident.isdecimal() and len(resident) < 16 else None
        self.unit, self.location = asked.get("unit", ""), asked.get("location", "")
        self.sought = asked.get("q", "").strip()
        page = asked.get("page", "")
        self.page = page if page == ALL or (page.isdecimal() and len(page) < 6 and int(page) > 0) else ""

    @property
    def is_filtered(self) -> bool:
        """Whether only some lines are asked for."""
        return bool(self.unit or self.sought or self.resident_id or self.location)

    def address(self, **other: str) -> str:
        """Return the address of the same lines otherwise arranged."""
        said = {"view": self.view, "resident": self.resident_id or "", "unit": self.unit, "q": self.sought}
        said |= {"location": self.location} | other
        return "?" + urlencode({name: value for name, value in said.items() if value})

    def wants(self, line: Line) -> bool:
        """Return whether a line is among those asked for."""
        if self.unit and (line.resident is None or str(line.resident.unit_id) != self.unit):
            return False
        if self.location and not any(pack.location == self.location for pack in line.packs):
            return False
        if not self.sought:
            return True
        room = line.resident.room if line.resident else ""
        codes = " ".join(f"{pack.label_code} {pack.batch}" for pack in line.packs)
        words = f"{line.medicine} {line.owner} {room} {codes}".casefold()
        return all(word in words for word in self.sought.casefold().split())


def _lines(request: HttpRequest, here: HomeOfStaff, asked: _Asked) -> list[Line]:
    now_held = stock_now(here.home_id, timezone.now(), resident_id=asked.resident_id)
    counting = being_counted(here.home_id)
    found = [Line(each, count_id=counting.get(each.held.line.pk)) for each in now_held]
    if asked.resident_id is not None and found:
        note_read(request, here, asked.resident_id, "stock")
    return [line for line in found if asked.wants(line)]


def _together(line: Line, view: str) -> tuple[int | None, str]:
    """Return what the lines under one heading have in common."""
    match view:
        case "resident":
            return line.line.resident_id, line.owner
        case "location":
            return None, line.heading
        case _:
            return None, ""


def _pages(lines: list[Line], view: str) -> list[list[Line]]:
    """Return the lines of each page, about a hundred; what a person has stands together on one."""
    pages: list[list[Line]] = [[]]
    blocks = (
        groupby(lines, lambda line: _together(line, view)) if view == "resident" else ((0, [line]) for line in lines)
    )
    for _, block in blocks:
        together = list(block)
        if pages[-1] and len(pages[-1]) + len(together) > PAGE_LINES:
            pages.append([])
        pages[-1] += together
    return pages


def _page_words(pages: list[list[Line]], place: int, view: str) -> str:
    """Say what is on a page: from whom to whom where it is by resident, else which lines."""
    page = pages[place]
    if view == "resident" and page:
        return page[0].owner if page[0].owner == page[-1].owner else f"{page[0].owner} to {page[-1].owner}"
    before = sum(map(len, pages[:place]))
    return f"{before + 1} to {before + len(page)}"


def _groups(lines: list[Line], view: str) -> list[tuple[str, Line, list[Line]]]:
    """Return the lines of a page under their headings, each with its first; a view may have none."""
    found = []
    for (_, heading), block in groupby(lines, lambda line: _together(line, view)):
        together = list(block)
        found.append((heading, together[0], together))
    return found


def _arranged(lines: list[Line], view: str) -> list[Line]:
    """Return the lines of a view, in its order."""
    match view:
        case "low":
            counted = [line for line in lines if line.now.lasts and line.now.lasts.days is not None]
            return sorted(counted, key=lambda line: line.now.lasts.days)
        case "expiry":
            dated = [line for line in lines if line.first_expiry]
            return sorted(dated, key=lambda line: line.first_expiry or date.max)
        case "location":
            kept = [(line, {pack.location for pack in line.packs}) for line in lines]
            return [
                Line(line.now, location, count_id=line.count_id)
                for location in LOCATION_WORDS
                for line, places in kept
                if location in places
            ]
        case "unexplained":
            return [line for line in lines if line.held.discrepancies or line.held.balance < 0]
        case "unused":
            return [line for line in lines if line.now.is_unused]
        case "quarantined":
            return [line for line in lines if line.held.quarantined]
        case _:
            return sorted(lines, key=lambda line: (line.resident is None, not line.now.is_homely))
