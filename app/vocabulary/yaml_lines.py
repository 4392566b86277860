"""YAML that is read strictly, and that knows the line of everything in it.

A plain scalar is null, true, false, an int, an exact Decimal, or else text: `NO` is Norway, `2024-05-01` is text,
`1.10` keeps its digits. Refused: a key given twice, anchors and aliases, tags, several documents, control characters.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Yaml = None | bool | int | Decimal | str | list["Yaml"] | dict[str, "Yaml"]
Place = tuple[str | int, ...]
"""Where something stands: keys and indices from the top of the file."""

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?", re.ASCII)
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_DEEPEST = 200

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a seed file. Lines count from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class SeedError(Exception):
    """Seed files that cannot be used, with everything that is wrong with them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class YamlFile:
    """What a file says, and on which line it says it."""

    name: str
    data: Yaml
    lines: dict[Place, int]

    def line_of(self, place: Sequence[str | int]) -> int:
        """The line of a place, or of what holds it. Parts that the file has not (a union's tag) are passed over."""
        at: Place = ()
        for part in place:
            if (*at, part) in self.lines:
                at = (*at, part)
        return self.lines[at]

    def problem(self, place: Sequence[str | int], message: str) -> Problem:
        return Problem(self.name, self.line_of(place), message)

    def build(self, model: type[ModelT], data: object, place: Place = ()) -> ModelT:
        """`data`, which stands at `place`, as a model. SeedError with the line of every fault."""
        try:
            return model.model_validate(data)
        except ValidationError as refusal:
            found = [
                self.problem((*place, *error["loc"]), f"{_path((*place, *error['loc']))}: {error['msg']}")
                for error in refusal.errors(include_url=False, include_input=False)
            ]
            raise SeedError(found) from None


def read_yaml(path: Path, name: str | None = None) -> YamlFile:
    """Read one file; `name` is what errors call it. SeedError where it is not such YAML, or not UTF-8."""
    name = name or path.name
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise SeedError([Problem(name, line, "the file is not UTF-8")]) from None
    except OSError as error:
        raise SeedError([Problem(name, 1, f"the file cannot be read: {error.strerror}")]) from None
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str = "<text>") -> YamlFile:
    """Read YAML text. SeedError names the file and the line of what is wrong."""
    refused = next((at for at, sign in enumerate(text) if _is_control(sign)), None)
    if refused is not None:
        line = text.count("\n", 0, refused) + 1
        raise SeedError([Problem(name, line, "a control character stands in the text: remove it")])
    reader = _Reader(name)
    try:
        data = reader.document(yaml.parse(text, Loader=yaml.CLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise SeedError([Problem(name, line, f"this is not YAML: {error.problem or error.context}")]) from None
    except yaml.YAMLError:
        raise SeedError([Problem(name, 1, "this is not YAML")]) from None
    return YamlFile(name, data, reader.lines)


class _Reader:
    """Builds the data out of the parser's events, and notes the line of each place."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {(): 1}

    def document(self, events: Iterator[yaml.Event]) -> Yaml:
        next(events)  # the stream's start
        first = next(events)
        if isinstance(first, yaml.StreamEndEvent):
            return None
        data = self._value(next(events), events, ())
        next(events)  # the document's end
        after = next(events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refused(after, "a second document begins: a file holds one")
        return data

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], place: Place) -> Yaml:
        self.lines.setdefault(place, _line(event))
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refused(event, "anchors and aliases are refused: write it out")
        if getattr(event, "tag", None):
            raise self._refused(event, "tags are refused")
        if len(place) > _DEEPEST:
            raise self._refused(event, f"this is nested more than {_DEEPEST} deep")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, place)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        raise self._refused(event, "a value is missing")

    def _mapping(self, events: Iterator[yaml.Event], place: Place) -> dict[str, Yaml]:
        mapping: dict[str, Yaml] = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent) or key.anchor or key.tag:
                raise self._refused(key, "a key is plain text")
            if key.value in mapping:
                raise self._refused(key, f"the key {key.value} is given twice")
            self.lines[*place, key.value] = _line(key)
            mapping[key.value] = self._value(next(events), events, (*place, key.value))
        return mapping

    def _sequence(self, events: Iterator[yaml.Event], place: Place) -> list[Yaml]:
        items: list[Yaml] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._value(event, events, (*place, len(items))))
        return items

    def _scalar(self, event: yaml.ScalarEvent) -> Yaml:
        text: str = event.value
        if any(map(_is_control, text)):
            raise self._refused(event, "a control character stands in the text: remove it")
        if event.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        number = _NUMBER.fullmatch(text)
        if number is None:
            return text
        return Decimal(text) if number[2] else int(text)

    def _refused(self, event: yaml.Event, message: str) -> SeedError:
        return SeedError([Problem(self.name, _line(event), message)])


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _is_control(sign: str) -> bool:
    """Control characters other than the end of a line and the tab, and halves of surrogate pairs."""
    return sign not in "\n\r\t" and unicodedata.category(sign) in {"Cc", "Cs"}


def _path(place: Place) -> str:
    return "/" + "/".join(map(str, place))
