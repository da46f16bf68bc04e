"""A state.json that this pycanary cannot work with: nothing is touched, and a person is told."""

from __future__ import annotations

import json

import pytest

from tests.engine.world import pids, state_directory
from tests.lab.lab import Lab


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: json.dumps({**json.loads(text), "schema_version": 2}), "state.json has schema 2"),
        (
            lambda text: json.dumps({**json.loads(text), "schema_version": 2, "slots": [{"of": "a newer kind"}]}),
            "state.json has schema 2",
        ),
        (lambda text: text[: len(text) // 2], "state.json does not fit this pycanary"),
        (lambda text: "\0" * 4096, "state.json does not fit this pycanary"),
    ],
    ids=["newer", "newer in another shape", "half of it", "zeros"],
)
@pytest.mark.parametrize("type_", ["canary-auto", "rollback"])
def test_it_is_refused_with_what_to_do(ready: Lab, damage: object, words: str, type_: str) -> None:
    assert callable(damage)
    path = state_directory(ready) / "state.json"
    text = path.read_text()
    stable = pids(ready, "stable")
    generated = {file: file.read_text() for file in ready.hosts[0].nginx.conf_d.iterdir()}
    try:
        path.write_text(damage(text))
        result = ready.pycanary("deploy", type_)
        assert (result.code, words in result.text, "->" in result.text) == (4, True, True), result.text
        assert "use the" in result.text
        assert path.read_text() == damage(text)
        assert not (path.parent / "lease").exists()
    finally:
        path.write_text(text)
    assert pids(ready, "stable") == stable
    assert {file: file.read_text() for file in ready.hosts[0].nginx.conf_d.iterdir()} == generated
