"""A statement compiled once into the driver's own text, so that a read pays for nothing but the database."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Dialect, Executable

Rows = list[tuple[Any, ...]]
"""Rows as the driver gives them: text and numbers. Select no JSON and no boolean, whose forms differ by driver."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A driver's statement and how its positional arguments are made of named parameters."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, object]
    converters: Mapping[str, Callable[[Any], object]]

    def arguments(self, parameters: Mapping[str, object]) -> tuple[object, ...]:
        """The arguments in the statement's order. KeyError where a parameter is missing."""
        if not self.constants and not self.converters:
            return tuple([parameters[name] for name in self.names])
        return tuple(
            [
                self.constants[name] if name in self.constants else self._converted(name, parameters)
                for name in self.names
            ]
        )

    def _converted(self, name: str, parameters: Mapping[str, object]) -> object:
        convert = self.converters.get(name)
        value = parameters[name]
        return value if convert is None or value is None else convert(value)


def compile_for(statement: Executable, dialect: Dialect) -> Prepared:
    """`statement` as text for a dialect of positional parameters.

    Values that stand in the statement are kept with it; a `bindparam` without one is asked for at each read.
    """
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined] # every executable clause has it
    converters: dict[str, Callable[[Any], object]] = {}
    constants: dict[str, object] = {}
    for bind, name in compiled.bind_names.items():
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if bind.required:
            if convert:
                converters[name] = convert
        else:
            constants[name] = convert(bind.value) if convert else bind.value
    return Prepared(str(compiled), tuple(compiled.positiontup or ()), constants, converters)


class Reader(Protocol):
    """How one kind of database is read, past the ORM."""

    dialect: Dialect

    async def read(self, prepared: Prepared, parameters: Mapping[str, object]) -> Rows: ...

    def read_blocking(self, prepared: Prepared, parameters: Mapping[str, object]) -> Rows: ...

    def stream_blocking(self, prepared: Prepared, batch: int, parameters: Mapping[str, object]) -> Iterator[Rows]: ...

    def data_version(self) -> int: ...

    def serving(self) -> AbstractAsyncContextManager[None]: ...

    def close(self) -> None: ...
