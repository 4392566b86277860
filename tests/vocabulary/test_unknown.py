"""What is said of a code that is none of its kind."""

import pytest

from app.vocabulary.terms import TermKind, Vocabulary
from app.vocabulary.unknown import unknown_code


@pytest.mark.parametrize(
    ("kind", "code", "detail", "nearest"),
    [
        (TermKind.OBSERVATION, "hemoglobim", "the code is not in the vocabulary", "hemoglobin"),
        (TermKind.CONDITION, "zzzzqqqq", "the code is not in the vocabulary", None),
        (TermKind.EVENT, "dialysis", "the code is not in the vocabulary", "hemodialysis"),
        (TermKind.CONDITION, "rituximab", "this names an agent, where a condition is wanted", None),
        (TermKind.EVENT, "rituximab", "this names an agent, where an event is wanted", None),
        (TermKind.AGENT, "lupus", "this names a condition, where an agent is wanted", None),
        (TermKind.AGENT, "sle", "this names a condition, where an agent is wanted", None),
        (TermKind.OBSERVATION, "hsct", "this names an event, where an observation is wanted", None),
        (TermKind.AGENT_CLASS, "upadacitinib", "this names an agent, where a class of agents is wanted", None),
    ],
)
def test_a_code_of_another_kind_is_told_from_one_that_is_none(
    vocabulary: Vocabulary, kind: TermKind, code: str, detail: str, nearest: str | None
):
    fault = unknown_code(vocabulary, kind, code, "/place")
    assert (fault.code, fault.detail, fault.pointer) == ("unknown_code", detail, "/place")
    assert nearest is None or fault.nearest[0] == nearest
    assert fault.remedy
    assert code not in (fault.detail + " " + fault.remedy).split()


@pytest.mark.parametrize("code", ["jak_inhibitor", "jak_inhibitors", "jaki", "glucocorticoid", "glucocorticoids"])
def test_of_a_class_sent_as_an_agent_the_agents_are_named(vocabulary: Vocabulary, code: str):
    fault = unknown_code(vocabulary, TermKind.AGENT, code)
    assert fault.detail == "this names a class of agents, where an agent is wanted"
    assert fault.remedy == f"name an agent of the class, such as {fault.nearest[0]}"
    assert len(fault.nearest) == 3
    [common] = {"jak_inhibitor", "glucocorticoid"} & frozenset.intersection(*map(vocabulary.classes_of, fault.nearest))
    assert code.startswith(common[:3])


def test_two_letters_are_no_country_where_facts_are_listed(vocabulary: Vocabulary):
    assert unknown_code(vocabulary, TermKind.CONDITION, "cn").detail == "the code is not in the vocabulary"
