"""Query strings, read strictly: unknown parameters, and several values where one is meant, are refused by name."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel

from app.vocabulary.faults import Fault, Refused
from app.web.pointers import shown
from app.web.validation import AnyModel, validate_query

_MOST_PARAMETERS = 500


class Nothing(BaseModel):
    """The query of a route that takes no parameter."""


def read_query(query: bytes, model: type[AnyModel]) -> AnyModel:
    """The query string of a request as a model; a field that holds several values may be repeated.

    `Refused` names every parameter that is unknown, repeated or wrong.
    """
    fields = _takes_many(model)
    one: dict[str, str] = {}
    many: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for name, value in _pairs(query):
        if name not in fields:
            faults.append(_unknown(name, fields))
        elif "\x00" in value:
            faults.append(_fault("bad_text", "this text holds the character NUL", "leave the character out", name))
        elif fields[name]:
            many.setdefault(name, []).append(value)
        elif name in one:
            faults.append(_fault("repeated", "this parameter takes one value", "give it once", name))
        else:
            one[name] = value
    if faults:
        raise Refused(list({fault.parameter: fault for fault in faults}.values()))
    return validate_query(model, {**one, **many})


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except UnicodeError:
        raise Refused([_fault("bad_text", "the query is not UTF-8", "percent-encode it as UTF-8", "*")]) from None
    except ValueError:
        remedy = f"give at most {_MOST_PARAMETERS} parameters"
        raise Refused([_fault("too_many", "the query holds too many parameters", remedy, "*")]) from None


def _takes_many(model: type[BaseModel]) -> Mapping[str, bool]:
    """The parameters of a query, and whether each may be repeated."""
    known = _KNOWN.get(model)
    if known is None:
        known = {field.alias or name: _is_several(field.annotation) for name, field in model.model_fields.items()}
        _KNOWN[model] = known
    return known


_KNOWN: dict[type[BaseModel], Mapping[str, bool]] = {}


def _is_several(annotation: object) -> bool:
    return get_origin(annotation) in {tuple, list} or any(_is_several(one) for one in get_args(annotation))


def _unknown(name: str, known: Mapping[str, bool]) -> Fault:
    remedy = f"use one of: {', '.join(known)}" if known else "take it out: this address takes no parameters"
    near = tuple(get_close_matches(name, known))
    return Fault("unknown_parameter", "there is no such parameter here", remedy, None, shown(name), near)


def _fault(code: str, detail: str, remedy: str, parameter: str) -> Fault:
    return Fault(code, detail, remedy, parameter=parameter)
