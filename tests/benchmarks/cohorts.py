"""Cohorts, measured: `python -m tests.benchmarks.cohorts [patients] [trials]`.

Patients of some 60 facts against made-up trials, and in the same run a sample of both by plain Python closures on the
same trees; every criterion of the sample is held against theirs. What is measured: matching alone, every criterion
exact and counted; and the whole, from lines of JSON to lines of JSON with each patient's twenty best prospects.
"""

import gc
import resource
import sys
from array import array
from collections.abc import Sequence
from time import perf_counter

import numpy as np
from pydantic_core import to_json

from app.api.cohort_lines import CohortLines
from app.eligibility.bulk.matcher import FAILS, PASSES, UNKNOWN, BulkMatcher, static_flags
from app.eligibility.bulk.roots import Roots
from app.eligibility.dates import Calendar
from app.eligibility.patient import Patient
from app.eligibility.reading import read_patient
from app.eligibility.rules import TrialRules
from app.eligibility.situation import Situation
from app.matching.candidates import Candidate
from app.matching.cohort import Cohort
from app.matching.compiled import Compiled, Selection
from app.settings import Settings
from app.vocabulary.files import load_vocabulary
from app.vocabulary.terms import Vocabulary
from app.web.lines import MOST_AT_ONCE, Line
from tests.benchmarks.closures import Flat, closures_of
from tests.benchmarks.generated import TODAY, Generated

SAMPLE = 500, 12
"""Trials and patients that closures look at, too."""
_AS_NUMBER = {int(PASSES): 1, int(FAILS): -1, int(UNKNOWN): 0}


def main(count: int, size: int) -> None:
    """Print what a cohort costs."""
    settings = Settings()
    vocabulary = load_vocabulary(settings.seed_folder / "vocabulary")
    made = Generated(vocabulary)
    trials = list(made.trials(size))
    lines = [_line(number, made.visitor()) for number in range(count)]
    sample = [made.visitor() for _ in range(SAMPLE[1])]
    compiled = _compiled(trials, vocabulary)
    by_closures = _verified(compiled.bulk, trials[: SAMPLE[0]], sample, vocabulary)
    cohort = Cohort(Selection(compiled, np.arange(size)), TODAY, 20, vocabulary)
    gc.collect()
    before = _memory()
    alone = _matched(compiled.bulk, [made.visitor() for _ in range(count)], vocabulary)
    whole, written = _answered(CohortLines(cohort, settings), lines)
    print(f"{count} patients x {size} trials; closures: {by_closures:,.0f} pairs/s")
    for name, seconds in (("matching", alone), ("lines to lines", whole)):
        pairs = count * size / seconds
        print(f"{name:<15} {seconds:6.2f} s  {pairs:14,.0f} pairs/s  {pairs / by_closures:7,.0f} x closures")
    read = sum(len(line.body or b"") for line in lines)
    print(f"{read / 1e6:.1f} MB in, {written / 1e6:.1f} MB out; {_memory() - before:.0f} MB more memory at most")


def _line(number: int, patient: Patient) -> Line:
    sent = patient.model_dump(mode="json", exclude_defaults=True)
    return Line(number + 1, to_json({"id": f"P-{number}", "patient": sent}))


def _verified(
    bulk: BulkMatcher, trials: Sequence[TrialRules], patients: Sequence[Patient], vocabulary: Vocabulary
) -> float:
    """Pairs a second by closures; ends the run where they say anything else of a criterion."""
    closures = [closures_of(trial) for trial in trials]
    calendar = Calendar(TODAY)
    matched = bulk.match_many([Situation.now(read_patient(one, vocabulary, TODAY), calendar) for one in patients])
    seconds = 0.0
    for patient, found in zip(patients, matched, strict=True):
        flat = Flat(patient)
        started = perf_counter()
        expected = [[closure(flat) for closure in criteria] for criteria in closures]
        seconds += perf_counter() - started
        flags = bulk.flags_of(found, range(len(trials)))
        got = [[_AS_NUMBER[flag] for flag in of_trial] for of_trial in flags]
        if got != expected:
            sys.exit("the bulk matcher and the closures do not agree")
    return len(patients) * len(trials) / seconds


def _matched(bulk: BulkMatcher, patients: Sequence[Patient], vocabulary: Vocabulary) -> float:
    """Seconds for verdicts and counts of all trials, where the patients are read already."""
    calendar = Calendar(TODAY)
    situations = [Situation.now(read_patient(one, vocabulary, TODAY), calendar) for one in patients]
    started = perf_counter()
    for start in range(0, len(situations), MOST_AT_ONCE):
        for found in bulk.match_many(situations[start : start + MOST_AT_ONCE]):
            if len(found.verdicts) != len(found.fails) or len(found.unknown) != len(found.fails):
                sys.exit("a trial is missing")
    return perf_counter() - started


def _answered(lines: CohortLines, cohort: Sequence[Line]) -> tuple[float, int]:
    """Seconds from lines to lines, and the bytes of these."""
    written = 0
    started = perf_counter()
    for start in range(0, len(cohort), MOST_AT_ONCE):
        for answer in lines.answers(cohort[start : start + MOST_AT_ONCE]):
            if "problem" in answer:
                sys.exit(f"a line was refused: {answer['problem']}")
            written += len(to_json(answer)) + 1
    return perf_counter() - started, written


def _compiled(trials: Sequence[TrialRules], vocabulary: Vocabulary) -> Compiled:
    roots = Roots()
    status = {"value": "recruiting", "as_of": "2025-07-12", "stale_after": "2027-07-12"}
    candidates = tuple(
        Candidate(
            number=number,
            id=rules.id,
            revision=1,
            title=f"A made-up study of engineered cells in autoimmune disease, number {number}",
            shown_status=status,
            openness=number % 4,
            min_years=None,
            max_years=None,
            sex=None,
            conditions=(),
            keys=tuple(rule.key for rule in rules.criteria),
            roots=array("i", [roots.of_rule(rule) for rule in rules.criteria]),
            incomplete=static_flags(rules),
            groups=(),
        )
        for number, rules in enumerate(trials)
    )
    rows, static = [one.roots for one in candidates], [one.incomplete for one in candidates]
    size = len(trials)
    return Compiled(
        catalogue_revision=1,
        trials=candidates,
        bulk=BulkMatcher(roots, rows, static, vocabulary),
        numbers={one.id: one.number for one in candidates},
        by_catalogue=np.arange(size),
        openness=np.array([one.openness for one in candidates], dtype=np.int64),
        ages=np.zeros((size, 2), dtype=np.int64),
        sexes=np.full(size, None, dtype=np.object_),
        condition_sets=((),),
        condition_set=np.zeros(size, dtype=np.int64),
        diseases={},
    )


def _memory() -> float:
    """Peak resident memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    np.seterr(all="raise")
    asked = [int(number) for number in sys.argv[1:]]
    main(*(asked or (1_000, 10_000)))
