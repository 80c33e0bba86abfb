"""What a council's officer is shown, and that no small count of it is."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from emar.models import CareHome
from emar.scope import scope
from quality.models import DailyFigure, DailyFigurePart, DailyKind, GoLiveStep, SavingFigure
from quality.rules.publication import PUBLISHED
from tests import factories as make
from tests.pages.conftest import SignIn
from tests.quality.small_council import make_small_council

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
MONTHS = (date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
PAGES = ("", "figures/missed/", "figures/missed/between/", "figures/near_misses/")
FILES = ("file.csv", "figures/missed/file.csv", "figures/missed/parts.csv", "figures/missed/between/file.csv")


@pytest.fixture(autouse=True)
def at_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def write_month(home: CareHome, month: date, **numbers: int) -> None:
    """Write one day of figures that stands for a whole month."""
    where = {"home": home, "day_on": month}
    usual = {"due": 900, "on_time": 850, "given": 880, "by_staff": 880, "scanned": 800, "records": 900, "missed": 20}
    with scope(home=home.pk):
        numbers = usual | numbers
        DailyFigure.objects.create(**where, residents=30, closed_at=NOW, counted_at=NOW, **numbers)
        part = {**where, "medicine_class": "pain", "time_of_day": "morning", "round_name": "Morning"}
        DailyFigurePart.objects.create(**part, **numbers)
        if stopped := numbers.get("near_misses"):
            DailyKind.objects.create(**part, theme="near_miss", code="too_early", count=stopped)


@pytest.fixture
def homes() -> list[CareHome]:
    council = make.make_council()
    rows = [make.make_home(council=council, name=f"{word} {council.pk}") for word in ("Zinnia", "Aster", "Myrtle")]
    for n, home in enumerate(rows):
        for month in MONTHS:
            write_month(home, month, missed=(3, 20, 40)[n])
    return rows


def officer_of(homes: list[CareHome], sign_in: SignIn):  # type: ignore[no-untyped-def]
    council = homes[0].council
    return sign_in(make.make_council_officer(council=council), council=council)


def rows_of(answer) -> list[list[str]]:  # type: ignore[no-untyped-def]
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_homes_stand_by_name_and_never_by_rate(homes: list[CareHome], sign_in: SignIn) -> None:
    body = officer_of(homes, sign_in).get("/council/").content.decode()
    table = body.split('aria-label="Homes and their figures"')[1]
    places = [table.index(home.name) for home in sorted(homes, key=lambda home: home.name)]
    assert places == sorted(places)


def test_the_overview_says_stage_scan_rate_open_actions_and_hours(homes: list[CareHome], sign_in: SignIn) -> None:
    for home, number in zip(homes, (7, 3, 0), strict=True):
        by = make.make_staff_member(home=home, role="manager")
        with scope(home=home.pk):
            DailyFigure.objects.filter(day_on=MONTHS[-1]).update(open_actions=number)
            GoLiveStep.objects.create(
                home=home, stage="usage", since_on=date(2026, 7, 1), said_at=NOW, said_by=by
            )  # fmt: skip
            SavingFigure.objects.create(
                home=home, process="audit", before=12, after=12, hours=6, low=4, high=8, grade="A", counted_at=NOW
            )
    client = officer_of(homes, sign_in)
    table = client.get("/council/").content.decode().split('aria-label="Homes and their figures"')[1]
    of_home = {home.name.split()[0]: table.split(f">{home.name}</a>")[1].split("</tr>")[0] for home in homes}
    for row in of_home.values():
        assert "Usage and feedback" in row
        assert "90.9%" in row
        assert "800 of 880" in row
        assert "6.0 (4.0 to 8.0), grade A" in row
    assert '<td class="number">7</td>' in of_home["Zinnia"]
    assert '<td class="number">under 5</td>' in of_home["Aster"]
    assert '<td class="number">0</td>' in of_home["Myrtle"]
    lines = rows_of(client.get("/council/file.csv"))
    actions = {row[1].split()[0]: row[3] for row in lines if row[2] == "Actions open at its end"}
    assert actions == {"Zinnia": "7", "Aster": "", "Myrtle": "0"}


def test_a_small_count_and_one_that_would_give_it_away_are_not_shown(homes: list[CareHome], sign_in: SignIn) -> None:
    lines = rows_of(officer_of(homes, sign_in).get("/council/file.csv"))
    missed = {row[1].split()[0]: row[3] for row in lines if row[2] == "Missed, no record"}
    assert missed == {"All": "63", "Zinnia": "", "Aster": "", "Myrtle": "40"}


def test_only_months_over_for_a_week_are_published(homes: list[CareHome], sign_in: SignIn) -> None:
    write_month(homes[0], date(2026, 11, 1))
    body = officer_of(homes, sign_in).get("/council/").content.decode()
    assert "October 2026" in body
    assert "November 2026" not in body


def test_every_page_and_file_opens(homes: list[CareHome], sign_in: SignIn) -> None:
    client = officer_of(homes, sign_in)
    for address in (*PAGES, *FILES, f"homes/{homes[0].pk}/", f"homes/{homes[0].pk}/missed/"):
        assert client.get(f"/council/{address}").status_code == 200, address
    for word in PUBLISHED:
        assert client.get(f"/council/figures/{word}/").status_code == 200
        assert client.get(f"/council/figures/{word}/between/").status_code == 200


def test_a_class_is_taken_apart_by_time_and_round(homes: list[CareHome], sign_in: SignIn) -> None:
    client = officer_of(homes, sign_in)
    assert "Pain relief" in client.get("/council/figures/missed/").content.decode()
    below = client.get("/council/figures/missed/?class=pain").content.decode()
    assert "Morning, 08:00 to 10:59" in below
    assert (
        '<th scope="row">Morning</th>'
        in client.get("/council/figures/missed/?class=pain&time=morning").content.decode()
    )
    assert client.get("/council/figures/missed/?class=nonsense").status_code == 404


def test_the_quarter_is_a_pdf_without_people(homes: list[CareHome], sign_in: SignIn) -> None:
    answer = officer_of(homes, sign_in).get("/council/quarter.pdf")
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    words = " ".join(words.split())
    assert answer["Content-Type"] == "application/pdf"
    assert "July to September 2026" in words
    assert all(home.name in words for home in homes)
    # A sum over months in which a count is hidden is not shown either.
    assert "189" in words
    assert "not shown" in words


def test_another_councils_home_is_not_there(homes: list[CareHome], sign_in: SignIn) -> None:
    other = make.make_home()
    write_month(other, MONTHS[-1])
    client = officer_of(homes, sign_in)
    for address in (f"homes/{other.pk}/", f"homes/{other.pk}/missed/", f"homes/{other.pk}/missed/file.csv"):
        assert client.get(f"/council/{address}").status_code == 404
    assert other.name not in client.get("/council/").content.decode()


@pytest.mark.hazard("H12", control="a council's pages never enter a home's scope", shows="works")
def test_no_page_of_a_council_ever_sees_with_the_eyes_of_a_home(homes: list[CareHome], sign_in: SignIn) -> None:
    client = officer_of(homes, sign_in)
    pages = (*PAGES, *FILES, "quarter.pdf", f"homes/{homes[0].pk}/", f"homes/{homes[0].pk}/missed/")
    for address in pages:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(f"/council/{address}").status_code == 200
        assert asked.captured_queries
        for each in asked.captured_queries:
            sql = each["sql"]
            entered = "set_config('emar.home_id'" in sql and "set_config('emar.home_id', ''" not in sql
            assert not entered, sql
            for table in ("emar_resident", "emar_prescription", "emar_administration", "emar_scanevent"):
                assert table not in sql, sql


@pytest.mark.parametrize("seed", range(2))
def test_no_number_of_a_file_is_small(seed: int, sign_in: SignIn) -> None:
    council, rows = make_small_council(seed)
    client = sign_in(make.make_council_officer(council=council), council=council)
    seen = 0
    for word in PUBLISHED:
        for address in (f"figures/{word}/parts.csv", f"figures/{word}/file.csv", f"homes/{rows[0].pk}/{word}/file.csv"):
            for row in rows_of(client.get(f"/council/{address}"))[1:]:
                for count in row[1:3]:
                    assert count == "" or int(count) == 0 or int(count) >= 5, (address, row)
                    seen += count != ""
    assert seen > 20


def test_a_council_without_homes_says_so(sign_in: SignIn) -> None:
    council = make.make_council()
    client = sign_in(make.make_council_officer(council=council), council=council)
    assert "No home of this council uses the record yet" in client.get("/council/").content.decode()


def test_a_council_without_a_published_month_names_its_homes(sign_in: SignIn) -> None:
    home = make.make_home()
    client = sign_in(make.make_council_officer(council=home.council), council=home.council)
    body = client.get("/council/").content.decode()
    assert home.name in body
    assert "No month is published yet" in body


def test_the_overview_takes_as_many_statements_for_many_homes_as_for_few(
    homes: list[CareHome], sign_in: SignIn
) -> None:
    client = officer_of(homes, sign_in)
    client.get("/council/")
    with CaptureQueriesContext(connection) as few:
        client.get("/council/")
    for _ in range(4):
        for month in MONTHS:
            write_month(another := make.make_home(council=homes[0].council), month)
            assert another
    with CaptureQueriesContext(connection) as many:
        client.get("/council/")
    assert len(many) == len(few)
