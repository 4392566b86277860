"""The OpenAPI document: FastAPI's, with problems by reference and the union of expressions under its own name."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from app.api.cohort_schemas import CohortAnswer, CohortProblem
from app.api.declared import load_examples, problem_responses
from app.matching.cohort import CohortPatients
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
_LICENSE = {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
_UNIONS = {
    "CriterionOrExpression": frozenset({"inclusion", "exclusion"}),
    "Expression": frozenset({"all_of", "any_of", "at_least", "not", "only_if", "except", "age", "sex", "observation"}),
    "InstanceExpression": frozenset({"condition", "therapy", "event"}),
}
"""Names for unions over `kind`: the first one whose kinds the union all has."""

_UNSEEN: Mapping[type[BaseModel], JsonSchemaMode] = {
    ProblemError: "serialization",
    Problem: "serialization",
    CohortPatients: "validation",
    CohortAnswer: "serialization",
    CohortProblem: "serialization",
}
"""Models that FastAPI does not come by, since what they describe is a line, or an answer of every operation."""

_VALUES = frozenset({"example", "examples", "default", "enum", "const"})
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_REFERENCE = "#/components/schemas/"


def build_openapi(app: FastAPI) -> Schema:
    """The whole document, OpenAPI 3.1."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary="Cell therapy trials in autoimmune disease, and who may fit",
        description=DESCRIPTION,
        license_info=_LICENSE,
        tags=TAGS,
        routes=app.routes,
    )
    document = _with_plain_names(document)
    schemas = document["components"]["schemas"]
    for model, mode in _UNSEEN.items():
        schema = model.model_json_schema(mode=mode, ref_template=_REFERENCE + "{model}")
        parts = schema.pop("$defs", {})
        schemas |= {name: part for name, part in parts.items() if name not in schemas} | {model.__name__: schema}
    unions: Schema = {}
    document["paths"] = _tidied(document["paths"], unions)
    schemas = _tidied(schemas, unions) | unions
    for operation in _operations(document):
        load_examples(operation)
        if "requestBody" in operation:
            _show_example_beside(operation["requestBody"])
    sent = _reachable([operation.get("requestBody") for operation in _operations(document)], schemas)
    for name, schema in schemas.items():
        if name not in sent:
            schema.pop("additionalProperties", None)  # an answer may gain keys; a request may not
    document["components"] = {"schemas": dict(sorted(schemas.items())), "responses": problem_responses()}
    return document


def _with_plain_names(document: Schema) -> Schema:
    """What an answer holds is called as we call it; what differs in a request (keys with defaults) is an `Input`."""
    text = json.dumps(document)
    plain: Schema = json.loads(text.replace('-Output"', '"').replace('-Input"', 'Input"'))
    return plain


def _tidied(node: Any, unions: Schema) -> Any:
    """A part of the document in which unions have names, references stand alone and titles say nothing twice.

    The unions that were found are added to `unions`. Examples and other values are left as they are.
    """
    if isinstance(node, list):
        return [_tidied(one, unions) for one in node]
    if not isinstance(node, dict):
        return node
    made = {
        _BOUNDS.get(key, key): value if key in _VALUES else _tidied(value, unions)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
    }
    reference = made.get("$ref", "")
    if isinstance(reference, str) and reference.startswith("#/components/responses/"):
        return {"$ref": reference}
    if "in" in made and isinstance(made.get("schema"), dict) and "description" in made:
        made["schema"].pop("description", None)
    kinds = made["discriminator"]["mapping"] if isinstance(made.get("discriminator"), dict) else {}
    name = next((name for name, needed in _UNIONS.items() if needed <= kinds.keys()), None)
    if name is None or "oneOf" not in made:
        return made
    if any(target.endswith("Input") for target in kinds.values()):
        name += "Input"
    unions[name] = {key: made.pop(key) for key in ("oneOf", "discriminator")}
    return {"$ref": _REFERENCE + name, **made}


def _show_example_beside(body: Schema) -> None:
    """FastAPI puts a body's examples into its schema; tools look for them beside it."""
    for content in body["content"].values():
        examples = content["schema"].pop("examples", [])
        if examples:
            content["example"] = examples[0]


def _operations(document: Schema) -> list[Schema]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def _reachable(start: Any, schemas: Schema) -> set[str]:
    """Names of the schemas that a part of the document refers to, directly or not."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
            name = str(node.get("$ref", "")).removeprefix(_REFERENCE)
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
        elif isinstance(node, list):
            waiting += node
    return found
