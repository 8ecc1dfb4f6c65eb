"""The OpenAPI document: the copy in docs is the server's, and the server does what it says."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok

from havenclient import wire
from havenclient.relay.openapi import document

from .harness import Relay

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = 500 if "HAVEN_RELAY_CAMPAIGN" in os.environ else 8


def test_the_copy_in_docs_is_the_servers(relay: Relay) -> None:
    copy = json.loads((DOCS / "relay-openapi.json").read_text("utf-8"))
    assert copy == document()
    assert httpx.get(f"{relay.url}/v1/openapi.json", trust_env=False).json() == copy


def test_every_problem_type_is_in_the_prose() -> None:
    prose = (DOCS / "relay-api.md").read_text("utf-8")
    for problem in wire.Problem:
        assert f"`{problem.value.rpartition(':')[2]}`" in prose, problem


def test_the_server_does_what_the_document_says(relay: Relay) -> None:
    """schemathesis: requests made from the document, good and bad; answers held against it."""
    load_all_checks()
    schema = schemathesis.openapi.from_dict(document())
    checks = CHECKS.get_by_names(
        [
            "not_a_server_error",
            "status_code_conformance",
            "content_type_conformance",
            "response_headers_conformance",
            "response_schema_conformance",
        ]
    )
    log = relay.log()
    log.append(b"one")
    turn = itertools.count()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if operation.label.endswith("/events"):
            continue  # a stream does not end; test_api reads it

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        @given(case=operation.as_strategy())
        def run(case: Any) -> None:
            if "log" in (case.path_parameters or {}) and next(turn) % 2:
                # Every second request goes to a log that exists, with its own token.
                case.path_parameters["log"] = wire.b64(log.log_id)
                case.headers = {**(case.headers or {}), **log.auth()}
            answer = case.call(base_url=relay.url)
            case.validate_response(answer, checks=checks)

        run()
