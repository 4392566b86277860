"""Exact numbers: decimals inside, plain JSON numbers outside."""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticKnownError


def as_json_number(value: Decimal) -> int | float:
    """The JSON number nearest to a decimal: `1`, never `1.0`."""
    return int(value) if value == value.to_integral_value() else float(value)


def _no_text(value: object) -> object:
    if isinstance(value, str):
        raise PydanticKnownError("decimal_type")
    return value


Number = Annotated[
    Decimal,
    BeforeValidator(_no_text),
    Field(allow_inf_nan=False),
    PlainSerializer(as_json_number, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
"""An exact number; text such as `"5"` is none."""
