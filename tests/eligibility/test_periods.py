from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.periods import BY_DATE, SURELY, SURELY_NOT, UNKNOWN, either, either_all, every
from app.eligibility.verdicts import Verdict

BETWEEN = st.sampled_from([SURELY, SURELY_NOT, UNKNOWN, BY_DATE, (Verdict.NO, Verdict.UNKNOWN)])


@given(known=BETWEEN, parts=st.lists(BETWEEN, max_size=4))
def test_parts_that_all_must_be_met_add_to_what_is_known_what_they_come_to(known, parts):
    assert either_all(known, parts) == either(known, every(parts))


def test_no_more_parts_are_looked_at_than_can_make_a_difference():
    looked_at = iter([SURELY, UNKNOWN, SURELY_NOT])
    assert either_all(UNKNOWN, looked_at) == UNKNOWN
    assert list(looked_at) == [SURELY_NOT]
    looked_at = iter([SURELY, SURELY_NOT, UNKNOWN])
    assert every(looked_at) == SURELY_NOT
    assert list(looked_at) == [UNKNOWN]
