"""The morning's e-mail: numbers and no names, only when something waits, once a day for each reader, never lost."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from emar import jobs
from emar.models import Job
from emar.operations.jobs import run_one
from emar.scope import scope
from ordering import mail
from quality.models import DailyLetter
from quality.operations import daily_letter
from quality.queries.waiting import readers, waiting
from quality.rules.daily_letter import Waiting, body, in_order, subject
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside
from tests.ordering.post_room import PostRoom

DAY = timedelta(days=1)
WAITING = st.lists(
    st.builds(Waiting, words=st.text("abc ", min_size=1), count=st.integers(0, 50), is_urgent=st.booleans())
)


@given(WAITING)
def test_urgent_comes_first_and_nothing_is_left_out_or_added(found: list[Waiting]) -> None:
    ordered = in_order(found)
    assert sorted(map(repr, ordered)) == sorted(repr(each) for each in found if each.count)
    urgent = [each.is_urgent for each in ordered]
    assert urgent == sorted(urgent, reverse=True)
    numbers = re.findall(r"\d+", body("Home", date(2026, 11, 18), found).partition("today:")[2].partition("Sign in")[0])
    assert sorted(map(int, numbers)) == sorted(each.count for each in ordered)


def test_the_subject_says_how_many_and_how_urgent() -> None:
    assert subject("Elm", [Waiting("a", 1)]) == "Elm: 1 thing needs a person"
    assert subject("Elm", [Waiting("a", 2), Waiting("b", 3, True)]) == "Elm: 5 things need a person, 3 urgent"


@pytest.fixture
def bedside(db: None, post_room: PostRoom) -> Bedside:
    bedside = make_bedside()
    add(bedside, "manager@home.example")
    return bedside


def add(bedside: Bedside, email: str) -> Any:
    with scope(home=bedside.home.pk):
        return daily_letter.add_reader(
            reader_id=uuid7(), home_id=bedside.home.pk, email=email, by=bedside.senior.pk, at=NINE
        )


def write(bedside: Bedside, at: Any = NINE) -> int:
    with scope(home=bedside.home.pk):
        return daily_letter.write(home_id=bedside.home.pk, at=at)


def send(bedside: Bedside, at: Any = NINE) -> None:
    """Do the sending that is due, and nothing else that runs by itself."""
    while run_one(home_id=bedside.home.pk, at=at) is not None:
        pass


@pytest.fixture(autouse=True)
def only_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WORK", {daily_letter.SEND: jobs.WORK[daily_letter.SEND]})
    monkeypatch.setattr("emar.operations.jobs.WORK", jobs.WORK)


def test_where_nothing_waits_nothing_is_sent(bedside: Bedside, post_room: PostRoom) -> None:
    assert write(bedside) == 0
    send(bedside)
    assert post_room.taken == []


def test_what_waits_is_counted_and_sent_once_to_each_reader(bedside: Bedside, post_room: PostRoom) -> None:
    add(bedside, "deputy@home.example")
    make.make_discrepancy(line=bedside.line, by=bedside.senior)
    assert write(bedside) == 2
    assert write(bedside) == 0
    send(bedside)
    send(bedside)
    assert sorted(to for to, _ in post_room.taken) == ["deputy@home.example", "manager@home.example"]
    letter = post_room.letters[0]
    assert "1 thing needs a person" in letter["Subject"]
    assert re.search(r"1  Stock that does not add up", letter.get_content())
    with scope(home=bedside.home.pk):
        assert set(DailyLetter.objects.values_list("answer", flat=True)) == {"250 taken as 4711"}


def test_tomorrow_is_another_letter(bedside: Bedside, post_room: PostRoom) -> None:
    make.make_discrepancy(line=bedside.line, by=bedside.senior)
    assert (write(bedside), write(bedside, NINE + DAY)) == (1, 1)


@pytest.mark.hazard("H12", control="an e-mail names nobody", shows="works")
def test_nobody_is_named(bedside: Bedside, post_room: PostRoom) -> None:
    for day in range(3):
        due_at = NINE - timedelta(hours=1) + day * DAY
        bedside.record(
            bedside.dose(outcome="refused", amount=None, due_at=due_at, given_at=due_at), at=due_at + DAY / 24
        )
    write(bedside, NINE + 3 * DAY)
    send(bedside, NINE + 3 * DAY)
    (_, sent) = post_room.taken[0]
    letter = post_room.letters[0]
    said = sent.decode() + letter.get_content()
    names = [
        bedside.resident.full_name,
        bedside.resident.preferred_name,
        bedside.carer.full_name,
        bedside.medicine.name,
    ]
    assert "Refused several days running" in letter.get_content()
    assert [name for name in names if name in said] == []


def test_a_letter_that_was_refused_is_sent_later(bedside: Bedside, post_room: PostRoom) -> None:
    make.make_discrepancy(line=bedside.line, by=bedside.senior)
    write(bedside)
    post_room.answer = "451 later"
    assert run_one(home_id=bedside.home.pk, at=NINE) is False
    post_room.answer = ""
    send(bedside, NINE + timedelta(hours=1))
    assert len(post_room.taken) == 1


def test_killed_after_the_servers_yes_the_same_letter_goes_out_under_the_same_id(
    bedside: Bedside, post_room: PostRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.make_discrepancy(line=bedside.line, by=bedside.senior)
    write(bedside)
    real = mail.hand_over

    def killed(letter: mail.Letter) -> str:
        real(letter)
        raise ConnectionResetError

    monkeypatch.setattr(mail, "hand_over", killed)
    assert run_one(home_id=bedside.home.pk, at=NINE) is False
    monkeypatch.setattr(mail, "hand_over", real)
    send(bedside, NINE + timedelta(hours=1))
    assert len(post_room.taken) == 2
    assert post_room.taken[0] == post_room.taken[1]
    with scope(home=bedside.home.pk):
        assert DailyLetter.objects.get().sent_at is not None
        assert Job.objects.get(kind=daily_letter.SEND).finished_at is not None


def test_without_a_mail_server_nothing_is_written(bedside: Bedside, settings: Any) -> None:
    settings.SMTP_HOST = ""
    make.make_discrepancy(line=bedside.line, by=bedside.senior)
    assert write(bedside) == 0


def test_an_address_is_on_the_list_once_and_can_be_taken_off(bedside: Bedside, post_room: PostRoom) -> None:
    with pytest.raises(daily_letter.ReaderKnown):
        add(bedside, "Manager@home.example")
    make.make_discrepancy(line=bedside.line, by=bedside.senior)
    with scope(home=bedside.home.pk):
        (reader,) = readers(bedside.home.pk)
        for _ in range(2):
            daily_letter.end_reader(reader=reader, by=bedside.senior.pk, at=NINE)
        assert waiting(bedside.home.pk, NINE) != []
    assert write(bedside) == 0
    add(bedside, "manager@home.example")
    assert write(bedside) == 1
