"""What finding out may cost: hypothetical patients, criteria assessed, turns of a search."""

from collections.abc import Iterator
from contextlib import contextmanager

_A_LITTLE = 0.1


class Exhausted(Exception):
    """It would take more steps than are allowed to know."""


class Steps:
    """Counts steps, and ends what takes more than `allowed`. `weight`: how much longer a step takes than usual."""

    def __init__(self, weight: float = 1) -> None:
        self._weight = weight
        self._left: float | None = None

    def spend(self) -> None:
        """One more step. Raises `Exhausted`."""
        self._spend(1)

    def spend_a_little(self) -> None:
        """A step that takes far less time than to suppose something. Raises `Exhausted`."""
        self._spend(_A_LITTLE)

    def _spend(self, steps: float) -> None:
        if self._left is None:
            return
        if self._left <= 0:
            raise Exhausted
        self._left -= steps * self._weight

    @contextmanager
    def allowed(self, most: float) -> Iterator[None]:
        """So many steps for what is done within, and no more than are left."""
        most = most if self._left is None else min(most, self._left)
        left, self._left = self._left, most
        try:
            yield
        finally:
            self._left = None if left is None else left - (most - self._left)
