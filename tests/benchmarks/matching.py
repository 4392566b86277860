"""Matching, measured: `python -m tests.benchmarks.matching [trials ...]`.

One patient against catalogues of made-up trials, by the bulk matcher and, in the same run, by plain Python closures on
the same trees. Every criterion of a sample of trials is held against the closures' answer. Times are those of the
processor, so that what else runs on the machine disturbs the ratios little.
"""

import gc
import json
import resource
import sys
from collections.abc import Iterable, Sequence
from statistics import median
from time import process_time

import numpy as np

from app.eligibility.bulk.collection import collection_held
from app.eligibility.bulk.matcher import FAILS, PASSES, UNKNOWN, BulkMatcher
from app.eligibility.bulk.roots import Roots
from app.eligibility.bulk.trials import Ragged
from app.eligibility.dates import Calendar
from app.eligibility.reading import read_patient
from app.eligibility.rules import TrialRules
from app.eligibility.situation import Situation
from app.settings import Settings
from app.vocabulary.files import load_vocabulary
from app.vocabulary.terms import Vocabulary
from tests.benchmarks.closures import Flat, closures_of
from tests.benchmarks.generated import KINDS, TODAY, Generated

SIZES = (1_000, 10_000, 100_000)
SAMPLE = 500
PATIENTS = 12
ROUNDS = 3
"""How often each contestant matches a patient, one after the other."""
_AS_NUMBER = {int(PASSES): 1, int(FAILS): -1, int(UNKNOWN): 0}


def main(sizes: tuple[int, ...]) -> None:
    """Print a row for each size."""
    vocabulary = load_vocabulary(Settings().seed_folder / "vocabulary")
    print("trials    leaves  compile us/trial  MB      read ms  match ms  pairs/s      closures/s  x closures")
    for size in sizes:
        made = Generated(vocabulary)
        patients = [made.patient() for _ in range(PATIENTS)]
        trials = list(made.trials(size))
        stored = _stored(trials)
        gc.collect()
        before = _memory()
        started = process_time()
        matcher = _compiled(stored, vocabulary)
        compiled = (process_time() - started) / size * 1e6
        memory = _memory() - before
        sample = trials[:SAMPLE]
        closures = [closures_of(trial) for trial in sample]
        reading, matching, by_hand = [], [], []
        for patient in patients:
            started = process_time()
            facts = read_patient(patient, vocabulary, TODAY)
            reading.append(process_time() - started)
            situation = Situation.now(facts, Calendar(TODAY))
            for _ in range(ROUNDS):
                started = process_time()
                found = matcher.match(situation)
                matching.append(process_time() - started)
            flat = Flat(patient)
            for _ in range(ROUNDS):
                started = process_time()
                expected = [[closure(flat) for closure in criteria] for criteria in closures]
                by_hand.append((process_time() - started) / len(sample))
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
        del trials, stored, matcher, closures


def _stored(trials: Iterable[TrialRules]) -> list[list[str]]:
    """The criteria of each trial as the catalogue stores them; what several share is one text."""
    texts: dict[int, str] = {}
    for rule in (rule for trial in trials for rule in trial.criteria):
        if rule.expression is not None and id(rule.expression) not in texts:
            texts[id(rule.expression)] = json.dumps(rule.expression.model_dump(mode="json"))
    return [[texts[id(rule.expression)] for rule in trial.criteria] for trial in trials]


def _compiled(trials: Sequence[Sequence[str]], vocabulary: Vocabulary) -> BulkMatcher:
    """As the service compiles what is stored."""
    with collection_held():
        roots = Roots()
        numbers = Ragged.of(
            [roots.of_stored(text, kind, "screening") for kind, text in zip(KINDS, trial, strict=True)]
            for trial in trials
        )
        return BulkMatcher(roots, numbers, np.zeros(len(trials), dtype=np.uint8), vocabulary)


def _memory() -> float:
    """Peak resident memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    np.seterr(all="raise")
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
