"""Does every write say who did it and when, and is every write called by name?"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

import pytest

APPS = ("emar", "stock", "ordering", "quality")
#: Modules that only an operation calls: the steps of one act, inside its own transaction.
STEPS = {"dmd_merge", "dmd_staging", "dmd_steps", "dose_findings", "dose_stock"}
#: Batches take what is done as their one argument by place: each act in it says its own person and instant.
BATCHES = {
    "emar.operations.administrations.record": "doses",
    "emar.operations.device_events.receive": "raw",
}
#: Operations without `by`, and who is known to have acted instead.
WITHOUT_BY = {
    "emar.operations.administrations.record": "each dose says who gave it",
    "emar.operations.closing.close_home": "nobody: the system closes what nobody answered",
    "emar.operations.device_events.receive": "each event says who did it",
    "quality.operations.going_live.write_readiness": "nobody: the system works it out",
    "quality.operations.daily_letter.write": "nobody: the system writes what waits",
    "quality.operations.daily_letter.send": "nobody: the system",
    "quality.operations.savings.count": "nobody: the system counts again",
    "emar.operations.jobs.run_one": "nobody: the system does what is due",
    "emar.operations.jobs.start_periodic": "nobody: every home has it",
    "emar.operations.register.write_counts": "each count says who counted",
    "ordering.operations.calendar.open_cycle": "part of the operation that calls it",
    "ordering.operations.drafting.draft_cycle": "nobody: the system drafts on time",
    "ordering.operations.drafting.draft_again": "nobody: the system looks again every day",
    "ordering.operations.following.match_notes": "nobody: the system compares notes with orders",
    "ordering.operations.reminders.chase_causes": "finds what to ask for, writes nothing",
    "ordering.operations.reminders.remind": "nobody: the system asks for what is due",
    "ordering.operations.reminders.warn_of_run_outs": "nobody: the system warns",
    "ordering.operations.cancelling.cancel_stopped": "nobody: the system takes back what stopped",
    "ordering.operations.sending.tell_by_hand": "part of the operation that calls it",
    "ordering.operations.sending.send": "whoever approved the order; the system only hands it over",
    "emar.operations.tasks.tell_of_refusals": "each dose says who gave it",
    "emar.operations.devices.enrol": "the manager who made the code",
    "emar.operations.devices.identify": "finds the calling device, writes nothing",
    "emar.operations.devices.renew_lease": "the device itself, by calling",
    "emar.operations.devices.signed_in_staff": "says who it is, writes nothing",
    "stock.operations.ledger.write_movements": "each movement says who moved it",
    "stock.operations.ledger.lock_home": "the lock of the operation that calls it",
    "stock.operations.ledger.line_ids": "part of the operation that calls it",
    "stock.operations.packs.quarantine": "the audit of the operation that calls it says who",
    "stock.operations.packs.finish_counted_empty": "the count in which nothing was found says who",
    "stock.operations.packs.finish_packs_of_empty_lines": "nobody: the closing job, when the book holds nothing",
    "emar.operations.counts.differences": "nobody: the closing job asks for what nobody was told of",
    "emar.operations.counts.tell_of_differences": "nobody: part of the operation that found them",
    "emar.operations.storage.missing_readings": "nobody: the closing job asks for what nobody read",
    "quality.operations.figures.close_days": "nobody: the system counts what was recorded",
    "quality.operations.figures.rebuild_figures": "nobody: the system counts what was recorded",
}
WITHOUT_AT = {
    "emar.operations.second_factor.begin": "a key that no phone has confirmed opens nothing: nothing happened yet",
    "emar.operations.devices.identify": "finds the calling device, writes nothing",
    "emar.operations.register.write_counts": "each count says when",
    "stock.operations.ledger.lock_home": "the lock of the operation that calls it",
    "stock.operations.ledger.line_ids": "a line has no instant of its own",
    "stock.operations.packs.quarantine": "the audit of the operation that calls it says when",
    "stock.operations.packs.finish_counted_empty": "the count in which nothing was found says when",
}
#: Functions in these modules that are no operation.
PLAIN = {"stock.operations.ledger.lock_home"}


def operations() -> Iterator[tuple[str, Callable[..., object]]]:
    for app in APPS:
        try:
            package = importlib.import_module(f"{app}.operations")
        except ModuleNotFoundError:
            continue
        for found in pkgutil.iter_modules(package.__path__):
            if found.name in STEPS:
                continue
            module = importlib.import_module(f"{app}.operations.{found.name}")
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and not name.startswith("_"):
                    yield f"{module.__name__}.{name}", function


OPERATIONS = dict(operations())
WRITES = {name: function for name, function in OPERATIONS.items() if name not in PLAIN}


def test_there_are_operations() -> None:
    assert len(WRITES) >= 18
    assert {*BATCHES, *WITHOUT_BY, *WITHOUT_AT, *PLAIN} - OPERATIONS.keys() == set(), "exceptions that are no more"


@pytest.mark.parametrize("name", WRITES)
def test_an_operation_is_called_by_name(name: str) -> None:
    parameters = inspect.signature(WRITES[name]).parameters.values()
    by_place = [each.name for each in parameters if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert by_place == ([BATCHES[name]] if name in BATCHES else [])


@pytest.mark.hazard("H17", control="every write takes who did it and when", shows="exists")
@pytest.mark.parametrize("name", WRITES)
def test_an_operation_takes_who_and_when(name: str) -> None:
    parameters = inspect.signature(WRITES[name]).parameters
    assert ("by" in parameters) != (name in WITHOUT_BY), name
    assert ("at" in parameters) != (name in WITHOUT_AT), name
    if "at" in parameters:
        # A default would be the server's clock hidden in an operation: tests and imports could not set it.
        assert parameters["at"].default is inspect.Parameter.empty


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_does(name: str) -> None:
    first = (inspect.getdoc(OPERATIONS[name]) or "").split("\n\n")[0]
    assert len(first) > 20
    assert first[0].isupper()
    # After the last sentence its source may stand: (NICE SC1 1.14).
    assert first.rstrip().endswith((".", ":", ")"))


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_operation_looks_at_the_clock_itself(name: str) -> None:
    module = inspect.getmodule(OPERATIONS[name])
    source = inspect.getsource(module)
    assert "timezone.now" not in source
    assert "datetime.now" not in source
