"""What a decisive fact is, and how it is said."""

from dataclasses import dataclass
from functools import cached_property

from pydantic_core import to_json

from app.matching.answer import Json
from app.matching.probes.question import Deciding, Fact


@dataclass(frozen=True)
class DecisiveFact:
    """A missing fact that can settle trials.

    `settles`: the trials that some value of it moves to eligible or ineligible. `opens`: those that are eligible where
    it is as `deciding` says, which is what opens the most; where it can open none, what settles the most.
    `computes_only`: no criterion asks for it, only for what is computed with it.
    """

    fact: Fact
    deciding: Deciding
    settles: tuple[str, ...]
    opens: tuple[str, ...]
    computes_only: bool = False

    @property
    def rank(self) -> tuple[int, int, bool, Fact]:
        """What opens most comes first, then what settles most; then what criteria ask for by name."""
        return -len(self.opens), -len(self.settles), self.computes_only, self.fact

    def said(self) -> Json:
        """An entry of `decisive_facts`; `trials` begin with those that it opens."""
        opened = set(self.opens)
        effect = f"opens {len(self.opens)}" if self.opens else f"settles {len(self.settles)}"
        return {
            **say_deciding(self.fact, self.deciding),
            "settles": len(self.settles),
            "opens": len(self.opens),
            "text": f"{self.fact.code} {self.deciding.text}: {effect}",
            "trials": [*self.opens, *(trial for trial in self.settles if trial not in opened)],
        }

    @cached_property
    def written(self) -> bytes:
        """That as JSON."""
        return to_json(self.said())


def say_deciding(fact: Fact, needed: Deciding) -> Json:
    """A fact, and what it must turn out to be."""
    return {
        "fact": fact.code,
        "kind": fact.kind,
        "unit": needed.unit,
        "threshold": None if needed.threshold is None else float(needed.threshold),
        "direction": needed.direction,
        "relative_to": needed.relative_to,
        "text": f"{fact.code} {needed.text}",
        "what_if": needed.example and needed.example.model_dump(mode="json", exclude_defaults=True),
    }
