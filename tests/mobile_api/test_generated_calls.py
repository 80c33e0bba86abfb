"""Does any call that the API's own description allows, or nearly allows, make the server fail?"""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.tablet import API, Tablet


@pytest.fixture
def _one_connection(tablet: Tablet) -> Iterator[None]:
    """Keep the test's own connection open between calls, as the test client does while it calls."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.filterwarnings("default")  # the generator's own libraries warn of their own changes
@pytest.mark.hazard("H20", control="no generated call makes the device API fail", shows="works")
def test_no_generated_call_makes_the_server_fail(tablet: Tablet) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{API}openapi.json", WSGIHandler())
    operations = [each.ok() for each in schema.get_all_operations()]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    answered: dict[str, set[int]] = {each.label: set() for each in operations}

    @given(st.one_of([each.as_strategy(generation_mode=mode) for each in operations for mode in modes]))
    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def call(case: schemathesis.Case) -> None:
        reply = case.call(headers=tablet.headers)
        answered[case.operation.label].add(reply.status_code)
        assert reply.status_code < 500, case.as_curl_command()
        if reply.status_code >= 400 and reply.status_code not in (404, 405):
            assert set(reply.json()) >= {"code", "detail"}

    call()
    # Every route was reached, and not only to be refused at the door.
    assert {label for label, statuses in answered.items() if statuses} == set(answered)
    assert {200, 422} <= set.union(*answered.values())
