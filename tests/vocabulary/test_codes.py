"""The codes that clients write. They never go, and what they imply never changes."""

import pytest

from app.vocabulary.terms import TermKind, Vocabulary

OBSERVATIONS = {
    # quantities, by unit
    "g/L": "hemoglobin albumin c3 c4 fibrinogen",
    "10*9/L": "wbc neutrophils lymphocytes platelets",
    "U/L": "alt ast",
    "umol/L": "total_bilirubin creatinine",
    "mL/min/{1.73_m2}": "egfr",
    "mL/min": "creatinine_clearance",
    "g/d": "urine_protein_24h",
    "mg/mmol": "upcr",
    "s": "pt aptt",
    "%": "lvef spo2 fvc_percent_predicted dlco_percent_predicted",
    "ug/L": "ferritin",
    "mg/L": "crp",
    "ng/L": "il6",
    "/uL": "cd19_b_cells",
    "kg": "weight",
    "cm": "height",
    "mo": "life_expectancy",
}
FINDINGS = (
    "anti_dsdna anti_sm hbsag anti_hbc hbv_dna hcv_antibody hcv_rna hiv syphilis cmv_dna ebv_dna tb_igra "
    "pregnancy_test doris_remission lldas ecg_abnormal"
)
SCORES = "sledai_2k selena_sledai bilag_2004_a_systems bilag_2004_b_systems active_organ_systems pga ecog nyha_class"
CONDITIONS = """
autoimmune_disease > sle systemic_sclerosis vasculitis inflammatory_myopathy rheumatoid_arthritis sjogren
autoimmune_disease > myasthenia_gravis multiple_sclerosis immune_thrombocytopenia igg4_disease psoriasis
autoimmune_disease > drug_induced_lupus
sle > lupus_nephritis neuropsychiatric_lupus lupus_vasculitis lupus_crisis
vasculitis > anca_vasculitis
inflammatory_myopathy > dermatomyositis
malignancy > cervical_carcinoma_in_situ basal_cell_carcinoma squamous_cell_skin_cancer superficial_bladder_cancer
malignancy > breast_cancer other_malignancy
infection_active > tuberculosis_active hepatitis_active sepsis cns_infection enteritis pneumonia urinary_tract_infection
infection_active > upper_respiratory_infection
hepatitis_active > hepatitis_b_active hepatitis_c_active
immunodeficiency > iga_deficiency hiv_infection
neurologic_disease > epilepsy seizure aphasia stroke transient_ischemic_attack cerebral_aneurysm brain_injury_severe
neurologic_disease > dementia parkinson_disease cerebellar_disease organic_brain_syndrome psychosis
neurologic_disease > mononeuritis_multiplex neurologic_disorder_severe
heart_disease > heart_failure unstable_angina myocardial_infarction arrhythmia
arrhythmia > arrhythmia_severe av_block
"""
ALONE = (
    "skin_disease_active tuberculosis_latent hypertension_uncontrolled hypertension_refractory renal_failure_end_stage "
    "kidney_damage_irreversible liver_failure lung_disease_severe alveolar_hemorrhage pancytopenia_severe "
    "gilbert_syndrome severe_allergy hypersensitivity_product ovarian_failure contraindication_flu_cy"
)
AGENTS = (
    "rituximab obinutuzumab inebilizumab blinatumomab belimumab telitacicept anifrolumab cyclophosphamide "
    "mycophenolate azathioprine methotrexate leflunomide iguratimod tacrolimus ciclosporin voclosporin sirolimus "
    "hydroxychloroquine prednisone prednisolone methylprednisolone dexamethasone hydrocortisone tofacitinib "
    "tofacitinib_xr baricitinib upadacitinib filgotinib ruxolitinib fludarabine mesenchymal_stem_cells car_t_cd19"
)
CLASSES = (
    "glucocorticoid immunosuppressant b_cell_targeted cd19_targeted jak_inhibitor calcineurin_inhibitor anti_infective "
    "car_cell_therapy cell_therapy gene_therapy chemotherapy"
)
EVENTS = (
    "live_vaccine major_surgery organ_transplant hsct hemodialysis mechanical_ventilation plasmapheresis ivig "
    "clinical_trial radiotherapy transfusion_red_cells transfusion_platelets hysterectomy bilateral_oophorectomy "
    "menopause"
)
TARGETS = "CD19 BCMA CD20 CD22 CD70 CD7 CD6 BAFF-R CD38 GPRC5D"


@pytest.mark.parametrize(("unit", "codes"), OBSERVATIONS.items())
def test_a_quantity_is_kept_in_its_unit(vocabulary: Vocabulary, unit: str, codes: str):
    for code in codes.split():
        term = vocabulary.observations[code]
        assert (term.kind, term.unit) == ("quantity", unit), code


def test_inr_is_a_pure_number(vocabulary: Vocabulary):
    assert (vocabulary.observations["inr"].kind, vocabulary.observations["inr"].unit) == ("quantity", None)


@pytest.mark.parametrize(("kind", "codes"), [("finding", FINDINGS), ("score", SCORES), ("titre", "ana")])
def test_what_is_no_quantity_says_what_it_is(vocabulary: Vocabulary, kind: str, codes: str):
    assert {vocabulary.observations[code].kind for code in codes.split()} == {kind}


def test_a_finding_that_may_be_a_number_is_one_in_international_units(vocabulary: Vocabulary):
    findings = [term for term in vocabulary.observations.values() if term.kind == "finding" and term.unit]
    assert {term.unit for term in findings} == {"[IU]/mL"}
    assert {term.code for term in findings if term.other_units} == {"hbv_dna", "hcv_rna", "cmv_dna", "ebv_dna"}


@pytest.mark.parametrize("line", CONDITIONS.strip().splitlines())
def test_a_child_implies_its_parent(vocabulary: Vocabulary, line: str):
    parent, _, children = line.partition(" > ")
    for child in children.split():
        assert parent in vocabulary.condition_ancestors(child), child


@pytest.mark.parametrize("code", ALONE.split())
def test_what_stands_alone_implies_no_disease_group(vocabulary: Vocabulary, code: str):
    groups = {line.partition(" > ")[0] for line in CONDITIONS.strip().splitlines()}
    assert not vocabulary.condition_ancestors(code) & groups


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (TermKind.AGENT, AGENTS),
        (TermKind.AGENT_CLASS, CLASSES),
        (TermKind.EVENT, EVENTS),
        (TermKind.TARGET, TARGETS),
        (TermKind.COUNTRY, "CN MY NO US DE GB JP KR"),
    ],
)
def test_a_promised_code_is_there(vocabulary: Vocabulary, kind: TermKind, codes: str):
    assert set(codes.split()) <= set(vocabulary.terms(kind))


def test_all_countries_of_iso_3166_1_are_there(vocabulary: Vocabulary):
    assert len(vocabulary.countries) == 249


# --- What conditions imply, and what they do not


def test_kinds_of_lupus_crisis_are_lupus_crises_and_lupus(vocabulary: Vocabulary):
    kinds = vocabulary.condition_descendants("lupus_crisis") - {"lupus_crisis"}
    assert len(kinds) == 9
    assert all(vocabulary.condition_ancestors(kind) >= {"lupus_crisis", "sle", "autoimmune_disease"} for kind in kinds)


@pytest.mark.parametrize(
    ("code", "not_implied"),
    [
        ("tuberculosis_latent", "infection_active"),
        ("lupus_vasculitis", "vasculitis"),
        ("neuropsychiatric_lupus", "neurologic_disease"),
        ("autoimmune_hepatitis", "hepatitis_active"),
        ("lupus_hepatitis_severe", "hepatitis_active"),
        ("lupus_pneumonitis_severe", "infection_active"),
        ("systemic_sclerosis", "skin_disease_active"),
        ("dermatomyositis", "skin_disease_active"),
        ("skin_disease_active", "autoimmune_disease"),
        ("hypertension_uncontrolled", "hypertension_refractory"),
        ("hypertension_refractory", "hypertension_uncontrolled"),
        ("drug_induced_lupus", "sle"),
        ("cutaneous_lupus", "sle"),
        ("hiv_infection", "infection_active"),
    ],
)
def test_what_is_true_only_often_is_not_implied(vocabulary: Vocabulary, code: str, not_implied: str):
    assert not_implied not in vocabulary.condition_ancestors(code)


@pytest.mark.parametrize(
    ("code", "implied"),
    [
        ("lupus_pulmonary_hemorrhage", "alveolar_hemorrhage"),
        ("lupus_cns_active", "neuropsychiatric_lupus"),
        ("lupus_cns_active", "cns_involvement"),
        ("lupus_vasculitis_severe", "lupus_vasculitis"),
        ("psoriasis", "skin_disease_active"),
        ("pneumocystis_pneumonia", "infection_active"),
        ("evans_syndrome", "immune_thrombocytopenia"),
    ],
)
def test_what_is_true_always_is_implied(vocabulary: Vocabulary, code: str, implied: str):
    assert implied in vocabulary.condition_ancestors(code)


def test_a_group_has_kinds_and_a_diagnosis_of_its_own_is_none(vocabulary: Vocabulary):
    groups = {code for code, term in vocabulary.conditions.items() if term.unspecific}
    assert {
        "autoimmune_disease",
        "infection_active",
        "hepatitis_active",
        "heart_disease",
        "neurologic_disease",
    } <= groups
    assert all(len(vocabulary.condition_descendants(code)) > 1 for code in groups)
    assert groups.isdisjoint({"sle", "hypertension", "arrhythmia", "kidney_damage_irreversible"})
    assert vocabulary.condition_groups("hepatitis_b_active") == {"hepatitis_active", "infection_active"}
    assert vocabulary.condition_groups("lupus_nephritis") == set()
