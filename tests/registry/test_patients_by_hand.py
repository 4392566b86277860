"""Patients worked out by hand from the five documents, laid against every trial on 30 March 2027.

The day is chosen for its calendar: one month before 29, 30 and 31 March is 28 February, six months before 30 and 31
March is 30 September. Each line changes one well documented woman, and tells what that does. `NK` and `CHILDREN` are
the trials of Hangzhou, `KL` that of Kuala Lumpur, `SH` that of Shanghai. An expectation is the outcome of a criterion,
with the day on which a failure lapses or the reason of what is unknown; `from` and `until` are the trial's own days.
"""

from datetime import date
from typing import Any

import pytest

from tests.registry.documented import BELIMUMAB, DAY, HYDROXYCHLOROQUINE, MYCOPHENOLATE, STEROID, WOMAN
from tests.registry.outcomes import adding, match, rules_of, with_results, without_results

TRIALS = {
    "NK": rules_of("car-nk-cd19-hangzhou-zju2"),
    "CHILDREN": rules_of("car-t-cd19-universal-hangzhou-zjuch"),
    "KL": rules_of("car-t-cd19-autologous-kuala-lumpur-ukm"),
    "SH": rules_of("car-dnt-cd19-shanghai-renji"),
}
TODAY, LAB = date(2027, 3, 30), "2027-03-28"
SHE: dict[str, Any] = {
    **WOMAN,
    "observations": [{**one, "date": LAB} if one["date"] == DAY else one for one in WOMAN["observations"]],
}
Told = dict[str, Any]
Expected = dict[str, str]


def lab(code: str, value: object = None, unit: str | None = None, day: str | None = LAB, **more: object) -> Told:
    told = {"code": code, "value": value, "unit": unit, "date": day, **more}
    return {name: said for name, said in told.items() if said is not None}


def results(*found: Told) -> Told:
    return with_results(SHE, *found)


def had(code: str, day: str) -> Told:
    return adding(SHE, events=[{"code": code, "date": day}])


def ill(code: str, **more: object) -> Told:
    return adding(SHE, conditions=[{"code": code, **more}])


def drug(agent: str, start: str, end: str | None = None, **more: object) -> Told:
    return {"agent": agent, "start": start, **({"end": end} if end else {}), **more}


def took(agent: str, end: str | None, start: str = "2026-01-01") -> Told:
    return adding(SHE, therapies=[drug(agent, start, end)])


def treated(*courses: Told) -> Told:
    """Only by these; what else was given was told as well."""
    return {**SHE, "therapies": list(courses)}


def steroid(agent: str, mg: float, start: str = "2025-01-10", end: str = "2025-06-10") -> Told:
    return drug(agent, start, end, dose={"value": mg, "unit": "mg/d"}, response="inadequate")


def born(day: str) -> Told:
    return {**SHE, "birth_date": day}


WASHOUTS = [
    ("vaccine of 28 February", had("live_vaccine", "2027-02-28"),
     {"SH exc-9": "fails, lapses 2027-04-01", "SH": "from 2027-04-01", "NK exc-19": "passes"}),
    ("vaccine of 2 March", had("live_vaccine", "2027-03-02"),
     {"NK exc-19": "fails, lapses 2027-03-31", "SH exc-9": "fails, lapses 2027-04-03"}),
    ("rituximab to 30 September", took("rituximab", "2026-09-30"),
     {"SH exc-12a": "fails, lapses 2027-04-01", "NK exc-21": "passes", "NK exc-22": "passes", "KL exc-9b": "passes"}),
    ("rituximab into September", took("rituximab", "2026-09"), {"SH exc-12a": "unknown: imprecise"}),
    ("cyclophosphamide, 8 weeks ago", took("cyclophosphamide", "2027-02-02"),
     {"KL exc-9b": "fails, lapses 2027-03-31", "KL": "from 2027-03-31", "NK exc-22": "passes"}),
    ("belimumab to 1 March", took("belimumab", "2027-03-01"),
     {"SH exc-12b": "fails, lapses 2027-04-01", "NK exc-21": "passes"}),
    ("mycophenolate goes on", took("mycophenolate", None), {"NK exc-22": "fails, lapses None", "NK": "from None"}),
    ("mycophenolate has a planned end", took("mycophenolate", "2027-04-10"), {"NK": "from 2027-04-18"}),
    ("transplant of stem cells, 12 weeks ago", had("hsct", "2027-01-05"),
     {"KL exc-9a": "fails, lapses 2027-03-31", "NK exc-25b": "fails, lapses None"}),
    ("another trial, to some day of January",
     adding(SHE, events=[{"code": "clinical_trial", "start": "2026-02", "end": "2027-01"}]),
     {"NK exc-24": "fails, lapses 2027-05-01", "SH exc-14": "fails, lapses 2027-05-01"}),
    ("60 mg of prednisone and 32 of methylprednisolone, for three days",
     adding(SHE, therapies=[steroid("prednisone", 60, "2026-12-01", "2026-12-20"),
                            steroid("methylprednisolone", 32, "2026-12-10", "2026-12-12")]),
     {"SH exc-4c": "fails, lapses 2027-06-13"}),
    ("the same, one after the other",
     adding(SHE, therapies=[steroid("prednisone", 60, "2026-12-01", "2026-12-09"),
                            steroid("methylprednisolone", 32, "2026-12-10", "2026-12-12")]),
     {"SH exc-4c": "passes"}),
    ("a week and three months, and the later counts",
     adding(took("mycophenolate", "2027-03-27"), events=[{"code": "ivig", "date": "2027-02-15"}]),
     {"NK exc-22": "fails, lapses 2027-04-04", "NK exc-23b": "fails, lapses 2027-05-16", "NK": "from 2027-05-16"}),
    ("she turns 66 before the vaccine is washed out",
     {**had("live_vaccine", "2027-03-20"), "birth_date": "1961-04-10"},
     {"NK exc-19": "fails, lapses 2027-04-18", "NK": "from None", "SH": "from 2027-04-21", "KL": "until 2027-04-09"}),
]  # fmt: skip

DISEASES = [
    ("stroke of 2010", ill("stroke", status="resolved", since="2010", until="2010"),
     {"NK exc-6": "fails, lapses None", "SH exc-5b": "passes"}),
    ("lupus of the brain, over for 8 weeks",
     ill("neuropsychiatric_lupus", status="resolved", since="2026-12", until="2027-02-02"),
     {"NK exc-4": "fails, lapses 2027-03-31", "NK exc-6": "passes", "KL exc-10": "passes", "SH exc-3e": "passes"}),
    ("pneumonia that will be over", ill("pneumonia", since="2027-03-20", until="2027-04-10"),
     {"SH exc-2": "fails, lapses 2027-04-11"}),
    ("pneumonia that is called over, from a later day on",
     ill("pneumonia", status="resolved", since="2027-03-20", until="2027-04-10"), {"SH exc-2": "fails"}),
    ("basal cell carcinoma, nothing said of its treatment", ill("basal_cell_carcinoma", status="resolved"),
     {"NK exc-14": "unknown: missing", "SH exc-3a": "passes", "KL exc-1a": "passes"}),
    ("another cancer, treated",
     ill("other_malignancy", status="resolved", until="2015", adequately_treated=True), {"NK exc-14": "fails"}),
    ("rheumatoid arthritis on systemic therapy", ill("rheumatoid_arthritis", systemic_therapy=True),
     {"NK exc-5": "fails", "SH": f"from {TODAY}"}),
    ("rheumatoid arthritis, nobody says", ill("rheumatoid_arthritis"), {"NK exc-5": "unknown: missing"}),
    ("lupus nephritis is no other disease", ill("lupus_nephritis", systemic_therapy=True), {"NK exc-5": "passes"}),
    ("topical psoriasis", ill("psoriasis", systemic_therapy=False), {"NK exc-5": "passes", "NK exc-15": "fails"}),
    ("class III in October, class I now",
     {**SHE, "observations": [*SHE["observations"], lab("nyha_class", 3, day="2026-10-15")]},
     {"KL exc-2c": "passes", "SH exc-5e": "fails, lapses 2027-04-16"}),
]  # fmt: skip

CORE, SURFACE = lab("anti_hbc", "positive"), lab("hbsag", "positive")
RESULTS = [
    ("bilirubin at 2 × ULN", results(lab("total_bilirubin", 34.2, "umol/L", upper_limit=17.1)),
     {"NK inc-9d": "passes", "CHILDREN inc-5f": "passes", "KL inc-8": "passes", "SH inc-3f": "fails"}),
    ("bilirubin just above, and above 2 mg/dL", results(lab("total_bilirubin", 34.21, "umol/L", upper_limit=17.1)),
     {"NK inc-9d": "fails", "CHILDREN inc-5f": "fails", "KL inc-8": "passes"}),
    ("creatinine 221 µmol/L is below 2.5 mg/dL", results(lab("creatinine", 221, "µmol/L")), {"NK exc-3a": "passes"}),
    ("creatinine 222 µmol/L", results(lab("creatinine", 222, "µmol/L")), {"NK exc-3a": "fails"}),
    ("haemoglobin known from below", results(lab("hemoglobin", ">=8", "g/dL")),
     {"SH inc-3h": "passes", "NK inc-8a": "unknown: imprecise"}),
    ("haemoglobin 84 and 86 on one day", results(lab("hemoglobin", 84, "g/L"), lab("hemoglobin", 86, "g/L")),
     {"NK inc-8a": "unknown: conflicting", "SH inc-3h": "passes"}),
    ("haemoglobin of some day of March", results(lab("hemoglobin", 104, "g/L", day="2027-03")),
     {"NK inc-8a": "passes", "SH inc-3h": "unknown: imprecise"}),
    ("creatinine 1.7, and 61 kg: clearance 44", results(lab("creatinine", 1.7, "mg/dL", upper_limit=1.1)),
     {"SH inc-3g": "fails", "SH exc-4a": "fails"}),
    ("creatinine 1.7, and 85 kg: clearance 62",
     {**results(lab("creatinine", 1.7, "mg/dL", upper_limit=1.1)), "weight_kg": 85},
     {"SH inc-3g": "passes", "SH exc-4a": "passes"}),
    ("eGFR instead of creatinine", without_results(results(lab("egfr", 90, "mL/min/1.73m2")), "creatinine"),
     {"NK inc-9c": "passes", "SH inc-3g": "unknown: missing", "SH exc-4a": "unknown: missing"}),
    ("clearance instead of creatinine", without_results(results(lab("creatinine_clearance", 90, "mL/min")),
                                                        "creatinine"),
     {"NK inc-9c": "unknown: missing", "CHILDREN inc-5c": "unknown: missing", "SH inc-3g": "passes"}),
    ("surface antigen alone", results(SURFACE), {"NK exc-7a": "fails", "SH exc-7a": "unknown: missing"}),
    ("core antibody, DNA within its limit", results(CORE, lab("hbv_dna", 10, "[IU]/mL", upper_limit=20)),
     {"NK exc-7b": "passes", "SH exc-7a": "passes"}),
    ("core antibody, DNA above it", results(CORE, lab("hbv_dna", 21, "[IU]/mL", upper_limit=20)),
     {"NK exc-7b": "fails", "SH exc-7a": "fails"}),
    ("antinuclear antibodies of 2019", results(lab("ana", "<1:80"), lab("ana", "1:320", day="2019"),
                                               lab("anti_dsdna", 5, "[IU]/mL")), {"KL inc-3": "passes"}),
    ("SLEDAI-2K is not SELENA-SLEDAI", without_results(SHE, "selena_sledai"),
     {"NK inc-5": "unknown: missing", "CHILDREN inc-3": "passes"}),
    ("saturation with oxygen", results(lab("spo2", 98, "%", room_air=False)),
     {"NK inc-9f": "unknown: missing", "CHILDREN inc-5h": "passes"}),
]  # fmt: skip

BEFORE = (STEROID, HYDROXYCHLOROQUINE, MYCOPHENOLATE)
REFRACTORY = [
    ("62.5 mg as prednisone, at 61 kg",
     treated(steroid("methylprednisolone", 50), HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB),
     {"NK inc-7a": "passes", "CHILDREN inc-2b": "passes"}),
    ("exactly 1 mg/kg", treated(steroid("prednisone", 61), HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB),
     {"NK inc-7a": "fails", "CHILDREN inc-2b": "passes"}),
    ("40 mg of prednisone with 4.5 of dexamethasone", treated(
        steroid("prednisone", 40), steroid("dexamethasone", 4.5), HYDROXYCHLOROQUINE, MYCOPHENOLATE, BELIMUMAB),
     {"NK inc-7a": "passes", "CHILDREN inc-2b": "passes"}),
    ("belimumab for two months twice", treated(
        *BEFORE, drug("belimumab", "2025-01-01", "2025-02-28", response="inadequate"),
        drug("belimumab", "2025-06-01", "2025-07-31", response="inadequate")),
     {"KL inc-6": "passes", "CHILDREN inc-2b": "passes", "NK inc-7b": "fails"}),
    ("a relapse is for people to judge in one trial only",
     treated(STEROID, HYDROXYCHLOROQUINE, {**MYCOPHENOLATE, "response": "relapse"}, BELIMUMAB),
     {"NK inc-7b": "passes", "CHILDREN inc-2b": "passes", "KL inc-6": "to confirm"}),
]  # fmt: skip

AGES = [
    ("17", born("2009-06-15"), {"NK inc-2": "fails, lapses 2027-06-15", "NK": "from 2027-06-15",
                                "CHILDREN inc-1": "passes"}),
    ("18 or nearly", born("2009-03"), {"NK inc-2": "unknown: imprecise", "SH inc-2": "unknown: imprecise"}),
    ("65, born in April", born("1961-04"), {"NK inc-2": "passes", "NK": "until 2027-03-31"}),
    ("66 today", born("1961-03-30"), {"NK inc-2": "fails, lapses None", "KL": "from None", "SH inc-2": "passes"}),
    ("76 tomorrow", born("1951-03-31"), {"SH inc-2": "passes", "SH": "until 2027-03-30"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("patient", "expected"),
    [pytest.param(*row[1:], id=row[0]) for row in (*WASHOUTS, *DISEASES, *RESULTS, *REFRACTORY, *AGES)],
)
def test_each_patient_stands_with_each_trial_as_worked_out_by_hand(vocabulary, patient, expected):
    assert _found(vocabulary, patient, expected) == expected


@pytest.mark.parametrize(
    ("patient", "milestones", "expected"),
    [
        (SHE, {"lymphodepletion": "2027-04-04"}, {"SH inc-3h": "passes"}),
        (SHE, {"lymphodepletion": "2027-04-05"}, {"SH inc-3h": "unknown: stale", "SH exc-4a": "unknown: stale"}),
        (took("belimumab", "2027-03-01"), {"infusion": "2027-04-01"}, {"SH exc-12b": "passes"}),
        # enrolment is 11 days ahead and moves with the day: 18 April is the first that is free, planned on 7 April
        (took("cyclophosphamide", "2027-02-20"), {"enrollment": "2027-04-10"}, {"KL": "from 2027-04-07"}),
        (born("1961-04-15"), {"screening": "2027-04-09"}, {"NK inc-2": "passes", "NK": "until 2027-04-04"}),
        (SHE, {"screening": "2027-03-01"}, {"NK inc-8a": "unknown: missing"}),
    ],
)
def test_planned_days_move_the_windows(vocabulary, patient, milestones, expected):
    planned = {name: date.fromisoformat(day) for name, day in milestones.items()}
    assert _found(vocabulary, patient, expected, milestones=planned) == expected


@pytest.mark.parametrize(
    ("birth", "day", "expected"),
    [
        ("2008-02-29", date(2026, 2, 28), {"NK inc-2": "fails, lapses 2026-03-01"}),
        ("2008-02-29", date(2026, 3, 1), {"NK inc-2": "passes"}),
        ("1960-02-29", date(2026, 2, 28), {"NK inc-2": "passes", "NK": "until 2026-02-28"}),
        ("1960-02-29", date(2026, 3, 1), {"NK inc-2": "fails, lapses None"}),
    ],
)
def test_who_is_born_on_29_february_has_the_birthday_on_1_march(vocabulary, birth, day, expected):
    assert _found(vocabulary, {"birth_date": birth}, expected, as_of=day) == expected


def _found(vocabulary: Any, patient: Told, asked: Expected, *, as_of: date = TODAY, **more: Any) -> Expected:
    """What became of all that is asked, in the words in which it is asked."""
    told: Expected = {}
    for place, words in asked.items():
        trial, _, key = place.partition(" ")
        found = match(TRIALS[trial], vocabulary, patient, as_of=as_of, **more)
        if not key:
            which = words.split()[0]
            told[place] = f"{which} {getattr(found.finding, f'eligible_{which}')}"
        elif ", lapses" in words:
            told[place] = f"{found[key]}, lapses {found.criteria[key].lapses_on}"
        elif ": " in words:
            told[place] = f"{found[key]}: {', '.join(sorted(found.reasons(key)))}"
        else:
            told[place] = found[key]
    return told
