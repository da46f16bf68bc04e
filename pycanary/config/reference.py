"""The table of all keys for docs/canary-yml.md, from the model, so that the two cannot differ."""

from __future__ import annotations

import json
from typing import Any

from pydantic.fields import FieldInfo

from pycanary.config.explain import expected_at
from pycanary.config.fields import Section
from pycanary.config.keys import fields, section_at
from pycanary.model.weights import Weights


def reference() -> str:
    """A Markdown table with one row for each key: its name, default, what it takes and its meaning."""
    rows = ["| Key | Default | Takes | Meaning |", "|---|---|---|---|"]
    for keys, field in fields():
        takes = "a section" if section_at(keys) else expected_at(keys)
        cells = (f"`{'.'.join(keys)}`", _default(field), takes, field.description or "")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, Section):
        return ""
    return f"`{json.dumps(value, default=_plain, ensure_ascii=False)}`"


def _plain(value: Any) -> Any:
    return value.percent if isinstance(value, Weights) else {}
