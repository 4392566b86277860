"""A cohort's patients, one after another: each is answered in a line of its own, or told there what is wrong."""

import json
from dataclasses import dataclass

from app.matching.answer import Json
from app.matching.cohort import LONGEST_ID, Cohort, CohortPatient
from app.settings import Settings
from app.vocabulary.faults import Refused
from app.web.json_body import parse_json
from app.web.lines import Line
from app.web.logs import describe, log
from app.web.problems import INTERNAL, INVALID_REQUEST, TOO_LARGE, Rejected, as_problem, summary
from app.web.validation import validate


@dataclass(frozen=True, slots=True)
class CohortLines:
    """Answers the patients of one cohort. Nothing of a patient is in any answer but the patient's own."""

    cohort: Cohort
    settings: Settings

    def answer(self, line: Line) -> Json:
        """The answer to a line of NDJSON; it has a `problem` instead of results where the line cannot be used."""
        try:
            if line.body is None:
                raise self._too_long()
            value = parse_json(line.body, max_nesting=self.settings.max_nesting, what="line")
        except Rejected as rejected:
            return self._problem(line.number, None, rejected)
        return self._answer(line.number, value)

    def answer_value(self, numbered: tuple[int, object]) -> Json:
        """The same for what would be a line, and is a JSON value already."""
        number, value = numbered
        if (
            len(json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":")))
            > self.settings.max_body_bytes
        ):
            return self._problem(number, value, self._too_long())
        return self._answer(number, value)

    def _answer(self, number: int, value: object) -> Json:
        try:
            one = validate(CohortPatient, value)
            return {"line": number, "id": one.id, **self.cohort.answer(one.patient)}
        except Refused as refused:
            rejected = Rejected(INVALID_REQUEST, summary(refused.faults), refused.faults)
        except Exception as error:  # noqa: BLE001 # one patient's mishap is not that of all the others
            log.error("cohort_line_failed", **describe(error))
            rejected = Rejected(INTERNAL, INTERNAL.meaning)
        return self._problem(number, value, rejected)

    def _too_long(self) -> Rejected:
        return Rejected(TOO_LARGE, f"The line is longer than {self.settings.max_body_bytes} bytes.")

    def _problem(self, number: int, value: object, rejected: Rejected) -> Json:
        most = self.settings.max_errors
        return {
            "line": number,
            "id": _id_of(value),
            "problem": as_problem(rejected.kind, rejected.detail, rejected.faults, max_errors=most),
        }


def _id_of(value: object) -> str | None:
    pseudonym = value.get("id") if isinstance(value, dict) else None
    return pseudonym if isinstance(pseudonym, str) and 0 < len(pseudonym) <= LONGEST_ID else None
