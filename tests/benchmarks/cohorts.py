"""Cohorts, measured: `python -m tests.benchmarks.cohorts [patients] [trials]`.

Patients of some 60 facts against made-up trials, and in turn a sample of both by plain Python closures on the same
trees; every criterion of the sample is held against theirs. What is measured: matching alone, every criterion exact
and counted; and the whole, from lines of JSON to lines of JSON with each patient's twenty best prospects.
"""

import gc
import resource
import sys
from collections.abc import Sequence
from statistics import median
from time import perf_counter

import numpy as np
from pydantic_core import to_json

from app.api.cohort_lines import CohortLines
from app.eligibility.bulk.matcher import FAILS, PASSES, UNKNOWN, BulkMatch, BulkMatcher
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
from tests.benchmarks.closures import Closure, Flat, closures_of
from tests.benchmarks.generated import TODAY, Generated

SAMPLE = 500
"""Trials that closures look at, too, for one patient of each block."""
_AS_NUMBER = {int(PASSES): 1, int(FAILS): -1, int(UNKNOWN): 0}


def main(count: int, size: int) -> None:
    """Print what a cohort costs: medians over blocks of patients, each measured in turn with each contestant."""
    settings = Settings()
    vocabulary = load_vocabulary(settings.seed_folder / "vocabulary")
    made = Generated(vocabulary)
    trials = list(made.trials(size))
    patients = [made.visitor() for _ in range(count)]
    compiled = _compiled(trials, vocabulary)
    lines = CohortLines(Cohort(Selection(compiled, np.arange(size)), TODAY, 20, vocabulary), settings)
    closures = [closures_of(trial) for trial in trials[:SAMPLE]]
    gc.collect()
    gc.freeze()
    before = _memory()
    pairs: dict[str, list[float]] = {"closures": [], "matching": [], "lines to lines": []}
    read = written = 0
    for start in range(0, count, MOST_AT_ONCE):
        block = patients[start : start + MOST_AT_ONCE]
        expected, seconds = _by_closures(closures, block[0])
        pairs["closures"].append(len(closures) / seconds)
        found, seconds = _matched(compiled.bulk, block, vocabulary)
        pairs["matching"].append(len(block) * size / seconds)
        flags_of_sample = compiled.bulk.flags_of(found, range(len(closures)))
        if [[_AS_NUMBER[flag] for flag in flags] for flags in flags_of_sample] != expected:
            sys.exit("the bulk matcher and the closures do not agree")
        sent = [_line(number, patient) for number, patient in enumerate(block, start)]
        answered, seconds = _answered(lines, sent)
        pairs["lines to lines"].append(len(block) * size / seconds)
        read, written = read + sum(len(line.body or b"") for line in sent), written + answered
    print(f"{count} patients x {size} trials, blocks of {MOST_AT_ONCE}")
    for name, rates in pairs.items():
        rate = median(rates)
        ratio = rate / median(pairs["closures"])
        print(f"{name:<15} {rate:14,.0f} pairs/s  {count * size / rate:8.2f} s  {ratio:7,.0f} x closures")
    print(f"{read / 1e6:.1f} MB in, {written / 1e6:.1f} MB out; {_memory() - before:.0f} MB more memory at most")


def _line(number: int, patient: Patient) -> Line:
    sent = patient.model_dump(mode="json", exclude_defaults=True)
    return Line(number + 1, to_json({"id": f"P-{number}", "patient": sent}))


def _by_closures(closures: Sequence[Sequence[Closure]], patient: Patient) -> tuple[list[list[int]], float]:
    """How the criteria of the sample stand for a patient, and the seconds that took."""
    flat = Flat(patient)
    started = perf_counter()
    found = [[closure(flat) for closure in criteria] for criteria in closures]
    return found, perf_counter() - started


def _matched(bulk: BulkMatcher, patients: Sequence[Patient], vocabulary: Vocabulary) -> tuple[BulkMatch, float]:
    """The first patient's match, and the seconds for verdicts and counts of all, whose facts are read already."""
    calendar = Calendar(TODAY)
    situations = [Situation.now(read_patient(one, vocabulary, TODAY), calendar) for one in patients]
    started = perf_counter()
    matched = bulk.match_many(situations)
    for found in matched:
        if len(found.verdicts) != len(found.fails) or len(found.unknown) != len(found.fails):
            sys.exit("a trial is missing")
    return matched[0], perf_counter() - started


def _answered(lines: CohortLines, block: Sequence[Line]) -> tuple[int, float]:
    """The bytes that lines are answered with, and the seconds that took."""
    started = perf_counter()
    answers = lines.answers(block)
    written = sum([len(to_json(answer)) + 1 for answer in answers])
    seconds = perf_counter() - started
    if any("problem" in answer for answer in answers):
        sys.exit("a line was refused")
    return written, seconds


def _compiled(trials: Sequence[TrialRules], vocabulary: Vocabulary) -> Compiled:
    bulk = BulkMatcher.of(trials, vocabulary)
    status = {"value": "recruiting", "as_of": "2025-07-12", "stale_after": "2027-07-12"}
    candidates = tuple(
        Candidate(
            id=rules.id,
            revision=1,
            title=f"A made-up study of engineered cells in autoimmune disease, number {number}",
            shown_status=status,
            keys=tuple(rule.key for rule in rules.criteria),
            roots=bulk.trials[number],
        )
        for number, rules in enumerate(trials)
    )
    size = len(trials)
    return Compiled(
        catalogue_revision=1,
        trials=candidates,
        bulk=bulk,
        numbers={one.id: number for number, one in enumerate(candidates)},
        by_catalogue=np.arange(size),
        openness=np.arange(size, dtype=np.int64) % 4,
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
