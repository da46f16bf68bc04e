"""Which runtime canary.yml asks for."""

from __future__ import annotations

from pycanary.config.model import Config
from pycanary.runtime.base import Runtime
from pycanary.runtime.commands import CommandsRuntime
from pycanary.runtime.compose import ComposeRuntime


def runtime_of(config: Config) -> Runtime:
    """The runtime of the application."""
    return CommandsRuntime(config) if config.commands is not None else ComposeRuntime(config)
