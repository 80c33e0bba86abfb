"""Is a pack one of those that are called back?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stock.rules.recalls import Called, affects, batch_key

GTIN, OTHER = "05012345678900", "05099999999907"
BATCHES = st.text("AB12 -/.", min_size=1, max_size=8).filter(batch_key)


@pytest.mark.parametrize("typed", ["AB123", "ab123", " AB 123 ", "AB-123", "Ab.12 3", "AB/123"])
def test_a_batch_typed_otherwise_is_the_same_batch(typed: str) -> None:
    assert affects(Called("", ("AB123",)), gtins=[GTIN], batch=typed) == "affected"


def test_a_batch_that_only_begins_the_same_is_another() -> None:
    assert affects(Called("", ("AB123",)), gtins=[GTIN], batch="AB1234") is None


@pytest.mark.parametrize(
    ("called", "gtins", "batch", "expected"),
    [
        (Called(GTIN), [GTIN], "", "affected"),
        (Called(GTIN), [OTHER], "AB1", None),
        (Called(GTIN), [], "AB1", None),  # nothing that the alert names is known of the pack
        (Called(GTIN), [OTHER, GTIN], "", "affected"),
        (Called(GTIN, ("AB1",)), [GTIN], "AB1", "affected"),
        (Called(GTIN, ("AB1",)), [GTIN], "AB2", None),
        (Called(GTIN, ("AB1",)), [OTHER], "AB1", None),
        (Called(GTIN, ("AB1",)), [GTIN], "", "look"),
        (Called(GTIN, ("AB1",)), [], "AB1", "look"),
        (Called(GTIN, ("AB1",)), [], "", None),
        (Called("", ("AB1",)), [], "AB1", "affected"),
        (Called("", ("AB1",)), [GTIN], "", None),
        (Called("", ("AB1", "CD2")), [GTIN], "cd 2", "affected"),
        (Called("", ("AB1",)), [], "--", None),  # a dash for "none" is no batch
    ],
)
def test_named_cases(called: Called, gtins: list[str], batch: str, expected: str | None) -> None:
    assert affects(called, gtins=gtins, batch=batch) == expected


@given(batches=st.lists(BATCHES, min_size=1, max_size=4), which=st.integers(0, 3), has_gtin=st.booleans())
def test_every_batch_named_is_found_however_it_is_written(batches: list[str], which: int, has_gtin: bool) -> None:
    called = Called(GTIN if has_gtin else "", tuple(batches))
    printed = batches[which % len(batches)]
    for written in (printed.lower(), f" {printed} ", printed.replace("-", " "), batch_key(printed)):
        assert affects(called, gtins=[GTIN], batch=written) == "affected"


@given(
    gtins=st.sets(st.sampled_from([GTIN, OTHER])),
    batch=st.text("AB12", max_size=3),
    called=st.tuples(st.sampled_from(["", GTIN]), st.lists(st.text("AB12", min_size=1, max_size=3), max_size=2)),
)
def test_knowing_less_of_a_pack_never_clears_one_that_is_called_back(
    gtins: set[str], batch: str, called: tuple[str, list[str]]
) -> None:
    """A pack that is called back may become one to look at, where the alert's other half is still known of it."""
    what = Called(called[0], tuple(called[1]))
    if affects(what, gtins=gtins, batch=batch) == "affected":
        if what.gtin and what.keys:
            assert affects(what, gtins=gtins, batch="") == affects(what, gtins=(), batch=batch) == "look"
        elif what.gtin:
            assert affects(what, gtins=gtins, batch="") == "affected"
        else:
            assert affects(what, gtins=(), batch=batch) == "affected"
