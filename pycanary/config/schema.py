"""The JSON Schema of canary.yml, which editors use to complete and check it."""

from __future__ import annotations

from typing import Any

from pycanary.config.model import Config

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema as plain data, draft 2020-12."""
    generated = Config.model_json_schema()
    generated.pop("title")
    return {"$schema": DIALECT, "title": "canary.yml", **generated}
