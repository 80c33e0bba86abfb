"""Figures and trends of a home, as its manager sees them."""

import csv
import io
from datetime import timedelta

import pytest

from emar.models import CareHome
from emar.scope import scope
from quality.models import DailyFigure, DailyKind, Rebasing
from quality.rules.measures import MEASURES
from tests import factories as make
from tests.factories import NOW
from tests.pages.conftest import SignIn
from tests.pages.with_figures import with_figures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def home() -> CareHome:
    return make.make_home()


def manager_of(home: CareHome, sign_in: SignIn, *, days: int = 30):  # type: ignore[no-untyped-def]
    manager = make.make_staff_member(home=home, role="manager", full_name="Mo Manager")
    unit = make.make_unit(home=home, name="Oak")
    if days:
        with_figures(unit, manager, days=days)
    return sign_in(manager, home=home)


def test_a_home_without_figures_is_told_when_there_will_be_some(home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in, days=0)
    for address in ("/figures/", "/trends/", "/trends/missed/"):
        assert "There are no figures yet" in client.get(address).content.decode()
    assert client.get("/figures/file.csv").content.count(b"\n") == 1


def test_every_figure_has_its_numerator_denominator_and_completeness(home: CareHome, sign_in: SignIn) -> None:
    body = manager_of(home, sign_in).get("/figures/?period=28").content.decode()
    # Six missed of a hundred due and five given beside, on each of 28 days.
    assert '57.1<span class="figures__meaning">per 1,000 doses given or due</span>' in body
    assert "168 of 2,940" in body
    assert "all 28 days have closed" in body
    for measure in MEASURES.values():
        assert measure.name in body


def test_figures_are_taken_apart_step_by_step(home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in)
    by_class = client.get("/figures/?by=medicine_class").content.decode()
    assert "Pain relief" in by_class
    assert "medicine_class=pain&amp;by=time_of_day" in by_class
    alone = client.get("/figures/?medicine_class=pain&by=time_of_day").content.decode()
    assert "Morning, 08:00 to 10:59" in alone
    assert "Nothing happened here" in client.get("/figures/?medicine_class=epilepsy&by=round").content.decode()


def test_a_changed_day_says_on_what_day_it_changed_and_how(home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in)
    with scope(home=home.pk):
        row = DailyFigure.objects.latest("day_on")
        row.as_closed, row.missed, row.changed_at = row.numbers, 4, NOW
        row.save()
    body = client.get("/figures/").content.decode()
    assert "1 day changed by late records" in body
    assert "missed 6 → 4" in body
    assert "by late records" in body


def test_incomplete_figures_say_what_is_missing(home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in, days=5)
    with scope(home=home.pk):
        DailyFigure.objects.filter(day_on=(NOW - timedelta(days=3)).date()).update(silent_devices=2, still_open=1)
    body = client.get("/figures/?period=7").content.decode()
    assert "2 devices had not been heard of" in body
    assert "1 dose could still be answered" in body


def test_kinds_are_told_and_what_was_stopped_stands_apart(home: CareHome, sign_in: SignIn) -> None:
    body = manager_of(home, sign_in).get("/figures/").content.decode()
    assert "Too early" in body
    assert body.index("Reached the person") < body.index("Stopped before the person")


@pytest.mark.parametrize("measure", MEASURES)
def test_every_figure_has_a_chart_with_its_table_and_file(measure: str, home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in, days=60)
    body = client.get(f"/trends/{measure}/").content.decode()
    rows = list(csv.reader(io.StringIO(client.get(f"/trends/{measure}/file.csv").content.decode("utf-8-sig"))))
    assert body.count('<tr><th scope="row">') == len(rows) - 1 >= 7
    if any(row[3] for row in rows[1:]):
        assert body.count('class="chart__mark ') >= len(rows) - 1
        assert 'role="img"' in body


def test_screening_is_a_setting_that_the_chart_says(home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in, days=60)
    assert "3.267" in client.get("/trends/missed/?chart=xmr").content.decode()
    assert "No moving range was left out" in client.get("/trends/missed/?chart=xmr&screen=no").content.decode()


def test_a_target_has_a_sign_of_its_own(home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in, days=60)
    assert "Will meet the target" in client.get("/trends/on_time/?target=50").content.decode()
    assert "Will miss the target" in client.get("/trends/on_time/?target=99").content.decode()
    assert client.get("/trends/on_time/?target=nonsense").status_code == 200


@pytest.mark.parametrize("chart", ["t", "g"])
def test_rare_events_are_drawn_by_what_lies_between_them(chart: str, home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in, days=40)
    with scope(home=home.pk):
        for back in (3, 9, 20, 21, 33):
            DailyFigure.objects.filter(day_on=(NOW - timedelta(days=back)).date()).update(given_wrongly=1)
    rows = list(csv.reader(io.StringIO(client.get(f"/trends/given_wrongly/file.csv?chart={chart}").content.decode())))
    assert [row[1] for row in rows[1:]] == {"t": ["12", "1", "11", "6"], "g": ["1260", "105", "1155", "630"]}[chart]
    assert "between" in client.get(f"/trends/given_wrongly/?chart={chart}").content.decode()


def test_a_manager_begins_new_limits_and_takes_them_back(home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in)
    said = {"from_on": "2026-11-10", "why": "staffing"}
    assert client.post("/trends/new-limits/", said).status_code == 302
    assert "another staffing" in client.get("/trends/").content.decode()
    again = client.post("/trends/new-limits/", said)
    assert (again.status_code, "have new limits from that day on already" in again.content.decode()) == (200, True)
    with scope(home=home.pk):
        made = Rebasing.objects.get(why="staffing")
    client.post(f"/trends/new-limits/{made.pk}/withdraw/")
    assert "another staffing" not in client.get("/trends/").content.decode()


def test_new_limits_cannot_begin_in_the_future(home: CareHome, sign_in: SignIn) -> None:
    answer = manager_of(home, sign_in).post("/trends/new-limits/", {"from_on": "2027-01-01", "why": "process"})
    assert answer.status_code == 200
    with scope(home=home.pk):
        assert not Rebasing.objects.filter(why="process").exists()


def test_nobodys_own_words_are_in_a_file(home: CareHome, sign_in: SignIn) -> None:
    client = manager_of(home, sign_in)
    with scope(home=home.pk):
        assert set(DailyKind.objects.values_list("code", flat=True)) == {"too_early", "early", "wrong_time"}
    lines = client.get("/figures/file.csv?by=unit").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + 2 * len(MEASURES)


def test_an_unknown_figure_is_not_there(home: CareHome, sign_in: SignIn) -> None:
    assert manager_of(home, sign_in).get("/trends/nonsense/").status_code == 404
