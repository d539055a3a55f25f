"""`handrail schema`: the language of playbooks, for editors."""

from __future__ import annotations

import json

from flows.schema import json_schema


def schema() -> None:
    """Print the JSON Schema."""
    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
