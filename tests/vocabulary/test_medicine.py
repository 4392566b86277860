"""Ranges, masses and codes of other systems: each with its source, and fit to catch slips without refusing the ill."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from app.vocabulary.terms import Term, TermKind, Vocabulary


def every_term(vocabulary: Vocabulary) -> Iterator[Term]:
    for kind in TermKind:
        yield from vocabulary.terms(kind).values()


def test_every_term_has_a_source_and_every_source_is_used(vocabulary: Vocabulary):
    used: set[str | None] = {source for term in every_term(vocabulary) for source in term.sources}
    assert all(term.sources for term in every_term(vocabulary))
    used |= {term.plausible.source for term in vocabulary.observations.values() if term.plausible}
    used |= {agent.half_life.source for agent in vocabulary.agents.values() if agent.half_life}
    used |= {term.implies_finding.source for term in vocabulary.conditions.values() if term.implies_finding}
    used |= {sign.source for signs in vocabulary.signs.values() for sign in signs}
    ends = [term.ends_childbearing_potential for term in vocabulary.conditions.values()]
    ends += [term.ends_childbearing_potential for term in vocabulary.events.values()]
    used |= {end.source for end in ends if end}
    assert used == set(vocabulary.sources)


@pytest.mark.parametrize(("source", "system"), [("loinc", "loinc"), ("icd10_who", "icd10"), ("atc_who", "atc")])
def test_a_code_system_is_a_source_only_of_what_it_has_a_code_for(vocabulary: Vocabulary, source: str, system: str):
    for term in every_term(vocabulary):
        if source in term.sources and term.code not in vocabulary.agent_classes:
            assert system in term.codings, term.code


@pytest.mark.parametrize(
    ("code", "accepted", "refused"),
    [
        ("hemoglobin", "25 102 180", "1020 10.2 18"),  # 102 g/dL, 10.2 g/dL taken for g/L
        ("wbc", "0.1 6 400", "6000"),
        ("neutrophils", "0 4 60", "4000"),
        ("lymphocytes", "0.1 1.5 300", "1500"),
        ("platelets", "1 250 1500", "250000"),
        ("alt", "5 20000", "50000"),
        ("total_bilirubin", "2 12 900", "0.7"),  # mg/dL taken for umol/L
        ("creatinine", "20 80 2500", "0.9 7072"),  # mg/dL taken for umol/L, and the reverse
        ("egfr", "3 90 160", "900"),
        ("creatinine_clearance", "5 120 250", "1200"),
        ("albumin", "10 42", "4.2 420"),  # g/dL taken for g/L
        ("c3", "0.1 1.1 2.5", "11 110"),
        ("c4", "0 0.02 0.25 0.8", "2.5 25"),
        ("urine_protein_24h", "0 3.5 30", "350 3500"),
        ("upcr", "5 300 3000", "50000"),
        ("fibrinogen", "0.3 3 10", "30 300"),
        ("pt", "11 120", "1.1"),  # an INR taken for seconds
        ("aptt", "20 35 250", "3.5"),
        ("inr", "0.9 2.5 15", "0.1 110"),
        ("lvef", "10 60 80", "0.6 600"),
        ("spo2", "70 98 100", "0.98 101"),
        ("fvc_percent_predicted", "20 100 140", "0.9 900"),
        ("dlco_percent_predicted", "15 80 140", "0.8 800"),
        ("ferritin", "2 150 100000", "2000000"),
        ("crp", "0.1 5 500", "5000"),
        ("weight", "3 60 300", "60000"),
        ("height", "50 165 230", "1.65 1650"),
        ("sledai_2k", "0 8 105", "106"),
        ("bilag_2004_a_systems", "0 9", "10"),
        ("pga", "0 1.5 3", "3.1"),
        ("ecog", "0 5", "6"),
        ("nyha_class", "1 4", "0 5"),
        ("ana", "40 80 20480", "0"),
    ],
)
def test_the_extremely_ill_are_plausible_and_slips_are_not(
    vocabulary: Vocabulary, code: str, accepted: str, refused: str
):
    plausible = vocabulary.observations[code].plausible
    assert plausible is not None
    for value in accepted.split():
        assert plausible.low <= Decimal(value) <= plausible.high, value
    for value in refused.split():
        assert not plausible.low <= Decimal(value) <= plausible.high, value


def test_molar_masses_are_those_of_creatinine_and_bilirubin(vocabulary: Vocabulary):
    masses = {code: term.molar_mass for code, term in vocabulary.observations.items() if term.molar_mass}
    assert masses == {"creatinine": Decimal("113.12"), "total_bilirubin": Decimal("584.66")}
    assert vocabulary.observations["upcr"].denominator_molar_mass == Decimal("113.12")


def test_results_of_heart_and_lung_are_confirmed_after_180_days_and_all_others_after_28(vocabulary: Vocabulary):
    slow = {code for code, term in vocabulary.observations.items() if term.confirm_after_days == 180}
    lung = {"spo2", "fvc_percent_predicted", "dlco_percent_predicted"}
    assert slow == {"lvef", "nyha_class", "ecg_abnormal"} | lung
    assert {term.confirm_after_days for term in vocabulary.observations.values()} == {28, 180}


def test_counts_and_grades_are_whole_and_the_physician_s_assessment_is_not(vocabulary: Vocabulary):
    scores = {code: term.whole_number for code, term in vocabulary.observations.items() if term.kind == "score"}
    assert not scores.pop("pga")
    assert all(scores.values())


@pytest.mark.parametrize(
    ("code", "loinc"),
    [
        ("ast", "1920-8"),
        ("alt", "1742-6"),
        ("total_bilirubin", "1975-2 14631-6"),
        ("albumin", "1751-7"),
        ("creatinine", "2160-0 14682-9"),
        ("egfr", "98979-8"),
        ("creatinine_clearance", "35591-7"),
        ("hemoglobin", "718-7"),
        ("c3", "4485-9"),
        ("c4", "4498-2"),
        ("urine_protein_24h", "2889-4"),
        ("fibrinogen", "3255-7"),
        ("ferritin", "2276-4"),
        ("aptt", "14979-9"),
        ("lvef", "10230-1"),
        ("spo2", "59408-5"),
        ("fvc_percent_predicted", "19872-1"),
        ("ecog", "89247-1"),
        ("nyha_class", "88020-3"),
        ("ana", "5048-4"),
        ("anti_dsdna", "5130-0"),
        ("anti_sm", "11090-8"),
        ("weight", "29463-7"),
        ("height", "8302-2"),
    ],
)
def test_an_observation_is_known_by_its_loinc_codes(vocabulary: Vocabulary, code: str, loinc: str):
    assert set(loinc.split()) <= set(vocabulary.observations[code].codings["loinc"])


def test_one_loinc_code_means_one_observation(vocabulary: Vocabulary):
    codes = [code for term in vocabulary.observations.values() for code in term.codings.get("loinc", ())]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("system", ["loinc", "icd10", "icd10cm", "atc", "rxnorm", "cvx"])
def test_every_code_system_comes_with_its_notice(vocabulary: Vocabulary, system: str):
    assert len(vocabulary.code_systems[system].notice) > 80


@pytest.mark.parametrize(
    ("vaccine", "live"), [("03", True), ("121", True), ("140", False), ("187", False), ("88", None)]
)
def test_of_most_vaccines_it_is_known_whether_they_are_live(vocabulary: Vocabulary, vaccine: str, live: bool | None):
    is_live = vaccine in vocabulary.events["live_vaccine"].codings["cvx"]
    is_not = vaccine in vocabulary.code_systems["cvx"].without_term
    assert (is_live, is_not) == (live is True, live is False)


def test_the_notice_that_the_licence_of_loinc_asks_for_is_there(vocabulary: Vocabulary):
    notice = vocabulary.code_systems["loinc"].notice
    assert "copyright © Regenstrief Institute, Inc." in notice
    assert "https://loinc.org/license" in notice


def test_snomed_ct_is_left_to_those_who_are_licensed(vocabulary: Vocabulary):
    assert set(vocabulary.code_systems) == {"loinc", "icd10", "icd10cm", "atc", "rxnorm", "cvx"}
