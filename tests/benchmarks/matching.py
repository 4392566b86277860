"""Matching, measured: `python -m tests.benchmarks.matching [trials ...]`.

One patient against catalogues of made-up trials, by the bulk matcher and, in the same run, by plain Python closures on
the same trees. Every criterion of a sample of trials is held against the closures' answer.
"""

import gc
import resource
import sys
from statistics import median
from time import perf_counter

import numpy as np

from app.eligibility.bulk.matcher import FAILS, PASSES, UNKNOWN, BulkMatcher
from app.eligibility.dates import Calendar
from app.eligibility.reading import read_patient
from app.eligibility.situation import Situation
from app.settings import Settings
from app.vocabulary.files import load_vocabulary
from tests.benchmarks.closures import Flat, closures_of
from tests.benchmarks.generated import TODAY, Generated

SIZES = (1_000, 10_000, 100_000)
SAMPLE = 500
PATIENTS = 12
_AS_NUMBER = {int(PASSES): 1, int(FAILS): -1, int(UNKNOWN): 0}


def main(sizes: tuple[int, ...]) -> None:
    """Print a row for each size."""
    vocabulary = load_vocabulary(Settings().seed_folder / "vocabulary")
    print("trials    leaves  compile us/trial  MB      read ms  match ms  pairs/s      closures/s  x closures")
    for size in sizes:
        made = Generated(vocabulary)
        patients = [made.patient() for _ in range(PATIENTS)]
        trials = list(made.trials(size))
        gc.collect()
        before = _memory()
        started = perf_counter()
        matcher = BulkMatcher.of(trials, vocabulary)
        compiled = (perf_counter() - started) / size * 1e6
        memory = _memory() - before
        sample = trials[:SAMPLE]
        closures = [closures_of(trial) for trial in sample]
        reading, matching, by_hand = [], [], []
        for patient in patients:
            started = perf_counter()
            facts = read_patient(patient, vocabulary, TODAY)
            reading.append(perf_counter() - started)
            situation = Situation.now(facts, Calendar(TODAY))
            started = perf_counter()
            found = matcher.match(situation)
            matching.append(perf_counter() - started)
            flat = Flat(patient)
            started = perf_counter()
            expected = [[closure(flat) for closure in criteria] for criteria in closures]
            by_hand.append((perf_counter() - started) / len(sample))
            for number, row in enumerate(expected):
                got = [_AS_NUMBER[int(flags)] for flags in matcher.criteria_of(found, number)]
                if got != row:
                    sys.exit(f"trial {number}: the bulk matcher says {got}, the closures {row}")
        pairs = size / median(matching)
        plain = 1 / median(by_hand)
        print(
            f"{size:<9} {matcher.size[2]:<7} {compiled:<17.0f} {memory:<7.0f} {median(reading) * 1e3:<8.1f} "
            f"{median(matching) * 1e3:<9.2f} {pairs:<12,.0f} {plain:<11,.0f} {pairs / plain:.0f}"
        )
        del trials, matcher, closures


def _memory() -> float:
    """Peak resident memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    np.seterr(all="raise")
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
