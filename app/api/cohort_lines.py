"""A cohort's patients, some at a time: each is answered in a line of its own, or told there what is wrong."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.eligibility.facts import PatientFacts
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
class _Person:
    number: int
    id: str
    facts: PatientFacts


@dataclass(frozen=True, slots=True)
class CohortLines:
    """Answers the patients of one cohort. Nothing of a patient is in any answer but the patient's own."""

    cohort: Cohort
    settings: Settings

    def answers(self, lines: Iterable[Line]) -> list[Json]:
        """The answers to lines of NDJSON; one has a `problem` instead of results where its line cannot be used."""
        return self._answers(self._parsed(line) for line in lines)

    def answers_to_values(self, numbered: Iterable[tuple[int, object]]) -> list[Json]:
        """The same for what would be lines, and are JSON values already."""
        return self._answers(self._measured(number, value) for number, value in numbered)

    def _answers(self, given: Iterable[tuple[int, object, Rejected | None]]) -> list[Json]:
        """In their order; those that can be read are matched together. `given`: the line, its value, what is wrong.

        Each is read before the next is parsed, so that of a value nothing is held any longer than it is needed.
        """
        answers: dict[int, Json] = {}
        people: list[_Person] = []
        for number, value, rejected in given:
            if rejected is not None:
                answers[number] = self._problem(number, _id_of(value), rejected)
                continue
            try:
                one = validate(CohortPatient, value)
                people.append(_Person(number, one.id, self.cohort.read(one.patient)))
            except Exception as error:  # noqa: BLE001 # one patient's mishap is not that of all the others
                answers[number] = self._problem(number, _id_of(value), error)
        answers |= self._matched(people)
        return [answers[number] for number in sorted(answers)]

    def _matched(self, people: Sequence[_Person]) -> dict[int, Json]:
        try:
            found = self.cohort.answers([person.facts for person in people])
        except Exception as error:  # noqa: BLE001 # the same; whose mishap it is shows when each is matched alone
            if len(people) > 1:
                return {number: answer for one in people for number, answer in self._matched([one]).items()}
            return {one.number: self._problem(one.number, one.id, error) for one in people}
        numbered = zip(people, found, strict=True)
        return {one.number: {"line": one.number, "id": one.id, **answer} for one, answer in numbered}

    def _parsed(self, line: Line) -> tuple[int, object, Rejected | None]:
        if line.body is None:
            return line.number, None, self._too_long()
        try:
            return line.number, parse_json(line.body, max_nesting=self.settings.max_nesting, what="line"), None
        except Rejected as rejected:
            return line.number, None, rejected

    def _measured(self, number: int, value: object) -> tuple[int, object, Rejected | None]:
        text = json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
        return number, value, self._too_long() if len(text) > self.settings.max_body_bytes else None

    def _too_long(self) -> Rejected:
        return Rejected(TOO_LARGE, f"The line is longer than {self.settings.max_body_bytes} bytes.")

    def _problem(self, number: int, pseudonym: str | None, error: Exception) -> Json:
        match error:
            case Rejected():
                rejected = error
            case Refused():
                rejected = Rejected(INVALID_REQUEST, summary(error.faults), error.faults)
            case _:
                log.error("cohort_line_failed", **describe(error))
                rejected = Rejected(INTERNAL, INTERNAL.meaning)
        most = self.settings.max_errors
        return {
            "line": number,
            "id": pseudonym,
            "problem": as_problem(rejected.kind, rejected.detail, rejected.faults, max_errors=most),
        }


def _id_of(value: object) -> str | None:
    pseudonym = value.get("id") if isinstance(value, dict) else None
    return pseudonym if isinstance(pseudonym, str) and 0 < len(pseudonym) <= LONGEST_ID else None
