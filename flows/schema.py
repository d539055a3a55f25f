"""The JSON Schema of the playbook language, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from flows.glossary import GLOSSARY
from flows.playbook import Playbook


def json_schema() -> dict[str, Any]:
    """The language with the keys as they are written, in JSON Schema 2020-12."""
    schema = Playbook.model_json_schema(by_alias=True, schema_generator=_AsWritten)
    for name, part in (("Playbook", schema), *schema["$defs"].items()):
        for key, value in part["properties"].items():
            value["description"] = GLOSSARY.get(f"{name}.{key}") or GLOSSARY[key]
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "Handrail playbook"}


class _AsWritten(GenerateJsonSchema):
    """Nothing is written as null: a key is there with a value, or it is not there."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default") is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        written = super().dict_schema(schema)
        return {**written, "additionalProperties": False} if "patternProperties" in written else written

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False
