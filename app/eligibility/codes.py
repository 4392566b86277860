"""Whether an expression's codes, units and thresholds make sense in a vocabulary, and how it reads in plain English."""

from app.eligibility.criteria import Expression
from app.vocabulary.faults import Fault
from app.vocabulary.terms import Vocabulary


def check_expression(expression: Expression, vocabulary: Vocabulary, pointer: str = "") -> list[Fault]:
    """Everything wrong with an expression, each with a JSON Pointer that begins with `pointer`."""
    raise NotImplementedError


def printable(expression: Expression, vocabulary: Vocabulary) -> str:
    """One line of plain English: `haemoglobin ≥ 85 g/L`, `at least 2 of: …`."""
    raise NotImplementedError
