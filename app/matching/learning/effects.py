"""What learning a fact does to leaves of criteria: a table with a column for each way in which it can turn out."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.eligibility.bulk.program import Index, Small
from app.matching.probes.question import Question

REFUSED = -1
"""Stands for the column of a way in which a fact cannot turn out, since it contradicts what is known."""

Column = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a fact does to the leaves that look at it. `column_of`: for each probe its column, or `REFUSED`."""

    question: Question
    leaves: Index
    columns: Small
    column_of: tuple[int, ...]


def effects_of(question: Question, leaves: Index, found: Iterable[Column | None]) -> Effects:
    """From the verdicts of the leaves with each probe, in order; None where a probe cannot be."""
    columns: dict[Column, int] = {}
    column_of = [REFUSED if column is None else columns.setdefault(column, len(columns)) for column in found]
    table = np.array(list(columns), dtype=np.int8).reshape(len(columns), len(leaves)).T
    return Effects(question, leaves, table, tuple(column_of))
