"""A small exact reader of UCUM units and of their usual other spellings."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Unit:
    """A dimension, and how many of its base unit one of this unit is. Equal dimensions convert by their factors."""

    dimension: str
    factor: Fraction


class UnknownUnit(ValueError):
    """A unit that is not understood; `nearest` are the spellings that look like it."""

    def __init__(self, nearest: tuple[str, ...]) -> None:
        super().__init__("the unit is not understood")
        self.nearest = nearest


@lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit:
    """The unit that a text means. UnknownUnit where it means none."""
    raise NotImplementedError
