"""Patients of whom everything is documented that the five trials ask, on 21 November 2026."""

from typing import Any

from tests.registry.outcomes import REVIEWED

DAY = "2026-11-19"
STEROID = {
    "agent": "prednisone",
    "start": "2025-01-10",
    "end": "2025-06-10",
    "dose": {"value": 70, "unit": "mg/d"},
    "response": "inadequate",
}
HYDROXYCHLOROQUINE = {"agent": "hydroxychloroquine", "start": "2018", "response": "inadequate"}
MYCOPHENOLATE = {"agent": "mycophenolate", "start": "2023-01", "end": "2024-06", "response": "inadequate"}
BELIMUMAB = {"agent": "belimumab", "start": "2024-07", "end": "2025-12", "response": "inadequate"}

# Refractory lupus, in every other way well; in the fields of the contract alone.
WOMAN: dict[str, Any] = {
    "birth_date": "1992-03-14",
    "sex": "female",
    "weight_kg": 61,
    "height_cm": 164,
    "conditions": [{"code": "sle", "since": "2017", "criteria_set": "eular_acr_2019"}],
    "therapies": [STEROID, HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB],
    "observations": [
        {"code": "hemoglobin", "value": 10.4, "unit": "g/dL", "date": DAY},
        {"code": "wbc", "value": 4.1, "unit": "10*9/L", "date": DAY},
        {"code": "neutrophils", "value": 2.6, "unit": "10*9/L", "date": DAY},
        {"code": "platelets", "value": 190, "unit": "10*9/L", "date": DAY},
        {"code": "alt", "value": 31, "unit": "U/L", "upper_limit": 40, "date": DAY},
        {"code": "ast", "value": 28, "unit": "U/L", "upper_limit": 40, "date": DAY},
        {"code": "total_bilirubin", "value": 0.6, "unit": "mg/dL", "upper_limit": 1.2, "date": DAY},
        {"code": "creatinine", "value": 0.8, "unit": "mg/dL", "upper_limit": 1.1, "date": DAY},
        {"code": "fibrinogen", "value": 3.1, "unit": "g/L", "date": DAY},
        {"code": "pt", "value": 12, "unit": "s", "upper_limit": 13.5, "date": DAY},
        {"code": "aptt", "value": 31, "unit": "s", "upper_limit": 36, "date": DAY},
        {"code": "inr", "value": 1.0, "upper_limit": 1.2, "date": DAY},
        {"code": "lvef", "value": 62, "unit": "%", "date": DAY},
        {"code": "ecg_abnormal", "value": "negative", "date": DAY},
        {"code": "spo2", "value": 98, "unit": "%", "room_air": True, "date": DAY},
        {"code": "fvc_percent_predicted", "value": 92, "unit": "%", "date": DAY},
        {"code": "dlco_percent_predicted", "value": 81, "unit": "%", "date": DAY},
        {"code": "sledai_2k", "value": 12, "date": DAY},
        {"code": "selena_sledai", "value": 12, "date": DAY},
        {"code": "bilag_2004_a_systems", "value": 1, "date": DAY},
        {"code": "bilag_2004_b_systems", "value": 1, "date": DAY},
        {"code": "active_organ_systems", "value": 2, "date": DAY},
        {"code": "ecog", "value": 1, "date": DAY},
        {"code": "nyha_class", "value": 1, "date": DAY},
        {"code": "life_expectancy", "value": 240, "unit": "mo", "date": DAY},
        {"code": "ana", "value": ">=1:160", "date": "2026"},
        {"code": "anti_dsdna", "value": 120, "unit": "[IU]/mL", "interpretation": "positive", "date": "2026-10"},
        {"code": "anti_sm", "value": "negative", "date": "2026-10"},
        {"code": "c3", "interpretation": "low", "date": DAY},
        {"code": "c4", "interpretation": "normal", "date": DAY},
        {"code": "hbsag", "value": "negative", "date": DAY},
        {"code": "anti_hbc", "value": "negative", "date": DAY},
        {"code": "hcv_antibody", "value": "negative", "date": DAY},
        {"code": "hiv", "value": "negative", "date": DAY},
        {"code": "syphilis", "value": "negative", "date": DAY},
        {"code": "cmv_dna", "value": "negative", "date": DAY},
        {"code": "ebv_dna", "value": "negative", "date": DAY},
        {"code": "pregnancy_test", "value": "negative", "date": DAY},
        {"code": "doris_remission", "value": "negative", "date": DAY},
        {"code": "lldas", "value": "negative", "date": DAY},
    ],
    "reproductive": {"pregnant": False, "lactating": False, "childbearing_potential": True, "contraception": True},
    "reviewed": REVIEWED,
}

# As ill as anybody can be, and just treated with everything.
_DISEASES = """
    severe_allergy hypersensitivity_product contraindication_flu_cy lupus_cns_active rheumatoid_arthritis
    psoriasis stroke transient_ischemic_attack neurologic_disorder_severe mononeuritis_multiplex
    tuberculosis_active tuberculosis_latent hepatitis_b_active hepatitis_c_active pneumonia sepsis
    iga_deficiency hiv_infection lymphoma arrhythmia_severe av_block unstable_angina myocardial_infarction
    hypertension_uncontrolled hypertension_refractory liver_failure lung_disease_severe alveolar_hemorrhage
    pancytopenia_severe renal_failure_end_stage kidney_damage_irreversible
"""
_EVENTS = """
    hemodialysis mechanical_ventilation live_vaccine major_surgery plasmapheresis ivig clinical_trial
    organ_transplant hsct radiotherapy
"""
_POSITIVE = "ecg_abnormal doris_remission lldas hbsag anti_hbc hcv_antibody hcv_rna syphilis"
_HIGH = "hbv_dna cmv_dna ebv_dna c3 c4"
_SCORES = {
    "selena_sledai": 2,
    "sledai_2k": 2,
    "bilag_2004_a_systems": 0,
    "bilag_2004_b_systems": 1,
    "active_organ_systems": 0,
    "ecog": 4,
    "nyha_class": 4,
}
_QUANTITIES = [
    ("hemoglobin", 6, "g/dL"),
    ("wbc", 1, "10*9/L"),
    ("neutrophils", 0.3, "10*9/L"),
    ("platelets", 9, "10*9/L"),
    ("fibrinogen", 0.6, "g/L"),
    ("egfr", 12, "mL/min/1.73m2"),
    ("creatinine_clearance", 10, "mL/min"),
    ("lvef", 25, "%"),
    ("fvc_percent_predicted", 30, "%"),
    ("dlco_percent_predicted", 20, "%"),
    ("life_expectancy", 1, "mo"),
]
_OVER_THE_LIMIT = [
    ("alt", 400, "U/L", 40),
    ("ast", 400, "U/L", 40),
    ("total_bilirubin", 9, "mg/dL", 1.2),
    ("creatinine", 5, "mg/dL", 1.1),
    ("pt", 40, "s", 13),
    ("aptt", 90, "s", 36),
    ("inr", 4, None, 1.2),
]

ILL: dict[str, Any] = {
    "birth_date": "2024-05-01",
    "sex": "female",
    "weight_kg": 12,
    "conditions": [
        {"code": code, "since": "2026-11-01", "severity": "severe", "systemic_therapy": True}
        for code in _DISEASES.split()
    ],
    "therapies": [
        {"agent": "car_t_cd19", "start": "2026-11-10", "end": "2026-11-10"},
        {"agent": "rituximab", "start": "2026-11-10", "end": "2026-11-10"},
        {"agent": "belimumab", "start": "2026-11-10", "end": "2026-11-10"},
        {"agent": "telitacicept", "start": "2026-11-10", "end": "2026-11-10"},
        {"agent": "baricitinib", "start": "2026-11-10"},
        {"agent": "cyclophosphamide", "start": "2026-11-10"},
        {"agent": "methylprednisolone", "start": "2026-11-19", "dose": {"value": 500, "unit": "mg/d"}},
    ],
    "events": [
        *({"code": code, "date": "2026-11-10"} for code in _EVENTS.split()),
        {"code": "minor_surgery", "planned": True},
    ],
    "observations": [
        *({"code": code, "value": value, "date": DAY} for code, value in _SCORES.items()),
        *({"code": code, "value": "positive", "date": DAY} for code in _POSITIVE.split()),
        *({"code": code, "interpretation": "high", "date": DAY} for code in _HIGH.split()),
        *({"code": code, "value": value, "unit": unit, "date": DAY} for code, value, unit in _QUANTITIES),
        *(
            {"code": code, "value": value, "unit": unit, "upper_limit": limit, "date": DAY}
            for code, value, unit, limit in _OVER_THE_LIMIT
        ),
        {"code": "spo2", "value": 80, "unit": "%", "room_air": True, "date": DAY},
        {"code": "ana", "value": "<1:80", "date": DAY, "lifetime": True},
        {"code": "anti_sm", "value": "negative", "date": DAY, "lifetime": True},
        {"code": "anti_dsdna", "value": 5, "unit": "[IU]/mL", "upper_limit": 30, "date": DAY, "lifetime": True},
    ],
    "reproductive": {"pregnant": True, "lactating": True, "contraception": False},
    "reviewed": REVIEWED,
}

# Nothing was ever found, and nothing done.
UNTOUCHED: dict[str, Any] = {"reviewed": REVIEWED}
