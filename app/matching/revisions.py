"""Trials as they stood at other revisions, for a match to be compared with."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic_core import from_json

from app.catalogue.errors import RevisionNotFound
from app.catalogue.queries import Catalogue
from app.matching.candidates import Candidate, CandidateReader
from app.matching.compiled import Selection
from app.matching.warnings import Warned
from app.vocabulary.faults import Fault, Refused


async def at_revisions(
    catalogue: Catalogue, wanted: Mapping[str, int], selection: Selection
) -> tuple[dict[str, Candidate], list[Warned]]:
    """The trials that are wanted at another revision than the present one, at that; and a warning for each name that
    is none of the selection's.

    Refused: a revision that a trial does not have.
    """
    revised: dict[str, Candidate] = {}
    faults: list[Fault] = []
    warned: list[Warned] = []
    for slug, number in wanted.items():
        place = f"/compare_with/revisions/{slug}"
        trial = selection.find(slug)
        if trial is None:
            warned.append(Warned("revision_without_trial", "the trial is not among the candidates", place))
        elif number != trial.revision:
            try:
                document = await catalogue.get_revision(slug, number)
            except RevisionNotFound:
                remedy = "use a number of GET /v1/trials/{id}/revisions"
                faults.append(Fault("unknown_revision", "the trial has no such revision", remedy, place))
            else:
                stood = from_json(document.body)
                rules = CandidateReader().rules(slug, stood, stood["criteria_summary"])
                revised[slug] = replace(trial, revision=number, rules=rules)
    if faults:
        raise Refused(faults)
    return revised, warned
