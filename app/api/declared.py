"""What routes say of themselves in OpenAPI: the types and examples of answers, and the problems that can come."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from app.web.problems import INTERNAL, INVALID_REQUEST, KINDS, MEDIA_TYPE, Problem, ProblemKind

Responses = dict[int | str, dict[str, Any]]

_EXAMPLES = Path(__file__).parent / "examples"
_NOT_MODIFIED = {"description": "Nothing changed since the answer whose ETag was sent in If-None-Match."}
_CACHED = {
    "ETag": {"description": "Weak entity tag, for If-None-Match.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "How long a copy is good for.", "schema": {"type": "string"}},
}


_NAMED = "example:"
"""Examples are named first and loaded last: FastAPI would drop every null from them."""


def load_examples(operation: dict[str, Any]) -> None:
    """Put the examples of an operation's answers where their names stand."""
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            name = content.get("example")
            if isinstance(name, str) and name.startswith(_NAMED):
                content["example"] = example(name.removeprefix(_NAMED))


def example(name: str) -> Any:
    """An example body: `examples/{name}.json`."""
    shown: Any = json.loads((_EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return shown


def reads(
    model: type[BaseModel], name: str, *problems: ProblemKind, description: str, headers: dict[str, str] | None = None
) -> Responses:
    """The answers of a read: a body of a type with its example, 304, and what can go wrong."""
    extra = {key: {"description": text, "schema": {"type": "string"}} for key, text in (headers or {}).items()}
    found = {
        "model": model,
        "description": description,
        "headers": _CACHED | extra,
        "content": {"application/json": {"example": _NAMED + name}},
    }
    return {200: found, 304: _NOT_MODIFIED, **fails(*problems)}


def answers(model: type[BaseModel], name: str, *problems: ProblemKind, description: str) -> Responses:
    """The answers of a call that no cache keeps: a body of a type with its example, and what can go wrong."""
    found = {"model": model, "description": description, "content": {"application/json": {"example": _NAMED + name}}}
    return {200: found, **fails(*problems)}


def streams(media_type: str, text: str, *problems: ProblemKind, description: str) -> Responses:
    """The answers of an export: text of a media type, as it comes."""
    content = {media_type: {"schema": {"type": "string"}, "example": text}}
    return {200: {"description": description, "content": content}, **fails(*problems)}


def lines_of(*schemas: str, shown: list[object]) -> dict[str, Any]:
    """Content that is NDJSON, as it is sent or answered; each of its lines is of one of the schemas."""
    references = [{"$ref": f"#/components/schemas/{schema}"} for schema in schemas]
    return {
        "schema": {
            "type": "string",
            "contentMediaType": "application/x-ndjson",
            "contentSchema": references[0] if len(references) == 1 else {"anyOf": references},
        },
        "example": "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in shown),
    }


def fails(*problems: ProblemKind) -> Responses:
    """Problems, by reference to `components.responses`. Every call can be asked wrongly, and can fail on our side."""
    possible = sorted({INVALID_REQUEST, INTERNAL, *problems}, key=lambda kind: kind.status)
    return {kind.status: {"$ref": f"#/components/responses/{kind.name}"} for kind in possible}


def problem_responses() -> dict[str, Any]:
    """`components.responses`: one for each kind of problem."""
    return {
        kind.name: {
            "description": f"{kind.title}: see {kind.type}",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _shown(kind)}},
        }
        for kind in KINDS.values()
    }


def _shown(kind: ProblemKind) -> dict[str, Any]:
    problem = Problem(type=kind.type, title=kind.title, status=kind.status, detail=kind.meaning)
    shown = problem.model_dump(mode="json")
    if kind.name == "invalid-request":
        shown["detail"] = "There is no such parameter here."
        shown["error_count"] = 1
        shown["errors"] = [
            {
                "pointer": None,
                "parameter": "cell_tpye",
                "code": "unknown_parameter",
                "detail": "there is no such parameter here",
                "remedy": "use one of: cell_type, cell_source, target",
                "nearest": ["cell_type"],
            }
        ]
    return shown
