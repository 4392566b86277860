"""A woman of whom everything is documented that the five trials ask, in the fields of the contract alone.

Refractory lupus, in every other way well, on 21 November 2026.
"""

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
