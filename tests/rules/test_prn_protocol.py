"""Does a when-required protocol say what a carer needs, or say what is missing?"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.prn_protocol import PrnProtocol, ProtocolError, condition_of, protocol_from_json

words = st.text(max_size=20)


@given(
    st.builds(
        PrnProtocol,
        condition=words.filter(str.strip),
        signs=words.filter(str.strip),
        can_ask=st.booleans(),
        choosing=words,
        try_first=words,
        order=st.none() | st.integers(1, 9),
        expected_effect=words,
        effect_after_minutes=st.none() | st.integers(1, 7 * 24 * 60),
        review_on=st.none() | st.dates(),
        call_when=words,
    )
)
def test_a_protocol_comes_back_from_json_as_it_was(protocol: PrnProtocol) -> None:
    assert protocol_from_json(protocol.to_json()) == protocol


def test_what_is_usual_is_not_written_down() -> None:
    assert PrnProtocol("pain").to_json() == {"condition": "pain"}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({}, "what the medicine is for"),
        ({"condition": "  "}, "what the medicine is for"),
        ({"condition": "agitation", "can_ask": False}, "how staff can tell"),
        ({"condition": "pain", "order": 0}, "starts at 1"),
        ({"condition": "pain", "effect_after_minutes": 0}, "one minute and seven days"),
        ({"condition": "pain", "review_on": "soon"}, "not a day"),
        ({"condition": "pain", "dose": "2"}, "has no 'dose'"),
        ("pain", "written as fields"),
    ],
)
def test_a_protocol_that_nobody_could_follow_is_refused_in_words(value: object, says: str) -> None:
    with pytest.raises(ProtocolError, match=says):
        protocol_from_json(value)


def test_the_condition_of_a_stored_protocol() -> None:
    assert condition_of(PrnProtocol("pain", review_on=date(2027, 1, 1)).to_json()) == "pain"
    assert condition_of(None) == ""
