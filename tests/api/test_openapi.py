"""The contract as a document: valid, complete, and the one that is committed."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from app.settings import ROOT
from app.web.routing import StrictRoute

SNAPSHOT = Path(__file__).parent / "openapi.json"


@pytest.fixture(scope="module")
def document(sqlite_client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = sqlite_client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body that is declared, of requests and of answers, with its media type."""
    for name, operation in operations(document):
        for owner in [operation.get("requestBody"), *operation["responses"].values()]:
            for media_type, content in (owner or {}).get("content", {}).items():
                yield f"{name} {media_type}", content
    for name, response in document["components"]["responses"].items():
        yield name, response["content"]["application/problem+json"]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_committed_document_is_the_one_served(document: dict[str, Any]):
    committed = json.loads(SNAPSHOT.read_text(encoding="utf-8"))

    assert document == committed, "the contract changed: cartalog openapi > tests/api/openapi.json, and read the diff"


def test_the_version_is_that_of_the_project(document: dict[str, Any]):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert document["info"]["version"] == project["version"]


def test_every_operation_is_named_tagged_and_explained(document: dict[str, Any]):
    tags = {tag["name"] for tag in document["tags"]}
    names = []
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"]), name
        names.append(operation["operationId"])

    assert len(names) == len(set(names))
    assert all(tag["description"] for tag in document["tags"])


def test_every_body_has_an_example(document: dict[str, Any]):
    for name, content in bodies(document):
        assert content["example"], name


def test_every_example_of_an_answer_is_of_its_declared_form(sqlite_client: TestClient, document: dict[str, Any]):
    routes = [route for route in sqlite_client.app.routes if isinstance(route, StrictRoute)]  # type: ignore[attr-defined]
    models = {route.name: route.responses[200]["model"] for route in routes if "model" in route.responses.get(200, {})}
    assert models
    for name, operation in operations(document):
        model = models.get(operation["operationId"])
        if model is not None:
            shown = operation["responses"]["200"]["content"]["application/json"]["example"]
            whole = model.model_validate(shown).model_dump(mode="json", by_alias=True)
            assert without_nearest(whole) == shown, name


def without_nearest(node: Any) -> Any:
    """The one key that is not always there."""
    if isinstance(node, list):
        return [without_nearest(one) for one in node]
    if isinstance(node, dict):
        return {key: without_nearest(value) for key, value in node.items() if key != "nearest"}
    return node


def test_every_problem_is_declared_by_reference(document: dict[str, Any]):
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                assert response.keys() == {"$ref"}, f"{name} {status}"
        assert {"422", "500"} <= operation["responses"].keys(), name


def test_every_reference_leads_somewhere(document: dict[str, Any]):
    text = json.dumps(document)

    for kind, name in set(re.findall(r'"\$ref": "#/components/(\w+)/([^"]+)"', text)):
        assert name in document["components"][kind]


def test_unions_are_named_and_told_apart_by_a_required_field(document: dict[str, Any]):
    schemas = document["components"]["schemas"]
    assert "Expression" in schemas
    unions = {name: schema for name, schema in schemas.items() if "oneOf" in schema}
    for name, schema in unions.items():
        field = schema["discriminator"]["propertyName"]
        for reference in schema["discriminator"]["mapping"].values():
            assert field in schemas[reference.rpartition("/")[2]]["required"], name
    below_the_top = [node for path, node in nodes(schemas) if path.count("/") > 1]
    assert not [node for node in below_the_top if "discriminator" in node]


def nodes(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from nodes(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nodes(value, f"{path}/{index}")


def test_an_answer_may_gain_keys(document: dict[str, Any]):
    assert "additionalProperties" not in document["components"]["schemas"]["Trial"]


def test_enumerations_are_words(document: dict[str, Any]):
    for name, schema in document["components"]["schemas"].items():
        for value in schema.get("enum", []):
            assert re.fullmatch(r"-?[a-z0-9_]+", value), f"{name}: {value}"
