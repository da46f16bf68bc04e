"""What an installation without an extra says of the commands that need it."""

from __future__ import annotations

import sys

import pytest

from pycanary.cli import demo, jenkins
from pycanary.cli.settings import Settings
from pycanary.errors import UsageError


@pytest.mark.parametrize("arguments", [["setup"], ["run", "rollback"], ["status"]])
def test_without_its_client_what_talks_to_jenkins_says_how_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jenkins", None)
    with pytest.raises(UsageError) as caught:
        jenkins.command.main(arguments, standalone_mode=False, obj=Settings("nowhere.yml"))
    assert caught.value.sentence == (
        "what talks to Jenkins needs jenkins\n"
        "  -> in pycanary's clone: `pipx install --force '.[jenkins]'`, or a venv's `pip install '.[jenkins]'`"
    )


def test_without_its_parts_the_demo_says_how_they_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    with pytest.raises(UsageError, match=r"the demo needs asyncssh\n.*'\.\[demo\]'"):
        demo.command.main([], standalone_mode=False)
