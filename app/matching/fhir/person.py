"""Patient: birth date and sex. Nothing else of a person is read: no name, address or number."""

from dataclasses import dataclass

from app.matching.fhir.elements import Json, day_of, word_of
from app.vocabulary.enumerations import Sex


@dataclass(frozen=True, slots=True)
class Person:
    """What stands beside the lists of a patient, and what was left of the resource."""

    birth_date: str | None = None
    sex: Sex | None = None
    remarks: tuple[str, ...] = ()

    @property
    def read(self) -> str | None:
        """What was read, in words; None where nothing was."""
        parts = [name for name, value in (("birth date", self.birth_date), ("sex", self.sex)) if value is not None]
        return " and ".join(parts) + " read" if parts else None


def read_person(resource: Json) -> Person:
    """`gender` is administrative: male and female are read as the sex that formulas use, others leave it unknown."""
    remarks: list[str] = []
    birth_date, gender = day_of(resource.get("birthDate")), resource.get("gender")
    if birth_date is None:
        given = resource.get("birthDate") is not None
        remarks.append("its birth date has a form that is not read" if given else "no birth date is stated")
    sex = {"male": Sex.MALE, "female": Sex.FEMALE}.get(word_of(gender))
    if sex is None:
        remarks.append("its gender is neither male nor female, so the sex is left" if gender else "no sex is stated")
    if resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime"):
        remarks.append("it is stated that the patient has died, which nothing here takes into account")
    if resource.get("active") is False:
        remarks.append("the record is not in use any more")
    return Person(birth_date, sex, tuple(remarks))
