"""A batch is called back: its packs are put aside in each home, who had doses of it is known, and nothing slips by."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from emar.models import AuditEntry, Role, Task
from emar.operations import disposal as leaving
from emar.operations import recalls
from emar.queries.disposal import candidates
from emar.queries.recalls import given_from
from emar.scope import scope
from stock.models import PackStatus, Recall, StockPack
from stock.operations.disposal import Leaving, Sending
from stock.operations.packs import quarantine
from stock.operations.recalls import Alert, NotAGtin, NothingNamed, NotOfRecall, RecallClosed, StillHere, WordsMissing
from stock.queries import recalls as queries
from tests import factories as make
from tests.bedside import HOUR, MINUTE, NINE, Bedside, make_bedside
from tests.delivery import make_waiting, sell

pytestmark = pytest.mark.django_db
GTIN = "05012345678900"


@pytest.fixture
def bedside() -> Bedside:
    return make_bedside()


def alert(**fields: Any) -> Alert:
    usual = {"id": uuid7(), "product": "Amlodipine 5mg, Quay", "level": "class_2", "told_by": "MHRA EL(26)A/12"}
    return Alert(**usual | {"batches": ["AB123"]} | fields)


def marked(bedside: Bedside, **fields: Any) -> StockPack:
    """Book in another pack of the bedside's line."""
    return make.make_stock_pack(line=bedside.line, by=bedside.senior, **{"gtin": GTIN, "batch": "AB123"} | fields)


def enter(bedside: Bedside, what: Alert) -> Recall:
    with scope(home=bedside.home.pk):
        return recalls.enter(home_id=bedside.home.pk, alert=what, by=bedside.senior.pk, at=NINE)


def standing(bedside: Bedside, recall: Recall) -> queries.RecallStanding:
    with scope(home=bedside.home.pk):
        found = queries.recall(bedside.home.pk, recall.pk)
    assert found is not None
    return found


def status(bedside: Bedside, pack: StockPack) -> str:
    with scope(home=bedside.home.pk):
        return StockPack.objects.get(pk=pack.pk).status


def tasks(bedside: Bedside, **which: Any) -> list[Task]:
    with scope(home=bedside.home.pk):
        return list(Task.objects.filter(kind=Task.Kind.PACK_RECALLED, **which))


# What is put aside


def test_the_packs_of_a_batch_are_put_aside_and_no_others(bedside: Bedside) -> None:
    called, typed, other = marked(bedside), marked(bedside, batch="ab 123", gtin=""), marked(bedside, batch="AB124")
    recall = enter(bedside, alert())
    assert [each.pack.pk for each in standing(bedside, recall).packs] == [called.pk, typed.pk]
    assert [status(bedside, each) for each in (called, typed, other, bedside.pack)] == [
        "quarantined", "quarantined", "in_use", "in_use",
    ]  # fmt: skip
    with scope(home=bedside.home.pk):
        assert AuditEntry.objects.filter(action="recall_entered", acted_by=bedside.senior).count() == 1


def test_a_barcode_number_of_thirteen_digits_calls_back_every_batch_of_the_product(bedside: Bedside) -> None:
    packs = [marked(bedside), marked(bedside, batch="")]
    enter(bedside, alert(gtin=GTIN[1:], batches=[]))
    assert {status(bedside, each) for each in packs} == {"quarantined"}
    assert status(bedside, bedside.pack) == "in_use"


def test_a_pack_whose_code_was_never_scanned_is_known_by_what_it_was_booked_in_as(bedside: Bedside) -> None:
    product = make.make_pack(medicine=bedside.medicine)
    make.make_pack_code(pack=product, gtin=GTIN)
    pack = marked(bedside, gtin="", batch="", product=product)
    [found] = standing(bedside, enter(bedside, alert(gtin=GTIN, batches=[]))).packs
    assert (found.pack.pk, found.match) == (pack.pk, "affected")


def test_a_pack_without_a_batch_waits_for_somebody_to_look_at_the_box(bedside: Bedside) -> None:
    pack = marked(bedside, batch="")
    [found] = standing(bedside, enter(bedside, alert(gtin=GTIN))).packs
    assert (found.match, status(bedside, pack)) == ("look", "quarantined")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"batches": []}, NothingNamed),
        ({"batches": [" - "]}, NothingNamed),
        ({"gtin": "5012345678901"}, NotAGtin),
        ({"product": " "}, WordsMissing),
        ({"told_by": ""}, WordsMissing),
    ],
)
def test_an_alert_that_says_too_little_is_refused(bedside: Bedside, fields: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        enter(bedside, alert(**fields))
    assert tasks(bedside) == []


def test_the_same_alert_twice_is_one(bedside: Bedside) -> None:
    marked(bedside)
    what = alert()
    assert enter(bedside, what).pk == enter(bedside, what).pk
    assert len(tasks(bedside)) == 1


def test_the_task_is_urgent_and_due_as_the_class_says(bedside: Bedside) -> None:
    marked(bedside)
    enter(bedside, alert(level="class_2"))
    enter(bedside, alert(level="class_3"))
    assert [(each.is_urgent, each.due_at - NINE) for each in tasks(bedside)] == [
        (True, timedelta(hours=48)), (False, timedelta(days=5)),
    ]  # fmt: skip


def test_nobody_is_asked_for_anything_where_no_pack_ever_was(bedside: Bedside) -> None:
    recall = enter(bedside, alert())
    assert standing(bedside, recall).packs == []
    assert tasks(bedside) == []


# What comes later


@pytest.mark.hazard("H13", control="a pack of a recalled batch that is booked in later is put aside", shows="works")
def test_a_pack_booked_in_after_the_alert_is_caught_and_asked_about_once(bedside: Bedside) -> None:
    enter(bedside, alert())
    pack = marked(bedside, batch="ab123", at=NINE + HOUR)
    assert status(bedside, pack) == "in_use"
    with scope(home=bedside.home.pk):
        found = queries.recalled(bedside.home.pk, gtin="", batch="Ab 123")
        assert found is not None
        for caught in (1, 0):
            assert recalls.catch(home_id=bedside.home.pk, by=None, at=NINE + HOUR) == caught
    assert status(bedside, pack) == "quarantined"
    assert len(tasks(bedside)) == 1


def test_a_pack_that_booking_in_put_aside_itself_is_asked_about_too(bedside: Bedside) -> None:
    enter(bedside, alert())
    marked(bedside, at=NINE + HOUR, status=PackStatus.QUARANTINED)
    with scope(home=bedside.home.pk):
        assert recalls.catch(home_id=bedside.home.pk, by=None, at=NINE + HOUR) == 0
    assert len(tasks(bedside)) == 1


def test_a_closed_recall_catches_nothing_any_more(bedside: Bedside) -> None:
    recall = enter(bedside, alert())
    with scope(home=bedside.home.pk):
        recalls.close(recall=recall, outcome="None here", by=bedside.senior.pk, at=NINE)
        assert queries.recalled(bedside.home.pk, gtin="", batch="AB123") is None
        pack = marked(bedside)
        assert recalls.catch(home_id=bedside.home.pk, by=None, at=NINE) == 0
        with pytest.raises(RecallClosed):
            recalls.close(recall=recall, outcome="Again", by=bedside.senior.pk, at=NINE)
    assert status(bedside, pack) == "in_use"


def test_the_hourly_job_catches_what_nobody_looked_for(bedside: Bedside) -> None:
    from emar.jobs import WORK, Asked

    enter(bedside, alert())
    pack = marked(bedside)
    WORK["recalled_packs"].do(Asked(bedside.home.pk, "recalled_packs", "", {}, 1, NINE))
    assert status(bedside, pack) == "quarantined"


@pytest.mark.hazard("H13", control="a pack of a recalled batch is stopped at booking in, and kept apart", shows="works")
def test_booking_in_says_that_a_pack_is_recalled_and_takes_it_only_apart() -> None:
    waiting, sold = make_waiting(), sell("Amlodipine 5mg tablets")
    waiting.prescribe(waiting.live("Ada Winterbottom"), sold)
    with scope(home=waiting.home.pk):
        recalls.enter(home_id=waiting.home.pk, alert=alert(batches=["lk-1"]), by=waiting.senior.pk, at=NINE)
    delivery = waiting.load(["Ada Winterbottom,Amlodipine 5mg tabs,28"])
    text = sold.scan(serial="S1", batch="LK1")
    told = waiting.scan(delivery, text)
    assert (told.answer.result, told.answer.codes) == ("stop", {"recalled"})
    assert "MHRA EL(26)A/12" in told.answer.findings[0].facts["words"]
    assert waiting.booked() == []
    waiting.scan(delivery, text, seen=frozenset({"recalled"}), keep_apart=True, reason="goes back with the van")
    [booked] = waiting.booked()
    assert booked.pack.status == "quarantined"
    with scope(home=waiting.home.pk):
        [task] = Task.objects.filter(kind=Task.Kind.PACK_RECALLED)
    assert (task.is_urgent, task.facts["here"]) == (True, 1)


# What came of it


def clear(bedside: Bedside, recall: Recall, pack: StockPack, words: str = "The box says CD9", step: UUID | None = None):
    with scope(home=bedside.home.pk):
        return recalls.clear_pack(
            step_id=step or uuid7(), recall=recall, pack_id=pack.pk, words=words, by=bedside.senior.pk, at=NINE + MINUTE
        )


def test_a_pack_that_is_another_batch_goes_back_into_use_and_stays_there(bedside: Bedside) -> None:
    pack = marked(bedside, batch="")
    recall, step = enter(bedside, alert(gtin=GTIN)), uuid7()
    assert clear(bedside, recall, pack, step=step).pk == clear(bedside, recall, pack, step=step).pk == step
    with scope(home=bedside.home.pk):
        assert recalls.catch(home_id=bedside.home.pk, by=None, at=NINE + HOUR) == 0
    assert status(bedside, pack) == "in_use"
    assert [each.outcome != "" for each in tasks(bedside)] == [True]
    with pytest.raises(NotOfRecall):
        clear(bedside, recall, pack)


def test_a_pack_that_was_put_aside_for_another_reason_stays_aside(bedside: Bedside) -> None:
    stopped, twice = marked(bedside), marked(bedside)
    with scope(home=bedside.home.pk):
        quarantine(home_id=bedside.home.pk, pack_ids=[stopped.pk])
    first, second = enter(bedside, alert()), enter(bedside, alert(gtin=GTIN, batches=[]))
    clear(bedside, first, stopped)
    clear(bedside, first, twice)
    assert status(bedside, stopped) == status(bedside, twice) == "quarantined"
    assert [each.pack.pk for each in standing(bedside, second).waiting] == [stopped.pk, twice.pk]


def test_a_pack_is_cleared_only_with_words(bedside: Bedside) -> None:
    pack = marked(bedside)
    with pytest.raises(WordsMissing):
        clear(bedside, enter(bedside, alert()), pack, words=" ")


def test_a_pack_that_went_back_settles_the_task_and_says_how_it_left(bedside: Bedside) -> None:
    pack = marked(bedside)
    recall = enter(bedside, alert())
    with scope(home=bedside.home.pk):
        [first, *_] = candidates(bedside.home.pk, NINE)
        assert (first.pack.pk, first.reason) == (pack.pk, "recalled")
        with pytest.raises(StillHere, match="1 pack of it still waits here"):
            recalls.close(recall=recall, outcome="Done", by=bedside.senior.pk, at=NINE)
        gone = Leaving(bedside.line.pk, first.quantity, "recalled", pack.pk, "AB123")
        sending = Sending(uuid7(), "pharmacy", [gone], receiver="Quay", collected_by="Dee")
        leaving.send(home_id=bedside.home.pk, sending=sending, by=bedside.senior.pk, at=NINE)
        recalls.note_replaced(
            step_id=uuid7(), recall=recall, pack_id=pack.pk, words="28 new", by=bedside.senior.pk, at=NINE
        )
        [found] = queries.recall(bedside.home.pk, recall.pk).packs
        assert (found.left.reason, found.is_replaced, found.waits) == ("recalled", True, False)
        closed = recalls.close(recall=recall, outcome="One pack returned", by=bedside.senior.pk, at=NINE)
    assert closed.closed_by_id == bedside.senior.pk
    assert [each.closed_at for each in tasks(bedside)] == [NINE]


# Who had doses of it


def test_who_was_given_doses_is_known_for_sure_where_the_pack_was_scanned(bedside: Bedside) -> None:
    pack, neighbour = marked(bedside), bedside.another(medicine=bedside.medicine)
    other = marked(neighbour)
    bedside.record(
        bedside.dose(pack_id=str(pack.pk)),
        bedside.dose(due_at=None, pack_id=str(pack.pk), outcome="refused", amount=None),
    )
    bedside.record(bedside.dose(due_at=None, pack_id=None, scan_source="by_hand", by_hand_reason="label torn"))
    neighbour.record(neighbour.dose())
    with scope(home=bedside.home.pk):
        found = given_from(bedside.home.pk, [pack, other])
    assert [(each.resident.pk, each.is_sure, each.doses) for each in found] == [
        (bedside.resident.pk, True, 1),
        (bedside.resident.pk, False, 1),
    ]


def test_what_a_recall_shows_takes_a_constant_number_of_statements(bedside: Bedside) -> None:
    def statements() -> int:
        with scope(home=bedside.home.pk), CaptureQueriesContext(connection) as asked:
            queries.recalls(bedside.home.pk)
        return len(asked)

    marked(bedside)
    enter(bedside, alert())
    few = statements()
    for number in range(5):
        marked(bedside, batch=f"B{number}")
        enter(bedside, alert(batches=[f"B{number}"]))
    assert statements() == few


# Several homes


def spread(*arguments: str) -> list[str]:
    out = StringIO()
    call_command(
        "recall", "--product", "Amlodipine", "--told-by", "MHRA EL(26)A/12", "--class", "1", "--batch", "AB123",
        *arguments, stdout=out,
    )  # fmt: skip
    return out.getvalue().splitlines()


@pytest.mark.hazard("H12", control="an alert for several homes opens one home after the other", shows="works")
def test_an_alert_reaches_every_home_of_a_provider_and_no_other(bedside: Bedside) -> None:
    sister, stranger = make_bedside(), make_bedside()
    packs = [marked(each) for each in (bedside, sister, stranger)]
    with scope(home=bedside.home.pk):
        provider = bedside.home.provider.name
    with make.as_owner(), scope(using="owner", council=sister.home.council_id):
        type(sister.home).objects.using("owner").filter(pk=sister.home.pk).update(provider=bedside.home.provider_id)
    said = spread("--provider", provider)
    assert said == [
        f"home {bedside.home.pk}: 1 packs, 1 put aside now",
        f"home {sister.home.pk}: 1 packs, 1 put aside now",
        "2 homes told, 0 of them before; 2 packs in 2 homes, 2 put aside now.",
    ]
    assert [status(*each) for each in zip((bedside, sister, stranger), packs, strict=True)] == [
        "quarantined", "quarantined", "in_use",
    ]  # fmt: skip
    assert spread("--provider", provider)[-1] == "2 homes told, 2 of them before; 2 packs in 2 homes, 0 put aside now."
    with scope(home=sister.home.pk):
        recall = Recall.objects.get()
        assert recall.entered_by is None
    with scope(home=bedside.home.pk):
        assert Recall.objects.get().alert == recall.alert


def test_a_command_that_says_too_little_stops_with_one_line(bedside: Bedside) -> None:
    with pytest.raises(CommandError, match="not the number under a barcode"):
        spread("--home", str(bedside.home.pk), "--gtin", "12")
    with pytest.raises(CommandError, match="There is no home 0"):
        spread("--home", "0")
    with pytest.raises(CommandError, match="No home belongs to Nobody Ltd"):
        spread("--provider", "Nobody Ltd")


def test_a_manager_enters_a_recall_for_the_own_home_only(bedside: Bedside) -> None:
    other = make_bedside()
    manager = make.make_staff_member(home=bedside.home, role=Role.MANAGER)
    pack = marked(other)
    with scope(home=bedside.home.pk):
        recalls.enter(home_id=bedside.home.pk, alert=alert(), by=manager.pk, at=NINE)
    assert status(other, pack) == "in_use"
