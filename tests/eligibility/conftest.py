"""`terms` is the vocabulary for laws over generated cases: a failing case does not print all of it."""

import pytest

from app.vocabulary.terms import Vocabulary
from tests.eligibility.law import Terms


@pytest.fixture(scope="session")
def terms(vocabulary: Vocabulary) -> Terms:
    return Terms(vocabulary)
