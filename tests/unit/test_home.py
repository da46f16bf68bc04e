"""~ with and without a home."""

from pathlib import Path

import pytest

from pycanary.config.sections import Host as HostConfig
from pycanary.errors import HostFailed
from pycanary.home import at_home, user_name
from pycanary.host.connection import Host


def nobody(uid: int) -> None:
    raise KeyError(f"uid not found: {uid}")


def test_the_users_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/kim")
    assert at_home("~/.ssh/known_hosts") == Path("/home/kim/.ssh/known_hosts")
    assert at_home("known_hosts") == Path("known_hosts")


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A uid that /etc/passwd does not know."""
    for name in ("HOME", "LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr("pwd.getpwuid", nobody)


@pytest.mark.usefixtures("nameless")
def test_a_user_without_a_name_has_no_home() -> None:
    assert at_home("~/.ssh/known_hosts") == Path("~/.ssh/known_hosts")
    assert user_name().startswith("uid ")


@pytest.mark.usefixtures("nameless")
def test_a_user_without_a_name_connects_as_far_as_the_host_lets_it() -> None:
    with pytest.raises(HostFailed, match="9"):
        Host(HostConfig(address="127.0.0.1", port=9, user="deploy")).open()
