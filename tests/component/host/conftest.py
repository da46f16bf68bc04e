"""Scripts written in the test that needs them, rendered and run like any other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pycanary import resource
from pycanary.host.script import Script, Value


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Script]:
    """script(body, timeout_seconds=60, **values): a Script whose `main` is that body."""
    bodies: dict[str, str] = {}
    shipped = resource.text

    def text(name: str) -> str:
        return bodies[name] if name in bodies else shipped(name)

    def make(body: str, timeout_seconds: int = 60, **values: Value) -> Script:
        name = f"inline-{len(bodies)}"
        bodies[f"host/{name}.sh"] = f"main() {{\n{body}\n}}\n"
        return Script(name, values, timeout_seconds)

    monkeypatch.setattr(resource, "text", text)
    return make
