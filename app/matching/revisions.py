"""Trials at other revisions than the present one, for a match to be compared with."""

from collections.abc import Callable, Mapping

from app.catalogue.errors import RevisionNotFound
from app.matching.candidates import Candidate
from app.matching.shelf import Explainable, Shelf
from app.matching.warnings import Warned
from app.vocabulary.faults import Fault, Refused


def at_revisions(
    shelf: Shelf, wanted: Mapping[str, int], find: Callable[[str], Candidate | None]
) -> tuple[dict[str, Explainable], list[Warned]]:
    """The trials that are wanted at another revision than the present one, by slug, at that; and a warning for each
    name by which none is found.

    Refused: a revision that a trial does not have.
    """
    revised: dict[str, Explainable] = {}
    faults: list[Fault] = []
    warned: list[Warned] = []
    for name, revision in wanted.items():
        place = f"/compare_with/revisions/{name}"
        trial = find(name)
        if trial is None:
            warned.append(Warned("revision_without_trial", "the trial is not among the candidates", place))
        elif revision != trial.revision:
            try:
                revised[trial.id] = shelf.get(trial.id, revision)
            except RevisionNotFound:
                remedy = "use a number of GET /v1/trials/{id}/revisions"
                faults.append(Fault("unknown_revision", "the trial has no such revision", remedy, place))
    if faults:
        raise Refused(faults)
    return revised, warned
