"""~ with and without a home."""

from pathlib import Path

import pytest

from pycanary.home import at_home


def nobody(uid: int) -> None:
    raise KeyError(f"uid not found: {uid}")


def test_the_users_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/kim")
    assert at_home("~/.ssh/known_hosts") == Path("/home/kim/.ssh/known_hosts")
    assert at_home("known_hosts") == Path("known_hosts")


def test_a_user_without_a_name_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert at_home("~/.ssh/known_hosts") == Path("~/.ssh/known_hosts")
