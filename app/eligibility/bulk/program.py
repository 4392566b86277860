"""The steps of a program: composites of one shape are evaluated together, for many patients, by a few calls of NumPy.

Every verdict has a row of planes, and so has whether something applies that may not: yes, no or unknown, too.
The rules are those of `app.eligibility.composites`, and a property test holds the two to one answer.
"""

from dataclasses import dataclass
from typing import Protocol

from app.eligibility.bulk.planes import MAYBE, SURELY, Index, Planes, Small, all_of, any_of, at_least, negated

__all__ = ["ALWAYS", "NEVER", "UNSURE", "AtLeast", "Gate", "Index", "Not", "Outcome", "Small", "Step", "Tally"]

NEVER, ALWAYS, UNSURE = 0, 1, 2
"""The first rows of every program: no, yes and unknown, whoever the patient is."""


class Step(Protocol):
    """Rows of one shape, one after another, that are filled from rows before them."""

    def run(self, rows: Planes) -> None: ...


@dataclass(frozen=True, slots=True)
class Not:
    """The mirror of each branch."""

    at: slice
    branch: Index

    def run(self, rows: Planes) -> None:
        rows[self.at] = negated(rows.take(self.branch, axis=0))


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `needed` of the branches, all of which always apply. `branches` has a row for each of them."""

    at: slice
    needed: int
    branches: Index

    def run(self, rows: Planes) -> None:
        rows[self.at] = at_least(self.needed, [rows.take(branch, axis=0) for branch in self.branches])


@dataclass(frozen=True, slots=True)
class Tally:
    """At least `needed` of the branches that apply, or all of them where fewer do; and whether any applies."""

    at: slice
    applies_at: slice
    needed: int
    branches: Index
    applies: Index

    def run(self, rows: Planes) -> None:
        found = [rows.take(branch, axis=0) for branch in self.branches]
        applies = [rows.take(branch, axis=0) for branch in self.applies]
        certain = [one[:, SURELY] for one in applies]
        maybe = [one[:, MAYBE] & ~one[:, SURELY] for one in applies]
        # One more yes never makes "at least" harder to reach, one more no never easier: so these two are the extremes.
        least = self._tally(found, [certain[n] | (maybe[n] & ~one[:, SURELY]) for n, one in enumerate(found)])
        most = self._tally(found, [certain[n] | (maybe[n] & one[:, MAYBE]) for n, one in enumerate(found)])
        all_yes = all_of([one[:, SURELY] | ~maybe[n] for n, one in enumerate(found)])
        not_all_no = any_of([one[:, MAYBE] & maybe[n] for n, one in enumerate(found)])
        some_certain, some_maybe = any_of(certain), any_of(maybe)
        verdict, applicable = rows[self.at], rows[self.applies_at]
        verdict[:, SURELY] = _either(some_certain, least[:, SURELY] & most[:, SURELY], some_maybe & all_yes)
        verdict[:, MAYBE] = _either(some_certain, least[:, MAYBE] | most[:, MAYBE], ~some_maybe | not_all_no)
        applicable[:, SURELY] = some_certain
        applicable[:, MAYBE] = some_certain | some_maybe

    def _tally(self, found: list[Planes], counts: list[Planes]) -> Planes:
        """Of those that count; where fewer than needed do, all of them."""
        counting = [one[:, None] for one in counts]
        enough = at_least(self.needed, [one & counts for one, counts in zip(found, counting, strict=True)])
        return enough | all_of([one | ~counts for one, counts in zip(found, counting, strict=True)])


@dataclass(frozen=True, slots=True)
class Gate:
    """`only_if`: `then` where the condition holds."""

    at: slice
    applies_at: slice
    condition: Index
    condition_applies: Index
    then: Index
    then_applies: Index

    def run(self, rows: Planes) -> None:
        condition, restricts = rows.take(self.condition, axis=0), rows.take(self.condition_applies, axis=0)
        then, applies = rows.take(self.then, axis=0), rows.take(self.then_applies, axis=0)
        as_then = condition[:, SURELY] | ~restricts[:, MAYBE]
        surely_not = restricts[:, SURELY] & ~condition[:, MAYBE]
        dropped = ~as_then & (surely_not | ~applies[:, MAYBE])
        verdict, applicable = rows[self.at], rows[self.applies_at]
        verdict[:, SURELY] = then[:, SURELY] & ~dropped
        verdict[:, MAYBE] = then[:, MAYBE] | dropped
        applicable[:, SURELY] = applies[:, SURELY] & as_then
        applicable[:, MAYBE] = _either(as_then, applies[:, MAYBE], ~dropped)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How criteria stand that may not apply, or of which people are asked something.

    The first rows say what speaks against the patient: (it fails, it fails or is open). The others: (it does not apply,
    it does not pass). `against` is the mirror of what the patient needs; `data` that without what people are asked.
    """

    at: slice
    others_at: slice
    against: Index
    applies: Index
    data: Index
    data_applies: Index

    def run(self, rows: Planes) -> None:
        against, applies = rows.take(self.against, axis=0), rows.take(self.applies, axis=0)
        data, data_applies = rows.take(self.data, axis=0), rows.take(self.data_applies, axis=0)
        dropped = ~applies[:, MAYBE]
        fails = against[:, SURELY] & applies[:, SURELY]
        not_passed = against[:, MAYBE] | dropped
        cleared = ~data[:, MAYBE] | ~data_applies[:, MAYBE]
        stands, others = rows[self.at], rows[self.others_at]
        stands[:, SURELY] = fails
        stands[:, MAYBE] = fails | (not_passed & ~dropped & ~cleared)
        others[:, SURELY] = dropped
        others[:, MAYBE] = not_passed


def _either(where: Planes, so: Planes, otherwise: Planes) -> Planes:
    return (where & so) | (~where & otherwise)
