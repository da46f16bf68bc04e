"""A stack of the test's own on the real daemon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.component.stack import Stack, make_image


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    make_image()
    made = Stack(tmp_path / "host")
    yield made
    made.remove()
