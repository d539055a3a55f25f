"""What /v1/openapi.json promises: schemathesis sends what it allows, and what it does not, and looks at every answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import jsonschema
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from town import Town, a_town

from bot.playground.demo import WRITE_KEY
from bot.web.ingest import OTHERS, SEGMENT

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with a_town(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.mark.parametrize("path", [*SEGMENT, "/batch", "/track", "/engage", "/2/httpapi"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not_allowed"])
def test_every_answer_to_what_is_and_is_not_allowed_is_as_documented(town: Town, path: str, mode: GenerationMode):
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", town.house.web)
    operation = schema[path]["POST"]

    @hypothesis.settings(
        max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def promised(case: Any) -> None:
        case.call_and_validate(auth=(WRITE_KEY, ""), checks=CHECKS)

    promised()


def test_every_example_in_the_documentation_is_taken(town: Town):
    paths = town.fetch("GET", "/v1/openapi.json").json["paths"]
    assert {*SEGMENT} <= {*paths}
    for path in SEGMENT:
        content = paths[path]["post"]["requestBody"]["content"]["application/json"]
        jsonschema.validate(content["example"], content["schema"])
        answer = town.tells(path, content["example"])
        assert (answer.status, answer.json) == (200, {"success": True}), path
    assert all(not path.endswith("/") for path in paths if path.removesuffix("/") in OTHERS)
