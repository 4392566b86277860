"""What codes and names of other systems mean."""

import pytest

from app.matching.fhir.elements import Coding, concept_of
from app.matching.fhir.lexicon import AMBIGUOUS, NO_CODE, UNKNOWN, How, Lexicon, Match, plain, token
from app.vocabulary.terms import CodeSystem, TermKind, Vocabulary
from tests.matching.fhir.bundles import ATC, ICD10, ICD10CM, LOINC, RXNORM, SNOMED, coded


@pytest.fixture(scope="module")
def lexicon(vocabulary: Vocabulary) -> Lexicon:
    return Lexicon(vocabulary)


def found(lexicon, kind, *codings, text=None, **how):
    """The code and how it was found, or the reason why none was."""
    sent = [
        {"system": system, "code": code, "display": shown}
        for system, code, *rest in codings
        for shown in [*rest, None][:1]
    ]
    match = lexicon.find(kind, concept_of({"coding": sent, "text": text}), **how)
    return (match.code, match.how) if isinstance(match, Match) else match.reason


@pytest.mark.parametrize(
    ("system", "code", "condition"),
    [
        (ICD10, "M32", ("sle", How.CODE)),
        (ICD10, "M32.9", ("sle", How.CATEGORY)),
        (ICD10, "M32.1+", ("sle", How.CATEGORY)),
        (ICD10, "M329", ("sle", How.CATEGORY)),
        (ICD10, "m32.9", ("sle", How.CATEGORY)),
        (ICD10, "M32.0", ("drug_induced_lupus", How.CODE)),
        (ICD10CM, "M32.10", ("sle", How.CATEGORY)),
        (ICD10CM, "M32.14", ("lupus_nephritis", How.CODE)),
        (ICD10, "M32.14", ("sle", How.CATEGORY)),  # a code of the American modification alone
        ("urn:oid:2.16.840.1.113883.6.90", "M32.14", ("lupus_nephritis", How.CODE)),
        (ICD10CM, "C44.1021", UNKNOWN),  # a skin cancer of a kind that is not stated
        (ICD10CM, "C44.1191", ("basal_cell_carcinoma", How.CATEGORY)),
        (ICD10, "M33.0", ("juvenile_dermatomyositis", How.CODE)),  # it implies dermatomyositis, whose code it also is
        (ICD10, "L40.5", ("psoriatic_arthritis", How.CODE)),
        (ICD10, "L40.0", ("psoriasis", How.CATEGORY)),
        (ICD10, "G45.4", UNKNOWN),  # transient global amnesia stands among the transient ischaemic attacks
        (ICD10, "M06.4", UNKNOWN),
        (ICD10, "M3", UNKNOWN),
        (ICD10, "", NO_CODE),
        ("http://hl7.org/fhir/sid/icd-9-cm", "710.0", UNKNOWN),
        (SNOMED, "55464009", UNKNOWN),
        (f"{ICD10}|2019", "M32", ("sle", How.CODE)),
        ("https://hl7.org/fhir/sid/icd-10/", "M32", ("sle", How.CODE)),
    ],
)
def test_a_code_means_a_condition(lexicon, system, code, condition):
    assert found(lexicon, TermKind.CONDITION, (system, code)) == condition


def test_of_several_codes_the_closest_holds_where_it_implies_the_others(lexicon):
    codings = [(ICD10, "M32.9"), (ICD10CM, "M32.14")]
    assert found(lexicon, TermKind.CONDITION, *codings) == ("lupus_nephritis", How.CODE)
    assert found(lexicon, TermKind.CONDITION, (ICD10, "M32.9"), (ICD10CM, "M32.10")) == ("sle", How.CATEGORY)
    assert found(lexicon, TermKind.CONDITION, (ICD10, "M32.9"), (ICD10, "M32")) == ("sle", How.CODE)


def test_codes_that_mean_different_things_mean_none_unless_a_name_tells(lexicon):
    codings = [(ICD10, "M32.9"), (ICD10, "G35")]
    assert found(lexicon, TermKind.CONDITION, *codings) == AMBIGUOUS
    assert found(lexicon, TermKind.CONDITION, *codings, text="Multiple sclerosis") == ("multiple_sclerosis", How.CODE)
    assert found(lexicon, TermKind.CONDITION, *codings, text="Psoriasis") == AMBIGUOUS
    assert found(lexicon, TermKind.AGENT, (ATC, "L04AF01")) == AMBIGUOUS  # two forms of tofacitinib


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        (TermKind.CONDITION, "Systemic Lupus Erythematosus (disorder)", "sle"),
        (TermKind.CONDITION, "SLE", "sle"),
        (TermKind.CONDITION, "Alzheimer's disease (disorder)", "dementia"),
        (TermKind.CONDITION, "Alzheimer\u2019s disease", "dementia"),
        (TermKind.CONDITION, "Sjogren's Syndrome", "sjogren"),
        (TermKind.CONDITION, "Behçet disease", "behcet_disease"),
        (TermKind.CONDITION, "Stiff\u2010person syndrome", "stiff_person_syndrome"),
        (TermKind.OBSERVATION, "HbsAg", None),
        (TermKind.OBSERVATION, "ANC", "neutrophils"),
        (TermKind.OBSERVATION, "Anti dsDNA", "anti_dsdna"),
        (TermKind.AGENT, "Mycophenolate Mofetil", "mycophenolate"),
        (TermKind.EVENT, "Plasma exchange", "plasmapheresis"),
        # abbreviations of a few letters mean many things, and so do parts of names
        (TermKind.CONDITION, "MS", None),
        (TermKind.CONDITION, "DM", None),
        (TermKind.AGENT, "CTX", None),
        (TermKind.AGENT, "Flu", None),
        (TermKind.EVENT, "HCT", None),
        (TermKind.CONDITION, "History of pneumonia", None),
        (TermKind.CONDITION, "No pneumonia", None),
        (TermKind.CONDITION, "Gout", None),
    ],
)
def test_a_name_means_a_term_only_where_it_is_the_terms(lexicon, kind, name, code):
    if name == "HbsAg":  # whatever its case
        code = "hbsag"
    expected = (code, How.NAME) if code else UNKNOWN
    assert found(lexicon, kind, text=name) == expected
    assert found(lexicon, kind, ("http://local", "7", name)) == expected


def test_names_that_mean_different_things_mean_none_unless_one_implies_the_other(lexicon):
    assert found(lexicon, TermKind.CONDITION, (SNOMED, "1", "Psoriasis"), text="Epilepsy") == AMBIGUOUS
    assert found(lexicon, TermKind.CONDITION, (SNOMED, "1", "Lupus"), text="Lupus nephritis")[0] == "lupus_nephritis"


def test_names_can_be_left_out(lexicon):
    assert found(lexicon, TermKind.AGENT, (RXNORM, "0", "rituximab"), names=False) == UNKNOWN
    assert found(lexicon, TermKind.AGENT, (RXNORM, "121191", "rituximab"), names=False) == ("rituximab", How.CODE)


def test_systems_that_a_licensed_user_adds_are_read_by_their_usual_uri_or_their_own(vocabulary):
    def with_system(name: str, url: str | None) -> Lexicon:
        system = CodeSystem(system=name, title=name, url=url, notice="Ours.")
        lupus = vocabulary.conditions["sle"]
        lupus = lupus.model_copy(update={"codings": {**lupus.codings, name: ("55464009",)}})
        terms = {
            "conditions": {**vocabulary.conditions, "sle": lupus},
            "code_systems": {**vocabulary.code_systems, name: system},
        }
        return Lexicon(vocabulary.model_copy(update=terms))

    for name in ("snomed", "sct"):
        assert found(with_system(name, None), TermKind.CONDITION, (SNOMED, "55464009")) == ("sle", How.CODE)
    ours = with_system("ours", "https://codes.example/ours")
    assert found(ours, TermKind.CONDITION, ("http://codes.example/ours", "55464009")) == ("sle", How.CODE)
    assert found(ours, TermKind.CONDITION, (SNOMED, "55464009")) == UNKNOWN


def test_the_code_that_names_a_concept_is_that_of_a_system_we_map(lexicon):
    concept = concept_of({"coding": [{"system": "http://local", "code": "7"}, {"system": LOINC, "code": "718-7"}]})
    assert lexicon.system_code(concept) == "http://loinc.org|718-7"
    assert lexicon.system_code(concept_of({"text": "Haemoglobin"})) is None
    assert lexicon.system_code(concept_of(coded("http://local", "7"))) == "http://local|7"


@pytest.mark.parametrize(
    ("system", "code", "shown"),
    [
        (LOINC, "718-7", "http://loinc.org|718-7"),
        ("", "718-7", "718-7"),
        ("of Mrs Miller", "718-7", "718-7"),
        (LOINC, "Mrs Miller, born 1950", None),
        (LOINC, "x" * 60, None),
        (LOINC, "", None),
    ],
)
def test_only_what_looks_like_a_code_is_shown(system, code, shown):
    assert token(Coding(system, code)) == shown


def test_names_are_compared_without_case_accents_hyphens_and_tags():
    assert plain("  Sjögren's  Syndrome (disorder)") == "sjogren syndrome"
    assert plain("Anti\u2011dsDNA, IgG") == "anti dsdna igg"
    assert plain("Anaemia (severe)") == "anaemia (severe)"
