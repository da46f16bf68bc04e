"""What a check found: one line for people, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "advice", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One result of a check.

    level: `error` would make a deployment fail or lie, `warning` costs users something, `advice` could be better.
    subject: what was looked at. found: what is the case. remedy: what to do; empty for `ok`.
    """

    level: Level
    subject: str
    found: str
    remedy: str = ""
