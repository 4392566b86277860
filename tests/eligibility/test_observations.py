"""The observation leaf, as tables: which result counts, and what it says. The day is 21 November 2026."""

from datetime import date

import pytest

from app.vocabulary.enumerations import Milestone
from tests.eligibility.asking import Told, ask, exclusion, expression, inclusion, match, stand, verdict, within


def result(code: str, value: object = None, **properties: object) -> Told:
    return {"code": code} | ({} if value is None else {"value": value}) | properties


def hb(value: object, day: str | None = "2026-11-10", unit: str = "g/dL") -> Told:
    return result("hemoglobin", value, unit=unit) | ({"date": day} if day else {})


def asked(vocabulary, node, *results, **patient):
    return verdict(ask(vocabulary, node, observations=list(results), **patient))


FLOOR = expression(kind="observation", code="hemoglobin", threshold={"comparator": "ge", "value": 80, "unit": "g/L"})
FRESH_FLOOR = expression(
    kind="observation",
    code="hemoglobin",
    threshold={"comparator": "ge", "value": 80, "unit": "g/L"},
    window=within(7, "days", "lymphodepletion"),
)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], "unknown: missing"),
        ([hb(8)], "yes"),
        ([hb(7.9)], "no"),
        ([hb(80, unit="g/L")], "yes"),
        # a value is a range
        ([hb(">=8")], "yes"),
        ([hb(">9")], "yes"),
        ([hb("<8")], "no"),
        ([hb("<8.5")], "unknown: imprecise"),
        # the latest counts
        ([hb(7, "2026-11-09"), hb(9, "2026-11-10")], "yes"),
        ([hb(9, "2026-11-09"), hb(7, "2026-11-10")], "no"),
        # two of one day
        ([hb(9), hb(7)], "unknown: conflicting"),
        ([hb(9), hb(10)], "yes"),
        # partial dates: either may be the latest
        ([hb(9, "2026-11"), hb(7, "2026-11-10")], "unknown: imprecise"),
        ([hb(9, "2026-11"), hb(10, "2026-11-10")], "yes"),
        ([hb(9, "2026-11"), hb(7, "2026-10-31")], "yes"),
        # an undated result may be the latest
        ([hb(7, None)], "no"),
        ([hb(7, None), hb(9, "2020")], "unknown: undated"),
        ([hb(7, None), hb(9)], "unknown: undated"),
        ([hb("<8.5", None), hb(9)], "unknown: undated"),
        ([hb(10, None), hb(9)], "yes"),
        ([hb(6, None), hb(7)], "no"),
        ([hb(7, None), hb(9, None)], "unknown: undated"),
        # facts after the as-of date are ignored
        ([hb(7, "2026-11-22"), hb(9, "2026-11-21")], "yes"),
    ],
)
def test_the_latest_result_counts(vocabulary, results, expected):
    assert asked(vocabulary, FLOOR, *results) == expected


def test_the_weight_of_the_person_is_no_result_that_may_be_later(vocabulary):
    node = expression(kind="observation", code="weight", threshold={"comparator": "ge", "value": 50, "unit": "kg"})
    weighed = result("weight", 55, unit="kg", date="2026-11-10")
    assert asked(vocabulary, node, weighed, weight_kg=45) == "yes"
    assert asked(vocabulary, node, weight_kg=45) == "no"


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        # within 7 days before the 21st: from the 14th on, that day included
        ([hb(9, "2026-11-14")], "yes"),
        ([hb(7, "2026-11-14")], "no"),
        ([hb(9, "2026-11-13")], "unknown: stale"),
        ([hb(9, None)], "unknown: undated"),
        ([hb(9, "2026-11")], "unknown: imprecise"),
        ([hb(9, "2026-10")], "unknown: stale"),
        ([hb(9), hb(8.5, None)], "unknown: stale"),
        ([hb(9, "2026-11-14"), hb(8.5, None)], "yes"),
        ([hb(9, "2026-11-14"), hb(7, None)], "unknown: undated"),
        # an older result is no way round the latest one
        ([hb(7, "2026-11-20"), hb(9, "2026-11-19")], "no"),
    ],
)
def test_a_result_older_than_the_criterion_allows_is_stale(vocabulary, results, expected):
    assert asked(vocabulary, FRESH_FLOOR, *results) == expected


def test_a_stale_result_says_by_when_it_must_be_repeated(vocabulary):
    milestones = {Milestone.LYMPHODEPLETION: date(2026, 12, 10)}
    finding = ask(vocabulary, FRESH_FLOOR, observations=[hb(9)], milestones=milestones)
    assert verdict(finding) == "unknown: stale"
    assert finding.note == "older than the criterion allows: to be repeated by 2026-12-10"
    assert [(fact.fact, fact.reason) for fact in finding.missing] == [("hemoglobin", "stale")]


def test_a_result_names_the_first_day_on_which_it_is_stale(vocabulary):
    finding = stand(vocabulary, inclusion(FRESH_FLOOR), observations=[hb(9, "2026-11-18")])
    assert finding.finding is not None
    assert (finding.outcome, finding.finding.stale_from) == ("passes", date(2026, 11, 26))
    assert finding.expires_on == date(2026, 11, 26)
    milestones = {Milestone.LYMPHODEPLETION: date(2026, 11, 22)}
    finding = stand(vocabulary, inclusion(FRESH_FLOOR), observations=[hb(9, "2026-11-18")], milestones=milestones)
    assert finding.expires_on == date(2026, 11, 25)


def test_a_result_after_a_milestone_of_the_past_counts_once_the_milestone_has_moved_past_it(vocabulary):
    screened = {Milestone.SCREENING: date(2026, 9, 1)}
    now = ask(vocabulary, FLOOR, milestones=screened, observations=[hb(9), hb(7, "2026-08")])
    assert (verdict(now), now.changes_on) == ("no", frozenset({date(2027, 1, 30)}))
    only_later = ask(vocabulary, FLOOR, milestones=screened, observations=[hb(9)])
    assert (verdict(only_later), only_later.changes_on) == ("unknown: missing", frozenset({date(2027, 1, 30)}))
    finding = match(vocabulary, inclusion(FLOOR), milestones=screened, observations=[hb(9), hb(7, "2026-08")])
    assert (finding.verdict, finding.eligible_from) == ("ineligible", date(2027, 1, 30))


def test_a_computed_value_counts_once_the_milestone_has_moved_past_what_it_is_computed_from(vocabulary):
    node = expression(
        kind="observation", code="egfr", threshold={"comparator": "ge", "value": 30, "unit": "mL/min/1.73m2"}
    )
    measured = result("creatinine", 0.8, unit="mg/dL", date="2026-11-10")
    finding = ask(
        vocabulary,
        node,
        milestones={Milestone.SCREENING: date(2026, 9, 1)},
        observations=[measured],
        birth_date="1990-05-05",
        sex="female",
    )
    assert finding.changes_on == {date(2027, 1, 30)}


def test_a_low_result_is_not_mended_by_time(vocabulary):
    finding = stand(vocabulary, inclusion(FRESH_FLOOR), observations=[hb(6.1, "2026-11-18")])
    assert (finding.outcome, finding.lapses_on, finding.permanent) == ("fails", None, False)


def multiple(comparator: str, times: float, limit: str = "uln") -> object:
    threshold = {"comparator": comparator, "value": times, "relative_to": limit}
    return expression(kind="observation", code="alt", threshold=threshold)


def alt(value: object = None, **properties: object) -> Told:
    return result("alt", value, date="2026-11-10", **({"unit": "U/L"} if value is not None else {}), **properties)


@pytest.mark.parametrize(
    ("told", "le_2", "le_1", "gt_1_5"),
    [
        (alt(80, upper_limit=40), "yes", "no", "yes"),
        (alt(81, upper_limit=40), "no", "no", "yes"),
        (alt(40, upper_limit=40), "yes", "yes", "no"),
        (alt(60, upper_limit=40), "yes", "no", "no"),
        # without the laboratory's own limit
        (alt(31), *["unknown: no_reference_limit"] * 3),
        # the laboratory's reading counts too
        (alt(31, interpretation="normal"), "yes", "yes", "no"),
        (alt(interpretation="normal"), "yes", "yes", "no"),
        (alt(interpretation="low"), "yes", "yes", "no"),
        (alt(95, interpretation="high"), "unknown: no_reference_limit", "no", "unknown: no_reference_limit"),
        (alt(interpretation="abnormal"), *["unknown: no_reference_limit"] * 3),
        (alt("<50", upper_limit=40), "yes", "unknown: imprecise", "no"),
    ],
)
def test_multiples_of_the_upper_limit_need_it_or_the_laboratorys_reading(vocabulary, told, le_2, le_1, gt_1_5):
    for node, expected in ((multiple("le", 2), le_2), (multiple("le", 1), le_1), (multiple("gt", 1.5), gt_1_5)):
        assert asked(vocabulary, node, told) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (alt(10, lower_limit=10), "yes"),
        (alt(9, lower_limit=10), "no"),
        (alt(interpretation="normal"), "yes"),
        (alt(interpretation="high"), "yes"),
        (alt(interpretation="low"), "no"),
        (alt(9, upper_limit=40), "unknown: no_reference_limit"),
    ],
)
def test_multiples_of_the_lower_limit_mirror_those_of_the_upper(vocabulary, told, expected):
    assert asked(vocabulary, multiple("ge", 1, "lln"), told) == expected


@pytest.mark.parametrize(
    ("told", "positive", "high", "abnormal"),
    [
        ({"value": "positive"}, "yes", "unknown: no_reference_limit", "yes"),
        ({"value": "negative"}, "no", "no", "no"),
        ({"interpretation": "positive"}, "yes", "unknown: no_reference_limit", "yes"),
        ({"interpretation": "high"}, "yes", "yes", "yes"),
        ({"interpretation": "normal"}, "no", "no", "no"),
        ({"interpretation": "negative"}, "no", "no", "no"),
        ({"interpretation": "indeterminate"}, *["unknown: imprecise"] * 3),
        ({"value": 40, "unit": "[IU]/mL", "upper_limit": 30}, "yes", "yes", "yes"),
        ({"value": 30, "unit": "[IU]/mL", "upper_limit": 30}, "no", "no", "unknown: no_reference_limit"),
        ({"value": 40, "unit": "[IU]/mL"}, *["unknown: no_reference_limit"] * 3),
        ({"value": 0, "unit": "[IU]/mL"}, "no", "no", "unknown: no_reference_limit"),
    ],
)
def test_findings_are_read_from_words_or_from_the_upper_limit(vocabulary, told, positive, high, abnormal):
    for finding, expected in (("positive", positive), ("high", high), ("abnormal", abnormal)):
        node = expression(kind="observation", code="hbv_dna", finding=finding)
        assert asked(vocabulary, node, result("hbv_dna", date="2026-11-10", **told)) == expected


@pytest.mark.parametrize(
    ("told", "low", "normal", "high"),
    [
        ({"interpretation": "low"}, "yes", "no", "no"),
        ({"interpretation": "normal"}, "no", "yes", "no"),
        ({"interpretation": "high"}, "no", "no", "yes"),
        ({"interpretation": "abnormal"}, "unknown: no_reference_limit", "no", "unknown: no_reference_limit"),
        ({"value": 0.5, "unit": "g/L", "lower_limit": 0.9, "upper_limit": 1.8}, "yes", "no", "no"),
        ({"value": 0.5, "unit": "g/L", "lower_limit": 0.9}, "yes", "no", "unknown: no_reference_limit"),
        ({"value": 2, "unit": "g/L", "upper_limit": 1.8}, "no", "no", "yes"),
    ],
)
def test_low_and_high_are_read_from_the_limits_or_the_laboratorys_word(vocabulary, told, low, normal, high):
    for finding, expected in (("low", low), ("normal", normal), ("high", high)):
        node = expression(kind="observation", code="c3", finding=finding)
        assert asked(vocabulary, node, result("c3", date="2026-11-10", **told)) == expected


ANA_EVER = expression(kind="observation", code="ana", threshold={"comparator": "ge", "value": 80}, which="any")


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([result("ana", ">=1:160", date="2019")], "yes"),
        ([result("ana", "1:40", date="2026-11-01"), result("ana", "1:80", date="2019")], "yes"),
        # a negative result now does not prove the past
        ([result("ana", "1:40", date="2026-11-01")], "unknown: missing"),
        ([result("ana", "1:40", date="2026-11-01", lifetime=True)], "no"),
        ([result("ana", "1:40", lifetime=True), result("ana", "1:160")], "unknown: conflicting"),
        ([], "unknown: missing"),
    ],
)
def test_any_result_ever_proves_a_yes_and_only_a_whole_life_a_no(vocabulary, results, expected):
    assert asked(vocabulary, ANA_EVER, *results) == expected


def test_any_result_within_a_window_lapses_with_it(vocabulary):
    node = expression(kind="observation", code="cmv_dna", finding="positive", which="any", window=within(14, "days"))
    told = [result("cmv_dna", "positive", date="2026-11-10"), result("cmv_dna", "negative", date="2026-11-20")]
    finding = stand(vocabulary, exclusion(node), observations=told)
    assert (finding.outcome, finding.lapses_on) == ("fails", date(2026, 11, 25))
    assert asked(vocabulary, node, told[1]) == "unknown: missing"
    assert asked(vocabulary, node, result("cmv_dna", "positive", date="2026-11")) == "unknown: missing, imprecise"


WORST_CLASS = expression(
    kind="observation",
    code="nyha_class",
    threshold={"comparator": "ge", "value": 3},
    which="any_on_record",
    window=within(6, "months", "screening"),
)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([result("nyha_class", 2, date="2026-11-10")], "no"),
        ([result("nyha_class", 2, date="2026-11-10"), result("nyha_class", 3, date="2026-06-01")], "yes"),
        ([result("nyha_class", 2, date="2026-11-10"), result("nyha_class", 3, date="2026-05-20")], "no"),
        ([result("nyha_class", 2, date="2026-11-10"), result("nyha_class", 3, date="2026-05")], "unknown: imprecise"),
        ([result("nyha_class", 2, date="2026-11-10"), result("nyha_class", 3)], "unknown: undated"),
        ([result("nyha_class", ">=2", date="2026-11-10")], "unknown: imprecise"),
        # nothing on record in the window
        ([result("nyha_class", 2, date="2026-05-20")], "unknown: missing"),
        ([result("nyha_class", 2, date="2026-05")], "unknown: missing"),
        ([result("nyha_class", 2)], "unknown: missing"),
        ([], "unknown: missing"),
    ],
)
def test_what_is_on_record_in_a_window_can_be_taken_for_all_that_there_was(vocabulary, results, expected):
    assert asked(vocabulary, WORST_CLASS, *results) == expected


def test_what_is_on_record_goes_stale_with_the_window(vocabulary):
    told = [result("nyha_class", 2, date="2026-11-10"), result("nyha_class", 3, date="2026-06-01")]
    passed = stand(vocabulary, exclusion(WORST_CLASS), observations=told[:1])
    assert (passed.outcome, passed.expires_on) == ("passes", date(2027, 5, 11))
    failed = stand(vocabulary, exclusion(WORST_CLASS), observations=told)
    assert (failed.outcome, failed.lapses_on) == ("fails", date(2026, 12, 2))


def test_without_a_window_any_result_on_record_tells_of_all_time(vocabulary):
    node = expression(kind="observation", code="hiv", finding="positive", which="any_on_record")
    assert asked(vocabulary, node, result("hiv", "negative")) == "no"
    assert asked(vocabulary, node, result("hiv", "negative"), result("hiv", "positive", date="2019")) == "yes"


def test_a_saturation_on_room_air_is_one_without_oxygen(vocabulary):
    node = expression(
        kind="observation", code="spo2", threshold={"comparator": "gt", "value": 94, "unit": "%"}, room_air=True
    )
    for properties, expected in (
        ({"room_air": True}, "yes"),
        ({}, "unknown: missing"),
        ({"room_air": False}, "unknown: missing"),
    ):
        assert asked(vocabulary, node, result("spo2", 97, unit="%", date="2026-11-10", **properties)) == expected


def test_one_score_never_stands_in_for_another(vocabulary):
    node = expression(kind="observation", code="selena_sledai", threshold={"comparator": "ge", "value": 8})
    assert asked(vocabulary, node, result("sledai_2k", 12, date="2026-11-10")) == "unknown: missing"
