"""JSON Pointers (RFC 6901) that never give away a value: a name that does not look like one becomes `*`."""

import re
from collections.abc import Iterable

_NAME = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)


def shown(name: str) -> str:
    """A name that the client chose, where it looks like one; else `*`."""
    return name if _NAME.fullmatch(name) else "*"


def pointer(place: Iterable[str | int]) -> str:
    """The JSON Pointer to a place; the whole body is the empty pointer."""
    return "".join(f"/{step if isinstance(step, int) else shown(step)}" for step in place)
