"""Strict JSON: the one place where the bytes of a body become a value, or are refused with the place of every fault.

JSON readers disagree about repeated keys, NaN, huge numbers, NUL and half surrogate pairs; a request that holds one is
refused, so that no two parts of the service ever read it differently. Numbers with a fraction or an exponent become
exact decimals.
"""

import json
import re
from collections.abc import Iterator
from decimal import Clamped, Context, DecimalException, Inexact, InvalidOperation, Overflow, Subnormal
from itertools import islice
from typing import Literal, NoReturn

from starlette.requests import Request

from app.vocabulary.faults import Fault
from app.web.pointers import pointer
from app.web.problems import MALFORMED_JSON, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Rejected, summary

JSON = "application/json"

MOST_DIGITS = 30
"""Numbers beyond ten to this power, or with more digits, mean nothing here, and reckoning with them eats processors."""

_COUNTED = 1000
"""Faults of form that are counted in one body; whoever sends more has not sent what he meant to."""

_UTF_8 = frozenset({"utf-8", '"utf-8"'})

_EXACT = Context(
    prec=MOST_DIGITS,
    Emax=MOST_DIGITS,
    Emin=-MOST_DIGITS,
    traps=[Clamped, Inexact, InvalidOperation, Overflow, Subnormal],
)


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The body of a request that says it is JSON, for `parse_json`; `Rejected` where it does not, or is too long."""
    media_type = plain_media_type(request)
    if media_type != JSON and not (media_type.startswith("application/") and media_type.endswith("+json")):
        raise Rejected(UNSUPPORTED_MEDIA_TYPE, "The body has to be JSON in UTF-8: send Content-Type: application/json.")
    return await read_bytes(request, max_bytes)


def plain_media_type(request: Request) -> str:
    """The media type that a body says it has; `Rejected` where it is compressed or not UTF-8."""
    media_type, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    named = (parameter.partition("=") for parameter in parameters.split(";"))
    if any(name.strip() == "charset" and charset.strip() not in _UTF_8 for name, _, charset in named):
        raise Rejected(UNSUPPORTED_MEDIA_TYPE, "The body has to be in UTF-8: leave the charset out of Content-Type.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Rejected(UNSUPPORTED_MEDIA_TYPE, "The body must not be compressed: leave Content-Encoding out.")
    return media_type.strip()


def parse_json(body: bytes, *, max_nesting: int, what: Literal["body", "line"] = "body") -> object:
    """Bytes as a value made of dict, list, str, int, Decimal, bool and None; `Rejected` where they are not strict."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Rejected(MALFORMED_JSON, f"The {what} is not UTF-8: byte {error.start} does not belong.") from None
    try:
        value = _decoded(_FAST, text, max_nesting, what)
    except (_Flawed, DecimalException):
        value = None
    else:
        nested = text.count("[") + text.count("{") > max_nesting and _is_deeper(value, max_nesting)
        if not nested and "\\u" not in text:
            return value
    # A flaw stops the fast pass where it stands: that the rest is JSON at all, only the slow one sees.
    faults = list(islice(_faults(_decoded(_SLOW, text, max_nesting, what), (), max_nesting), _COUNTED))
    if faults:
        raise _malformed(faults)
    return value


def _decoded(decoder: json.JSONDecoder, text: str, max_nesting: int, what: str) -> object:
    try:
        value: object = decoder.decode(text)
    except json.JSONDecodeError as error:
        place = f"column {error.colno}" if what == "line" else f"line {error.lineno}, column {error.colno}"
        raise Rejected(MALFORMED_JSON, f"The {what} is no JSON: {place}.") from None
    except RecursionError:
        raise _malformed([_too_deep("", max_nesting)]) from None
    return value


async def read_bytes(request: Request, max_bytes: int) -> bytes:
    """The body of a request; `Rejected` where it is too long, as soon as that is known."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and (len(announced) > len(str(max_bytes)) or int(announced) > max_bytes):
        raise _too_large(max_bytes)
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(chunks)


def _too_large(max_bytes: int) -> Rejected:
    return Rejected(TOO_LARGE, f"The body is longer than {max_bytes} bytes.")


def _malformed(faults: list[Fault]) -> Rejected:
    return Rejected(MALFORMED_JSON, summary(faults), faults)


_UNCLEAN = re.compile("[\x00\ud800-\udfff]")


class _Flawed(Exception):
    """The fast pass met something that the slow pass will name."""


class _Pairs(list[tuple[str, object]]):
    """An object as the slow pass sees it: with all its keys, however often each stands there."""


class _BadNumber:
    """A number out of bounds, or none at all (NaN, Infinity)."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Flawed
    return made


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise _Flawed
    return int(text)


def _refuse(_: str) -> NoReturn:
    raise _Flawed


def _marked(text: str) -> object:
    try:
        return _integer(text) if text.lstrip("-").isdigit() else _EXACT.create_decimal(text)
    except (_Flawed, DecimalException):
        return _BadNumber()


_FAST = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_EXACT.create_decimal, parse_constant=_refuse
)
_SLOW = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=_marked, parse_float=_marked, parse_constant=lambda _: _BadNumber()
)


def _is_deeper(value: object, limit: int) -> bool:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(limit):
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def _faults(value: object, place: tuple[str | int, ...], levels: int) -> Iterator[Fault]:
    """Everything that is wrong below one place of a tree of `_Pairs`."""
    match value:
        case _BadNumber():
            yield Fault(
                "bad_number",
                "this number is NaN, infinite, or of absurd size",
                f"give a plain number of at most {MOST_DIGITS} digits",
                pointer=pointer(place),
            )
        case str() if not _is_clean(value):
            yield Fault(
                "bad_text",
                "this text holds the character NUL or half a surrogate pair",
                "leave the character out",
                pointer=pointer(place),
            )
        case _Pairs() | list() if levels == 0:
            yield _too_deep(pointer(place), len(place))
        case _Pairs():
            seen: set[str] = set()
            for key, child in value:
                here = (*place, key)
                if not _is_clean(key):
                    yield Fault(
                        "bad_text",
                        "this name holds the character NUL or half a surrogate pair",
                        "leave the character out",
                        pointer=pointer(here),
                    )
                elif key in seen:
                    yield Fault(
                        "duplicate_key",
                        "this name stands twice in one object",
                        "keep one of them",
                        pointer=pointer(here),
                    )
                seen.add(key)
                yield from _faults(child, here, levels - 1)
        case list():
            for index, child in enumerate(value):
                yield from _faults(child, (*place, index), levels - 1)


def _too_deep(place: str, limit: int) -> Fault:
    return Fault(
        "too_deep",
        f"arrays and objects are nested more than {limit} deep",
        "send a flatter structure",
        pointer=place,
    )


def _is_clean(text: str) -> bool:
    return _UNCLEAN.search(text) is None
