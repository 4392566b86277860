"""The smallest hitting set, beside trying every choice."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from app.matching.learning.hitting_set import smallest_hitting_set

SETS = st.lists(st.frozensets(st.integers(0, 7), min_size=1, max_size=4), max_size=9)


@given(SETS)
def test_no_smaller_choice_meets_every_set(sets):
    found = smallest_hitting_set(sets, range(8))

    assert all(not members.isdisjoint(found) for members in sets)
    assert list(found) == sorted(found)
    for fewer in range(len(found)):
        assert not any(
            all(not members.isdisjoint(choice) for members in sets) for choice in combinations(range(8), fewer)
        )


def test_of_several_smallest_choices_the_first_in_the_order_is_taken():
    assert smallest_hitting_set([frozenset("ab")], "ba") == ("b",)
    assert smallest_hitting_set([], "ba") == ()
