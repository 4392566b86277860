"""From what pydantic says is wrong to faults that name the place and the remedy, and never the value.

Pydantic's own messages may quote the input, so none of them is passed on; each type of error has its words here.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.vocabulary.faults import Fault, Refused
from app.web.pointers import pointer

AnyModel = TypeVar("AnyModel", bound=BaseModel)
Place = tuple[str | int, ...]

MOST_ENTRIES = 10_000
"""Of one array or object. No request means so many, and to say of each what is wrong with it takes seconds."""

_WORDED = 1000
_UNTOLD = Fault("invalid", "one more thing is wrong", "correct the others first", pointer="")
"""Stands for each fault after the first thousand: counted, and not worth its own words."""

_WANTED: Mapping[str, str] = {
    "bool": "true or false",
    "date": "a date as YYYY-MM-DD",
    "datetime": "a date-time, such as 2025-09-14T08:00:00Z",
    "decimal": "a number",
    "dict": "an object",
    "finite": "a number",
    "float": "a number",
    "int": "a whole number",
    "list": "an array",
    "model": "an object",
    "set": "an array",
    "frozenset": "an array",
    "string": "text",
    "tuple": "an array",
}
"""What is wanted, by the first word of a pydantic error type that says that the type is wrong."""

_MISTYPED = re.compile(r"_(type|parsing|from_float|attributes_type|number|parsing_size|from_datetime_parsing|exact)$")
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_LENGTHS: Mapping[str, tuple[str, str, str]] = {
    "string_too_short": ("min_length", "at least", "character(s)"),
    "string_too_long": ("max_length", "at most", "character(s)"),
    "too_short": ("min_length", "at least", "of them"),
    "too_long": ("max_length", "at most", "of them"),
}


def validate(model: type[AnyModel], value: object) -> AnyModel:
    """A parsed JSON body as a model. `Refused` with a JSON Pointer for each thing that is wrong."""
    crowded = [_too_many(place) for place in _crowded(value, ())]
    if crowded:
        raise Refused(crowded)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Refused(list(_faults(error, model, value))) from None


def validate_query(model: type[AnyModel], values: Mapping[str, object]) -> AnyModel:
    """Query parameters as a model. `Refused` with the name of each parameter that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = [
            Fault(
                fault.code,
                fault.detail,
                fault.remedy,
                None,
                "".join((fault.pointer or "").split("/")[1:2]),
                fault.nearest,
            )
            for fault in _faults(error, model, values)
        ]
        raise Refused(faults) from None


def _crowded(value: object, place: Place) -> Iterator[Place]:
    """Where more stands in one array or object than is looked at."""
    if isinstance(value, (dict, list)):
        if len(value) > MOST_ENTRIES:
            yield place
        else:
            for step, child in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(child, (dict, list)):
                    yield from _crowded(child, (*place, step))


def _too_many(place: Place) -> Fault:
    remedy = f"give fewer of them: where there are more than {MOST_ENTRIES}, none is looked at"
    return Fault("wrong_length", "this holds too much", remedy, pointer(place))


def _faults(error: ValidationError, model: type[BaseModel], value: object) -> Iterator[Fault]:
    """One fault a place. Where several branches of a union failed, the one that understood most of the value speaks."""
    places: dict[Place, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False, include_input=False):
        places.setdefault(_place(value, details), []).append(details)
    for number, (place, several) in enumerate(places.items()):
        telling = [details for details in several if not _MISTYPED.search(details["type"])]
        if number >= _WORDED:
            yield _UNTOLD
        elif telling:
            yield _fault(telling[0], place, model, value)
        else:
            wanted = dict.fromkeys(_WANTED.get(details["type"].split("_")[0], "another type") for details in several)
            yield Fault("wrong_type", "this has the wrong type", f"give {' or '.join(wanted)}", pointer(place))


def _place(value: object, details: ErrorDetails) -> Place:
    """Where in the value an error is: pydantic's own labels of union branches and validators are left out."""
    place: list[str | int] = []
    steps = details["loc"]
    for number, step in enumerate(steps):
        is_absent = details["type"] == "missing" and number == len(steps) - 1
        if is_absent or _has(value, step):
            place.append(step)
            value = _step(value, step)
    if details["type"].startswith("union_tag"):
        place.append(details["ctx"]["discriminator"].strip("'"))
    return tuple(place)


def _has(value: object, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, (list, tuple)) and isinstance(step, int) and step < len(value)


def _step(value: object, step: str | int) -> object:
    """What stands one step below a value; None where nothing does."""
    if isinstance(value, dict):
        return value.get(step)
    return value[step] if isinstance(value, (list, tuple)) and isinstance(step, int) else None


def _fault(details: ErrorDetails, place: Place, model: type[BaseModel], value: object) -> Fault:
    kind, context, where = details["type"], details.get("ctx", {}), pointer(place)
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return Fault("out_of_range", "this number lies outside its range", f"give {words} {context[bound]}", where)
    if kind in _LENGTHS:
        bound, words, unit = _LENGTHS[kind]
        return Fault("wrong_length", "this is too long or too short", f"give {words} {context[bound]} {unit}", where)
    given = value
    for step in place:
        given = _step(given, step)
    match kind:
        case "missing" | "union_tag_not_found":
            return Fault("missing", "this is required", "add it", where)
        case "extra_forbidden":
            known = sorted(_fields(model, place[:-1], value))
            near = tuple(get_close_matches(str(place[-1]), known))
            remedy = f"use one of: {', '.join(known)}" if known else "take it out"
            return Fault("unknown_field", "there is no such field here", remedy, where, nearest=near)
        case "enum" | "literal_error" | "union_tag_invalid":
            allowed = re.findall(r"'([^']*)'", context.get("expected", context.get("expected_tags", "")))
            near = tuple(get_close_matches(given.casefold(), allowed)) if isinstance(given, str) else ()
            remedy = f"use one of: {', '.join(allowed)}"
            return Fault("not_allowed", "this is none of the allowed values", remedy, where, nearest=near)
        case "string_pattern_mismatch":
            remedy = f"give text that matches {context['pattern']}"
            return Fault("wrong_form", "this text does not have the form that is wanted", remedy, where)
        case "value_error":
            said = _said_by_us(context["error"], given)
            is_remedy = said.startswith("give ")
            detail, remedy = ("this is not valid", said) if is_remedy else (said, "correct it as the detail says")
            return Fault("invalid", detail, remedy, where)
        case _:
            return Fault("invalid", "this is not valid", "see the schema in /openapi.json", where)


def _fields(annotation: object, place: Place, value: object) -> set[str]:
    """Names of the fields that a type has at a place of a value; of a tagged union, those of the branch it names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _model_fields(annotation, place, value)
    is_array = get_origin(annotation) in {tuple, list}
    is_mapping = get_origin(annotation) is dict
    if (is_array or is_mapping) and place:
        inside = [one for one in get_args(annotation) if one is not Ellipsis]
        return _fields(inside[-1], place[1:], _step(value, place[0]))
    return set[str]().union(*(_fields(one, place, value) for one in get_args(annotation)))


def _model_fields(model: type[BaseModel], place: Place, value: object) -> set[str]:
    for name, field in model.model_fields.items():
        given = _step(value, name)
        if given is not None and get_origin(field.annotation) is Literal and given not in get_args(field.annotation):
            return set()
    if not place:
        return set(model.model_fields)
    field_below = model.model_fields.get(str(place[0]))
    return _fields(field_below.annotation, place[1:], _step(value, place[0])) if field_below else set()


def _said_by_us(error: Exception, given: object) -> str:
    """The message of a validator of ours, or a plain one where it might quote what was given."""
    message = str(error)
    might_quote = type(error) is not ValueError or "'" in message or '"' in message
    if might_quote or (isinstance(given, (str, int)) and str(given) in message):
        return "this is not valid"
    return message
