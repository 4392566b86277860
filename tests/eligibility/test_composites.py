"""How branches add up, as tables: Y yes, N no, U unknown; n/a does not apply; (Y) applies perhaps."""

from itertools import combinations, product

import pytest

from app.eligibility.composites import DROPPED, Standing, combined, mirrored, only_where
from app.eligibility.verdicts import Verdict, all_of, any_of, at_least, negated

_LETTERS = {"Y": Verdict.YES, "N": Verdict.NO, "U": Verdict.UNKNOWN}


def branch(text: str) -> Standing:
    if text == "n/a":
        return DROPPED
    return _LETTERS[text.strip("()")], None if text.startswith("(") else True


def branches(text: str) -> list[Standing]:
    return [branch(one) for one in text.split()]


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        ("Y", "Y", "Y", "Y"),
        ("Y", "U", "U", "Y"),
        ("Y", "N", "N", "Y"),
        ("U", "Y", "U", "Y"),
        ("U", "U", "U", "U"),
        ("U", "N", "N", "U"),
        ("N", "Y", "N", "Y"),
        ("N", "U", "N", "U"),
        ("N", "N", "N", "N"),
    ],
)
def test_and_or_follow_the_truth_table(one, other, both, either):
    found = [branch(one), branch(other)]
    assert combined(2, found) == branch(both)
    assert combined(1, found) == branch(either)


@pytest.mark.parametrize(("one", "mirror"), [("Y", "N"), ("N", "Y"), ("U", "U"), ("n/a", "n/a"), ("(Y)", "(N)")])
def test_not_mirrors_the_verdict_and_applies_to_the_same_people(one, mirror):
    assert mirrored(branch(one)) == branch(mirror)


@pytest.mark.parametrize(
    ("needed", "found", "verdict"),
    [
        (2, "Y Y N", "Y"),
        (2, "Y Y U", "Y"),
        (2, "Y N U", "U"),
        (2, "Y N N", "N"),
        (2, "U U N", "U"),
        (2, "U N N", "N"),
        (3, "Y Y U", "U"),
        (1, "N N N", "N"),
    ],
)
def test_at_least_counts(needed, found, verdict):
    assert combined(needed, branches(found)) == branch(verdict)


@pytest.mark.parametrize(
    ("needed", "found", "verdict"),
    [
        # a branch that does not apply is dropped
        (2, "Y n/a", "Y"),
        (2, "N n/a", "N"),
        (1, "N n/a", "N"),
        (1, "U n/a", "U"),
        # at least 2 of 3, one of which does not apply: 2 of the others
        (2, "Y Y n/a", "Y"),
        (2, "Y N n/a", "N"),
        # fewer are left than are needed: all that are left
        (2, "Y n/a n/a", "Y"),
        (2, "N n/a n/a", "N"),
        # nothing is left
        (2, "n/a n/a", "n/a"),
        (1, "n/a", "n/a"),
    ],
)
def test_a_branch_that_does_not_apply_is_dropped(needed, found, verdict):
    assert combined(needed, branches(found)) == branch(verdict)


@pytest.mark.parametrize(
    ("needed", "found", "verdict"),
    [
        # AND: with the branch and without it
        (2, "Y (Y)", "Y"),
        (2, "Y (N)", "U"),
        (2, "Y (U)", "U"),
        (2, "N (Y)", "N"),
        (2, "N (N)", "N"),
        (2, "U (N)", "U"),
        # OR
        (1, "Y (N)", "Y"),
        (1, "N (Y)", "U"),
        (1, "N (N)", "N"),
        (1, "N (U)", "U"),
        # nothing but branches that apply perhaps
        (2, "(Y) (Y)", "(Y)"),
        (2, "(N) (N)", "(N)"),
        (2, "(Y) (N)", "(U)"),
        (1, "(Y) (N)", "(U)"),
        (1, "(Y) n/a", "(Y)"),
        # at least 2: yes with all of them and with none, but not with the no alone
        (2, "Y (N) (Y)", "U"),
        (2, "Y Y (N)", "Y"),
        (2, "N N (Y)", "N"),
        (2, "N Y (Y)", "U"),
    ],
)
def test_where_it_is_unknown_whether_a_branch_applies_it_must_hold_either_way(needed, found, verdict):
    assert combined(needed, branches(found)) == branch(verdict)


@pytest.mark.parametrize(
    ("condition", "then", "whole"),
    [
        ("Y", "Y", "Y"),
        ("Y", "N", "N"),
        ("Y", "U", "U"),
        ("N", "Y", "n/a"),
        ("N", "N", "n/a"),
        ("N", "U", "n/a"),
        ("U", "Y", "(Y)"),
        ("U", "N", "(N)"),
        ("U", "U", "(U)"),
        # `then` for some people only
        ("Y", "n/a", "n/a"),
        ("U", "n/a", "n/a"),
        ("Y", "(N)", "(N)"),
        # a condition for some people only: where it is dropped it restricts nothing
        ("n/a", "Y", "Y"),
        ("(Y)", "N", "N"),
        ("(N)", "N", "(N)"),
        ("(U)", "Y", "(Y)"),
    ],
)
def test_only_if_asks_those_of_whom_the_condition_holds(condition, then, whole):
    assert only_where(branch(condition), branch(then)) == branch(whole)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_what_is_sure_holds_whichever_of_the_doubtful_branches_apply(size):
    standings = [branch(text) for text in ("Y", "N", "U", "(Y)", "(N)", "(U)")]
    for found in product(standings, repeat=size):
        for needed in range(1, size + 1):
            verdict, applies = combined(needed, found)
            possible = set(_with_every_choice(needed, found))
            if applies is True:
                expected = possible.pop() if len(possible) == 1 else Verdict.UNKNOWN
                assert verdict is expected
            else:
                certain = {verdict for verdict in possible if verdict is not None}
                assert verdict is (certain.pop() if len(certain) == 1 else Verdict.UNKNOWN)


def _with_every_choice(needed, found):
    certain = [verdict for verdict, applies in found if applies]
    doubtful = [verdict for verdict, applies in found if applies is None]
    for count in range(len(doubtful) + 1):
        for chosen in combinations(doubtful, count):
            left = [*certain, *chosen]
            yield at_least(min(needed, len(left)), left) if left else None


def test_the_simple_forms_agree_with_counting():
    for verdicts in product(Verdict, repeat=3):
        standings = [(verdict, True) for verdict in verdicts]
        assert combined(3, standings)[0] is all_of(verdicts)
        assert combined(1, standings)[0] is any_of(verdicts)
        assert all_of(verdicts) is negated(any_of(negated(verdict) for verdict in verdicts))


def test_a_verdict_is_no_bool():
    with pytest.raises(TypeError, match="three values"):
        assert Verdict.YES
