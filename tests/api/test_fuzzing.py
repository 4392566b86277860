"""Whatever fits the declared contract, and much that does not, is answered as the contract declares, never by a 500."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.main import create_app
from app.settings import Settings

schema = schemathesis.openapi.from_path(Path(__file__).parent / "openapi.json")
schema.config.phases.coverage.enabled = False  # thousands of calls for one tree of expressions


@schemathesis.serializer("application/x-ndjson")
def write_lines(_: object, value: Any) -> bytes:
    """Text is sent as it is, anything else as lines of JSON."""
    if isinstance(value, str):
        return value.encode(errors="surrogatepass")
    lines = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(line) for line in lines).encode()


@pytest.fixture(scope="module")
def app(filled_sqlite: str) -> FastAPI:
    """An application of its own: each call starts and ends it."""
    return create_app(Settings(database_url=filled_sqlite))


@schema.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_declared(case: schemathesis.Case[Any], app: FastAPI):
    # What a schema allows can still be unknown, or contradict itself: a code, two doses the wrong way around.
    case.call_and_validate(app=app, base_url="http://testserver", excluded_checks=[positive_data_acceptance])
