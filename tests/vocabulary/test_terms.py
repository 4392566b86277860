"""Look-ups that everything shares: what a code implies, and which known code an unknown one looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary.terms import TermKind, Vocabulary


@pytest.mark.parametrize(
    ("kind", "unknown", "known"),
    [
        (TermKind.AGENT, "belimumb", "belimumab"),
        (TermKind.AGENT, "belizumab", "belimumab"),
        (TermKind.AGENT, "Beliumab", "belimumab"),
        (TermKind.AGENT, "cyclosporin", "ciclosporin"),
        (TermKind.AGENT, "cyclosporine A", "ciclosporin"),
        (TermKind.AGENT, "MMF", "mycophenolate"),
        (TermKind.AGENT, "mycophenolate_mofetil", "mycophenolate"),
        (TermKind.AGENT, "Plaquenil", "hydroxychloroquine"),
        (TermKind.AGENT, "HCQ", "hydroxychloroquine"),
        (TermKind.AGENT, "CTX", "cyclophosphamide"),
        (TermKind.OBSERVATION, "haemoglobin", "hemoglobin"),
        (TermKind.OBSERVATION, "Hb", "hemoglobin"),
        (TermKind.OBSERVATION, "bilirubin_total", "total_bilirubin"),
        (TermKind.OBSERVATION, "sledai2k", "sledai_2k"),
        (TermKind.CONDITION, "lupus", "sle"),
        (TermKind.CONDITION, "lupus_nephritus", "lupus_nephritis"),
        (TermKind.EVENT, "dialysis", "hemodialysis"),
        (TermKind.TARGET, "TNFRSF17", "BCMA"),
        (TermKind.COUNTRY, "South Korea", "KR"),
    ],
)
def test_an_unknown_code_is_answered_with_the_known_one(
    vocabulary: Vocabulary, kind: TermKind, unknown: str, known: str
):
    assert vocabulary.nearest(kind, unknown)[0] == known


def test_what_looks_like_nothing_is_answered_with_nothing(vocabulary: Vocabulary):
    assert vocabulary.nearest(TermKind.AGENT, "zzzzqqqq") == ()


@given(st.text(max_size=30))
def test_at_most_three_known_codes_are_offered(vocabulary: Vocabulary, text: str):
    offered = vocabulary.nearest(TermKind.EVENT, text)
    assert len(offered) <= 3
    assert set(offered) <= set(vocabulary.events)


@pytest.mark.parametrize("kind", TermKind)
def test_every_code_synonym_and_label_leads_to_its_own_term(vocabulary: Vocabulary, kind: TermKind):
    for term in vocabulary.terms(kind).values():
        for spelling in (term.code, term.label, *term.synonyms):
            assert vocabulary.nearest(kind, spelling)[0] == term.code, spelling


def test_descendants_mirror_ancestors(vocabulary: Vocabulary):
    for above in vocabulary.conditions:
        for below in vocabulary.condition_descendants(above):
            assert above in vocabulary.condition_ancestors(below)
