"""FHIR R4 in: the Bundle of one patient, read into the facts that the evaluator knows, with a report on every entry.

Tolerant by design: no FHIR library checks a bundle first, since one field that it does not expect would fail the whole.
What is not understood is left, and said to be left; what is read stands in the report with the code that it became. The
semantics are those of FHIR R4 (4.0.1, https://hl7.org/fhir/R4/); each module says how it reads its resources.
"""
