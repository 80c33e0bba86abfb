"""Does the demo show an ordering cycle under way, and does filling it again add nothing?"""

from emar.demo.council import PASSWORD, PHARMACIST
from emar.models import Task
from emar.scope import scope
from emar.sign_in import PasswordBackend
from ordering.demo import order_in_demo
from ordering.models import Order, OrderEvent
from ordering.queries import orders, supplied
from tests.demo.conftest import NOW, Demo


def test_one_order_waits_for_review_one_was_sent_and_one_item_is_short(demo: Demo) -> None:
    with scope(home=demo.home_id):
        placed = orders.orders(demo.home_id)
        states = sorted(each.state for each in placed)
        assert states == ["draft", "sent", "sent"]
        short = [item for each in placed for item in each.required if item.standing.owing]
        assert len(short) == 1
        draft = next(each for each in placed if each.state == "draft")
        assert draft.unanswered
        assert all(each.line.sentence for each in draft.items)
        kinds = set(Task.objects.filter(closed_at__isnull=True).values_list("kind", flat=True))
    assert {"order_to_review", "chase_order"} <= kinds


def test_the_pharmacys_person_signs_in_and_sees_what_was_sent(demo: Demo) -> None:
    person = PasswordBackend().authenticate(None, PHARMACIST, PASSWORD)
    assert person is not None
    with scope(staff_member=person.pk):
        assert [each.home_id for each in supplied.homes(person.pk)] == [demo.home_id]
        assert supplied.items(person.pk, since=NOW.date())


def test_ordering_again_at_the_same_time_adds_nothing(demo: Demo) -> None:
    def counts() -> tuple[int, int, int]:
        with scope(home=demo.home_id):
            return Order.objects.count(), OrderEvent.objects.count(), Task.objects.count()

    before = counts()
    order_in_demo(demo.filled.homes[0], NOW)
    assert counts() == before
