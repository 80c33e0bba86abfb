"""Which of the record's work runs by itself."""

from datetime import timedelta

from django.apps import AppConfig


class EmarConfig(AppConfig):
    """The record."""

    name = "emar"

    def ready(self) -> None:
        """Close rounds every ten minutes, and look for recalled packs every hour.

        Imported here: models exist only once the apps are ready.
        """
        from emar.jobs import Asked, Work, register
        from emar.operations import recalls
        from emar.operations.closing import close_home
        from emar.scope import scope

        def close_rounds(asked: Asked) -> None:
            with scope(home=asked.home_id):
                close_home(home_id=asked.home_id, at=asked.at)

        register(Work("close_rounds", close_rounds, every=timedelta(minutes=10)))

        def put_recalled_aside(asked: Asked) -> None:
            with scope(home=asked.home_id):
                recalls.catch(home_id=asked.home_id, by=None, at=asked.at)

        register(Work("recalled_packs", put_recalled_aside, every=timedelta(hours=1)))
