"""Which of ordering's work runs by itself."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.apps import AppConfig


class OrderingConfig(AppConfig):
    """What to order, and what arrived."""

    name = "ordering"

    def ready(self) -> None:
        """Register drafting, sending, reminding and warning. Imported here: models exist once the apps are ready."""
        from emar.demo import AFTERWARDS
        from emar.jobs import Asked, Work, register
        from emar.queries import second_factor
        from emar.scope import scope
        from ordering.operations import cancelling, drafting, following, reminders, sending
        from ordering.queries import supplied

        def draft(asked: Asked) -> None:
            with scope(home=asked.home_id):
                drafting.draft_cycle(home_id=asked.home_id, at=asked.at)
                drafting.draft_again(home_id=asked.home_id, at=asked.at)

        def remind(asked: Asked) -> None:
            with scope(home=asked.home_id):
                following.match_notes(home_id=asked.home_id, at=asked.at)
                cancelling.cancel_stopped(home_id=asked.home_id, at=asked.at)
                reminders.remind(home_id=asked.home_id, at=asked.at)

        def warn(asked: Asked) -> None:
            with scope(home=asked.home_id):
                reminders.warn_of_run_outs(home_id=asked.home_id, at=asked.at)

        def send(asked: Asked) -> None:
            sending.send(home_id=asked.home_id, message_id=UUID(asked.key), at=asked.at)

        def order_in_demo(home: Any, at: datetime) -> None:
            # The demo's own people and words are loaded only where there is a demo.
            from ordering import demo, demo_delivery

            demo.order_in_demo(home, at)
            demo_delivery.deliver_in_demo(home, at)

        AFTERWARDS.append(order_in_demo)
        second_factor.ALSO_FOR.append(supplied.is_partner)
        register(Work("draft_orders", draft, daily_at=time(5)))
        register(Work("remind_of_orders", remind, every=timedelta(minutes=15)))
        # A job of its own: nothing that goes wrong with orders keeps a home from being warned.
        register(Work("warn_of_run_outs", warn, every=timedelta(hours=3)))
        register(Work(sending.SEND, send))
