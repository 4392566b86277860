"""What is wrong with an input: the place, the fault and the remedy. Never the value itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `pointer` is a JSON Pointer into a body, `parameter` names a query parameter; one is set.

    `code` is a stable word for programs, `detail` says what is wrong, `remedy` what to do, `nearest` the known codes
    that look like an unknown one.
    """

    code: str
    detail: str
    remedy: str
    pointer: str | None = None
    parameter: str | None = None
    nearest: tuple[str, ...] = ()


class Refused(Exception):
    """An input that cannot be used, with all that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} fault(s), the first: {faults[0].code}")
        self.faults = tuple(faults)

    def below(self, place: str) -> "Refused":
        """The same faults, of a body that holds the input at `place`."""
        return Refused([replace(fault, pointer=f"{place}{fault.pointer or ''}") for fault in self.faults])
