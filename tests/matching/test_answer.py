"""What is written for everybody once is what would be said of each patient."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json, to_json

from app.eligibility.assessor import Assessor
from app.eligibility.dates import Calendar
from app.matching.answer import Json, TrialHead, TrialWriter, listed, say_trial, written
from app.vocabulary.terms import Vocabulary
from tests.eligibility.patients import TODAY, facts_of
from tests.registry.documented import WOMAN
from tests.registry.outcomes import rules_of
from tests.registry.seeds import SLUGS, seed_record
from tests.registry.test_laws_on_the_seeds import some_of

SHARES = st.tuples(st.integers(0, 2**32).map(Random), st.sampled_from([0.0, 0.1, 0.5, 1.0]))


def head_of(slug: str) -> TrialHead:
    criteria: dict[str, Json] = {
        one.key: {"key": one.key, "statement": one.statement} for one in seed_record(slug).criteria
    }
    return TrialHead({"id": slug}, criteria)


@settings(max_examples=10, deadline=None)
@given(told=st.lists(SHARES, min_size=2, max_size=3), with_criteria=st.booleans())
def test_what_is_written_is_what_is_said(vocabulary: Vocabulary, told: list[tuple[Random, float]], with_criteria: bool):
    assessor, writer = Assessor(vocabulary), TrialWriter()
    trials = [(head_of(slug), rules_of(slug)) for slug in SLUGS]
    for chance, share in told:
        facts = facts_of(vocabulary, **some_of(WOMAN, chance, share))
        for head, rules in trials:
            finding = assessor.assess(rules, facts, Calendar(TODAY))
            said = say_trial(head, finding, with_criteria=with_criteria)
            assert from_json(writer.write(head, finding, with_criteria=with_criteria)) == from_json(to_json(said))


def test_what_is_json_already_stands_in_the_object():
    ready = {"b": listed([b"2", b'"c"']), "d": listed([])}
    assert written({"a": 1}, ready) == b'{"a":1,"b":[2,"c"],"d":[]}'
    assert written({}, {"e": b"{}"}) == b'{"e":{}}'
