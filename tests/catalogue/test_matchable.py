"""What a matcher compiles is what the records say, on both databases, in the order of their lists."""

import json
from contextlib import closing
from datetime import datetime

from app.catalogue.matchable import MatchableTrial, columns_of
from app.catalogue.queries import Catalogue
from app.catalogue.revisions import store_many
from app.database import Database
from app.vocabulary.terms import Vocabulary
from tests.factories import EVERYTHING, a_criterion, a_trial, many_trials


def matchable(database: Database, vocabulary: Vocabulary, since: int = -1) -> dict[str, MatchableTrial]:
    with closing(Catalogue(database, vocabulary)) as catalogue:
        return {trial.id: trial for trial in catalogue.matchable_since(since)}


def test_rows_say_what_the_records_say(database: Database, vocabulary: Vocabulary, now: datetime):
    scoped = a_criterion("exc-2", scope={"conditions": ["sle"], "arms": ["arm-1"]})
    scoped_trial = EVERYTHING.model_dump(mode="json") | {
        "id": "scoped-trial",
        "identifiers": [],
        "criteria": [a_criterion("exc-1"), scoped],
    }
    records = [EVERYTHING, a_trial(id="bare-trial"), a_trial(**scoped_trial), *many_trials(12)]
    with database.writing() as session:
        store_many(session, records, vocabulary, now)
    found = matchable(database, vocabulary)
    assert set(found) == {record.id for record in records}
    for record in records:
        trial = found[record.id]
        assert (trial.title, trial.revision) == (record.title, 1)
        assert (trial.status, trial.status_as_of) == (record.status.value, record.status.as_of)
        assert (trial.min_years, trial.max_years, trial.sex) == (record.age.min_years, record.age.max_years, record.sex)
        assert bool(trial.inclusions_stated) is record.inclusions_stated
        assert bool(trial.exclusions_stated) is record.exclusions_stated
        assert columns_of(trial.conditions, 1) == [list(record.conditions)]
        assert columns_of(trial.arms, 1) == [[arm.key for arm in record.arms]]
        assert columns_of(trial.levels, 1) == [[str(dose.level or "") for dose in record.doses]]
        criteria = [
            [*words, json.loads(expression or "null"), json.loads(scope or "null")]
            for *words, expression, scope in zip(*columns_of(trial.criteria, 5), strict=True)
        ]
        facts = [one.model_dump(mode="json") for one in record.criteria]
        assert criteria == [[one[name] for name in ("key", "kind", "anchor", "expression", "scope")] for one in facts]


def test_of_what_did_not_change_since_a_revision_nothing_is_told(
    database: Database, vocabulary: Vocabulary, now: datetime
):
    for name in ("first", "second"):
        with database.writing() as session:
            store_many(session, [a_trial(id=f"{name}-trial")], vocabulary, now)
    assert set(matchable(database, vocabulary)) == {"first-trial", "second-trial"}
    assert set(matchable(database, vocabulary, since=1)) == {"second-trial"}
    assert matchable(database, vocabulary, since=2) == {}


def test_lists_are_put_in_order():
    assert columns_of("10\tc\t3\t2\tb\t\t0\ta\t1", 2) == [["a", "b", "c"], ["1", "", "3"]]
    assert columns_of(None, 2) == [[], []]
