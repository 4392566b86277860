"""Coded and written answers: positive or negative, a grade of a score, a laboratory's reading."""

import re
from collections.abc import Mapping
from decimal import Decimal

from app.matching.fhir.elements import Coding, Concept, concepts_of
from app.vocabulary.enumerations import Interpretation

Word = str
"""`positive`, `negative` or `indeterminate`."""

_ANSWERS: Mapping[tuple[str, str], Word] = {
    # SNOMED CT qualifiers, all in its free Global Patient Set: (not) detected, (non-)reactive and their like
    **dict.fromkeys((("snomed", code) for code in ("10828004", "260373001", "11214006")), "positive"),
    **dict.fromkeys((("snomed", code) for code in ("260385009", "260415000", "131194007")), "negative"),
    **dict.fromkeys((("snomed", code) for code in ("82334004", "42425007", "419984006")), "indeterminate"),
    # LOINC answers, as in its lists LL744-4, LL2021-5 and LL3250-9
    **dict.fromkeys((("loinc", code) for code in ("LA6576-8", "LA11882-0", "LA15255-5")), "positive"),
    **dict.fromkeys((("loinc", code) for code in ("LA6577-6", "LA11883-8", "LA15256-3")), "negative"),
    **dict.fromkeys((("loinc", code) for code in ("LA11884-6", "LA11885-3", "LA9663-1")), "indeterminate"),
    # HL7's interpretation codes, which also serve as values
    **dict.fromkeys((("hl7", code) for code in ("POS", "DET", "RR")), "positive"),
    **dict.fromkeys((("hl7", code) for code in ("NEG", "ND", "NR")), "negative"),
    **dict.fromkeys((("hl7", code) for code in ("IND", "E")), "indeterminate"),
}
_GRADES: Mapping[str, int] = {
    # LOINC answers of the ECOG performance status (89247-1) and of the NYHA class (88020-3)
    **{
        code: grade
        for grade, code in enumerate(("LA9622-7", "LA9623-5", "LA9624-3", "LA9625-0", "LA9626-8", "LA9627-6"))
    },
    **{code: grade for grade, code in enumerate(("LA28404-4", "LA28405-1", "LA28406-9", "LA28407-7"), start=1)},
}
_WORDS: Mapping[str, Word] = {
    **dict.fromkeys(("positive", "pos", "detected", "reactive"), "positive"),
    **dict.fromkeys(("negative", "neg", "not detected", "undetected", "undetectable", "none detected"), "negative"),
    **dict.fromkeys(("nonreactive", "non reactive", "not reactive"), "negative"),
    **dict.fromkeys(("indeterminate", "equivocal", "inconclusive", "borderline"), "indeterminate"),
}
_ROMAN = re.compile(r"(?:nyha )?(?:functional )?class (i{1,3}|iv)")
_READINGS: Mapping[str, Interpretation] = {
    # v3-ObservationInterpretation; table 0078 of HL7 v2 has the same codes
    **dict.fromkeys(("L", "LL", "LU", "LX", "<"), Interpretation.LOW),
    **dict.fromkeys(("H", "HH", "HU", "HX", ">"), Interpretation.HIGH),
    "N": Interpretation.NORMAL,
    **dict.fromkeys(("A", "AA"), Interpretation.ABNORMAL),
    **dict.fromkeys(("POS", "DET", "RR"), Interpretation.POSITIVE),
    **dict.fromkeys(("NEG", "ND", "NR"), Interpretation.NEGATIVE),
    **dict.fromkeys(("IND", "E"), Interpretation.INDETERMINATE),
}
_READING_WORDS = {reading.value: reading for reading in Interpretation}


def coded_word(concept: Concept) -> Word | None:
    """The answer that a concept's codes give, if they give one."""
    said = {_ANSWERS.get((_family(coding), coding.code)) for coding in concept.codings} - {None}
    return said.pop() if len(said) == 1 else None


def coded_grade(concept: Concept) -> Decimal | None:
    """The number of a coded grade: by its ordinal value, or as one of LOINC's answers."""
    if concept.ordinal is not None:
        return concept.ordinal
    grades = {
        _GRADES[coding.code] for coding in concept.codings if coding.code in _GRADES and _family(coding) == "loinc"
    }
    return Decimal(grades.pop()) if len(grades) == 1 else None


def written_word(text: str) -> Word | None:
    """`Not detected`, `NON-REACTIVE`, `Positive (qualifier value)`."""
    return _WORDS.get(_bare(text))


def written_grade(text: str) -> Decimal | None:
    """`Class III`, as of NYHA."""
    grade = _ROMAN.fullmatch(_bare(text))
    return Decimal(("i", "ii", "iii", "iv").index(grade[1]) + 1) if grade else None


def written_reading(text: str) -> Interpretation | None:
    """`High`, `Low (qualifier value)`, `Not detected`."""
    word = _bare(text)
    return _READING_WORDS.get(_WORDS.get(word, word))


def reading_of(value: object) -> tuple[Interpretation | None, str | None]:
    """What `interpretation` says, and a remark where it cannot be told: several readings that are not the same.

    `abnormal` beside another reading says nothing more; what is no reading (a rise, a susceptibility) is left.
    """
    sent = concepts_of(value)
    found = {reading for concept in sent if (reading := _reading(concept))}
    if len(found) > 1:
        found.discard(Interpretation.ABNORMAL)
    if len(found) == 1:
        return found.pop(), None
    return None, "its interpretation is left" if sent else None


def _reading(concept: Concept) -> Interpretation | None:
    coded = (_READINGS.get(code.upper()) for code in concept.codes)
    written = (written_reading(name) for name in concept.names)
    return next((reading for reading in (*coded, *written) if reading), None)


def _family(coding: Coding) -> str:
    system = coding.system.lower()
    if "snomed.info/sct" in system:
        return "snomed"
    if "loinc.org" in system:
        return "loinc"
    return "hl7" if "observationinterpretation" in system or system.endswith("0078") else ""


def _bare(text: str) -> str:
    """In lower case, without hyphens, full stops and what stands in parentheses."""
    return " ".join(re.sub(r"\([^()]*\)|[-.]", " ", text.casefold()).split())
