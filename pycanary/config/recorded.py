"""canary.yml as a release records it, and back: what runs in a slot is asked, stopped and restored by its own."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from pycanary.config.model import Config
from pycanary.model.release import Release

OF_A_RELEASE = ("services", "compose", "commands")  # what belongs to the commit; the rest is today's


def recorded(config: Config) -> dict[str, Any]:
    """The configuration in plain JSON types, without the hosts and without paths on the deployer's machine."""
    return config.model_dump(mode="json", exclude={"hosts": True, "environment": {"__all__": {"file"}}})


def config_of(config: Config, release: Release | None) -> Config:
    """The configuration with the services and the runtime that the release was deployed with.

    Where nothing was recorded, or by a pycanary that knew other keys, all of it is today's: a rollback has to go on.
    """
    if release is None or not release.configuration:
        return config
    then = {key: release.configuration.get(key) for key in OF_A_RELEASE}
    try:
        return Config.model_validate({**dict(config), **then})
    except ValidationError:
        return config
