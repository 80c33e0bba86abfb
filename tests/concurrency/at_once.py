"""How acts are made to happen at the same moment, each on a connection of its own."""

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from stock.models import LedgerHead
from stock.rules.balance import START_OF_CHAIN

APPS = ("emar.", "stock.", "ordering.", "quality.")
#: Long enough for the others to come when nothing holds them back.
PATIENCE = 0.4


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each act in a thread of its own and return, in order, what it returned or raised."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[number] = act()
        except Exception as problem:  # noqa: BLE001  what was raised is the result
            results[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Meeting:
    """A place in the code where everybody waits until all have come, or until it is clear that they cannot.

    Under a lock only one ever comes, waits a moment in vain and goes on; without it all stand here together,
    each having read what the others have not yet written.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, where: object, name: str, people: int = 2) -> None:
        self.together = threading.Barrier(people, timeout=PATIENCE)
        read = getattr(where, name)

        def and_wait(*asked: Any, **named: Any) -> Any:
            found = read(*asked, **named)
            self.wait()
            return found

        monkeypatch.setattr(where, name, and_wait)

    def wait(self) -> None:
        """Wait for the others."""
        try:
            self.together.wait()
        except threading.BrokenBarrierError:
            pass


def take_the_lock_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody read the home's head without waiting for anybody: the negative control."""

    def only_read(home_id: int) -> LedgerHead:
        head = LedgerHead.objects.filter(pk=home_id).first()
        return head or LedgerHead(home_id=home_id, sequence=0, hash=START_OF_CHAIN)

    # Wherever it was imported: an operation that is forgotten here would hold the lock for all the others.
    for name, module in list(sys.modules.items()):
        if name.startswith(APPS) and hasattr(module, "lock_home"):
            monkeypatch.setattr(module, "lock_home", only_read)
