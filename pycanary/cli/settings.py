"""The options before the command; light, since --help waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pycanary.config.model import Config


@dataclass(frozen=True)
class Settings:
    """The options before the command."""

    config_path: str
    debug: bool = False
    plain: bool = False

    def config(self) -> Config:
        """The application's canary.yml. Raises UsageError with every problem that it has."""
        from pycanary.config.load import load

        return load(Path(self.config_path))
