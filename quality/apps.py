"""Which work about the numbers and incidents runs by itself."""

from datetime import timedelta

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """What the numbers say."""

    name = "quality"

    def ready(self) -> None:
        """Count days once they close, and draft incidents. Imported here: models exist only once the apps are ready."""
        from emar.jobs import Asked, Work, register
        from emar.scope import scope
        from quality.operations.figures import close_days
        from quality.operations.incidents import draft

        def close_days_of_home(asked: Asked) -> None:
            with scope(home=asked.home_id):
                close_days(home_id=asked.home_id, at=asked.at)

        def draft_incidents(asked: Asked) -> None:
            with scope(home=asked.home_id):
                draft(home_id=asked.home_id, at=asked.at)

        register(Work("draft_incidents", draft_incidents, every=timedelta(minutes=15)))
        # Every hour, so that a late record shows on the same day.
        register(Work("close_days", close_days_of_home, every=timedelta(hours=1)))
