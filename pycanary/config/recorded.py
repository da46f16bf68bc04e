"""canary.yml as a release records it, and back: a rollback uses what its release was deployed with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from pycanary.config.model import Config
from pycanary.errors import UsageError


def recorded(config: Config) -> dict[str, Any]:
    """The configuration in plain JSON types, without the hosts: those are today's, whatever is rolled back to."""
    return config.model_dump(mode="json", exclude={"hosts"})


def with_recorded(config: Config, recorded: Mapping[str, Any]) -> Config:
    """Today's hosts with the recorded rest; today's configuration where nothing was recorded.

    Raises UsageError for a record of a pycanary that knew other keys.
    """
    if not recorded:
        return config
    try:
        return Config.model_validate({**recorded, "hosts": config.hosts})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(
            f"the release was recorded by another pycanary: {'.'.join(map(str, first['loc']))} does not fit",
            remedy="use the pycanary that deployed it",
        ) from error
