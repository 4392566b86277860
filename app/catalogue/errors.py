"""What can be missing from the catalogue. Bad input is `app.vocabulary.faults.Refused`."""


class NotInCatalogue(Exception):
    """Something that was asked for by its name is not there."""


class TrialNotFound(NotInCatalogue):
    """No trial has this slug or registry number."""


class RevisionNotFound(NotInCatalogue):
    """The trial has no revision of this number."""
