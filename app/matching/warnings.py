"""What a match leaves out of account, said beside its results."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Warned:
    """A thing to know: a stable word, plain text without any value of the patient's, and its place in the request."""

    code: str
    text: str
    pointer: str | None = None
