"""What can be missing from the catalogue. Bad input is `app.vocabulary.faults.Refused`."""

from collections.abc import Sequence

from app.vocabulary.faults import Fault


class NotInCatalogue(Exception):
    """Something that was asked for by its name is not there; `faults` say which, where several were asked for."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        super().__init__()
        self.faults = tuple(faults)


class TrialNotFound(NotInCatalogue):
    """No trial has this slug or registry number."""


class RevisionNotFound(NotInCatalogue):
    """The trial has no revision of this number."""
