"""Does the demo show incidents, staff time and how far the home went live, and does filling it again add nothing?"""

from emar.scope import scope
from quality.demo.in_home import tell_of_home
from quality.models import GoLiveStep, Incident, SavingFigure, TimeSample
from quality.queries import going_live, incidents
from tests.demo.conftest import NOW, Demo


def test_there_are_drafts_to_judge_and_incidents_that_were_judged(demo: Demo) -> None:
    with scope(home=demo.home_id):
        still_open = incidents.incidents(demo.home_id, NOW)
        closed = incidents.incidents(demo.home_id, NOW, is_open=False)
    assert any(each.assessment and each.open_actions for each in still_open)
    assert closed
    assert {each.has_reached for each in (*still_open, *closed)} == {True, False}


def test_the_home_is_live_and_its_wifi_measured(demo: Demo) -> None:
    with scope(home=demo.home_id):
        assert going_live.live_since(demo.home_id) is not None
        found = going_live.survey(demo.home_id, NOW)
    assert found.rooms
    assert len(found.unmeasured) <= 2


def test_telling_of_it_again_at_the_same_time_adds_nothing(demo: Demo) -> None:
    def counts() -> list[int]:
        with scope(home=demo.home_id):
            return [each.objects.count() for each in (Incident, GoLiveStep, TimeSample, SavingFigure)]

    before = counts()
    tell_of_home(demo.filled.homes[0], NOW)
    assert counts() == before
