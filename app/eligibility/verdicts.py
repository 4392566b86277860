"""Three-valued logic (strong Kleene): yes, no, unknown. A verdict is no bool, so unknown is never taken for no."""

from collections.abc import Iterable
from enum import IntEnum
from typing import NoReturn


class Verdict(IntEnum):
    """Ordered: AND is the minimum, OR the maximum, NOT the mirror."""

    NO = -1
    UNKNOWN = 0
    YES = 1

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict has three values: compare it with Verdict.YES, Verdict.NO or Verdict.UNKNOWN")


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Yes where all are yes, no where one is no. Of nothing: yes."""
    return min(verdicts, default=Verdict.YES)


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Yes where one is yes, no where all are no. Of nothing: no."""
    return max(verdicts, default=Verdict.NO)


def negated(verdict: Verdict) -> Verdict:
    return Verdict(-verdict)


def at_least(n: int, verdicts: Iterable[Verdict]) -> Verdict:
    """Yes where n are yes, no where fewer than n could still be, else unknown."""
    known = list(verdicts)
    if known.count(Verdict.YES) >= n:
        return Verdict.YES
    return Verdict.NO if len(known) - known.count(Verdict.NO) < n else Verdict.UNKNOWN
