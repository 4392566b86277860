import gc

import pytest

from app.eligibility.bulk.collection import collection_held


def test_the_collector_rests_within_and_goes_on_after_it() -> None:
    with collection_held():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_a_failure_too() -> None:
    with pytest.raises(ZeroDivisionError), collection_held():
        1 / 0  # noqa: B018 - for its error
    assert gc.isenabled()


def test_where_the_collector_was_off_it_stays_off() -> None:
    gc.disable()
    try:
        with collection_held():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
