"""Which work about the numbers and incidents runs by itself."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """What the numbers say."""

    name = "quality"

    def ready(self) -> None:
        """Count days once they close, and draft incidents. Imported here: models exist only once the apps are ready."""
        from emar.demo import AFTERWARDS
        from emar.jobs import Asked, Work, register
        from emar.scope import scope
        from quality.operations import daily_letter
        from quality.operations.figures import close_days
        from quality.operations.going_live import write_readiness
        from quality.operations.incidents import draft
        from quality.operations.savings import count

        def close_days_of_home(asked: Asked) -> None:
            with scope(home=asked.home_id):
                close_days(home_id=asked.home_id, at=asked.at)

        def draft_incidents(asked: Asked) -> None:
            with scope(home=asked.home_id):
                draft(home_id=asked.home_id, at=asked.at)

        def count_savings(asked: Asked) -> None:
            with scope(home=asked.home_id):
                count(home_id=asked.home_id, at=asked.at)
                write_readiness(home_id=asked.home_id, at=asked.at)

        def write_letters(asked: Asked) -> None:
            with scope(home=asked.home_id):
                daily_letter.write(home_id=asked.home_id, at=asked.at)

        def send_letter(asked: Asked) -> None:
            daily_letter.send(home_id=asked.home_id, letter_id=UUID(asked.key), at=asked.at)

        def tell_of_demo_home(home: Any, at: datetime) -> None:
            # The demo's own people and words are loaded only where there is a demo.
            from quality.demo.in_home import tell_of_home

            tell_of_home(home, at)

        AFTERWARDS.append(tell_of_demo_home)
        register(Work("write_daily_letters", write_letters, daily_at=time(7)))
        register(Work(daily_letter.SEND, send_letter))
        register(Work("count_savings", count_savings, daily_at=time(3)))
        register(Work("draft_incidents", draft_incidents, every=timedelta(minutes=15)))
        # Every hour, so that a late record shows on the same day.
        register(Work("close_days", close_days_of_home, every=timedelta(hours=1)))
