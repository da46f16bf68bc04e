"""The real parts that tests stand on, and the order in which several processes take the tests up."""

from __future__ import annotations

import hypothesis
import pytest

hypothesis.settings.register_profile("pycanary", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("pycanary")
pytest_plugins = ["tests.lab.fixtures"]

# The longest first, so that the short ones fill what is left at the end.
FOLDERS = ("jenkins", "faults", "engine", "security", "component", "shop", "unit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """By folder, and a file in one piece: its tests share a lab."""
    items.sort(key=lambda item: FOLDERS.index(item.path.relative_to(item.config.rootpath / "tests").parts[0]))
