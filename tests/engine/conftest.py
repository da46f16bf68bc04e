"""Labs of the engine's tests: every one begins with a release in the stable slot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.world import remembered, split_of, state_directory
from tests.lab.lab import Lab


@pytest.fixture
def ready(shared: Lab) -> Lab:
    """The shared lab with its users on the stable slot, whatever the test before left."""
    shared.environment.pop("MATTERMOST_URL", None)
    shared.configure()
    found = remembered(shared)
    if not split_of(found).startswith("999:1") or found["held_since"] or (state_directory(shared) / "lease").exists():
        shared.deploy("rollback")
    return shared


@pytest.fixture
def fresh(make_lab: Callable[..., Lab]) -> Lab:
    """A lab of the test's own with a release in the stable slot."""
    made = make_lab()
    made.repository.commit("the first release")
    made.deploy("stable")
    return made
