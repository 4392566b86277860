"""The OpenAPI document: FastAPI's, with problems by reference and the union of expressions under its own name."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.declared import problem_responses
from app.web.problems import Problem, ProblemError

Schema = dict[str, Any]

DESCRIPTION = """\
Trials of engineered cell therapy in autoimmune disease, and whom each of them may take.

Reads are open. Every key is always present: unstated is `null`, none is `[]`. A trial's dates are partial dates
(`2025`, `2025-09` or `2025-09-14`). Clients must tolerate new values of enumerations. Unknown parameters and fields are
refused. Every failure is a problem (RFC 9457) with a type under `/problems`, and never repeats a value that was sent.

What a match answers informs a coordinator. It decides for nobody.
"""
TAGS = [
    {
        "name": "Trials",
        "description": "The catalogue: lists of cards under filters, one trial whole or in parts, and its revisions. "
        "A filter removes what is known not to fit: a trial whose source states no age or sex stays under those "
        "filters, and its `unstated` says so.",
    },
    {
        "name": "Matching",
        "description": "One patient against the trials: who may fit, what is missing, what stands in the way and until "
        "when. Patients come in bodies, are never stored and never logged.",
    },
    {"name": "Vocabulary", "description": "The codes, units and enumerations that criteria and patients are made of."},
    {"name": "Exports", "description": "All trials under the filters at once, streamed."},
    {"name": "Operations", "description": "What operators and tools ask for: health, readiness, metrics."},
]
_UNION_NAMES = {"all_of": "Expression"}
"""Names for unions over `kind`, by a kind that only that union has."""


def build_openapi(app: FastAPI) -> Schema:
    """The whole document, OpenAPI 3.1."""
    document = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, tags=TAGS, routes=app.routes)
    components = document.setdefault("components", {})
    schemas: Schema = components.setdefault("schemas", {})
    for model in (ProblemError, Problem):
        shape = model.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
        shape.pop("$defs", None)
        schemas[model.__name__] = shape
    components["responses"] = problem_responses()
    for path in document["paths"].values():
        for operation in path.values():
            _refer_plainly(operation["responses"])
    named: Schema = {}
    components["schemas"] = _name_unions(schemas, named) | named
    document["paths"] = _name_unions(document["paths"], named)
    components["schemas"] = dict(sorted({**components["schemas"], **named}.items()))
    return document


def _refer_plainly(responses: Schema) -> None:
    for status, response in responses.items():
        if "$ref" in response:
            responses[status] = {"$ref": response["$ref"]}


def _name_unions(node: Any, named: Schema) -> Any:  # noqa: ANN401 # any part of a JSON document
    """The same part of a document, its unions of expressions replaced by references; they are added to `named`."""
    if isinstance(node, list):
        return [_name_unions(one, named) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _name_unions(value, named) for key, value in node.items()}
    mapping = node.get("discriminator", {}).get("mapping", {}) if isinstance(node.get("discriminator"), dict) else {}
    name = next((name for kind, name in _UNION_NAMES.items() if kind in mapping), None)
    if name is None:
        return made
    suffix = "Output" if any(target.endswith("-Output") for target in mapping.values()) else ""
    named[name + suffix] = {"oneOf": made["oneOf"], "discriminator": made["discriminator"]}
    rest = {key: value for key, value in made.items() if key not in {"oneOf", "discriminator", "title"}}
    return {"$ref": f"#/components/schemas/{name}{suffix}", **rest}
