"""The key that Jenkins binds: of every kind, with its passphrase."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pycanary.errors import HostFailed
from pycanary.host.connection import Host
from pycanary.host.script import Script
from tests.lab.machine import program
from tests.lab.sshd import Sshd


@pytest.fixture
def bound(own_sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Host:
    """A host that knows a new key of that kind, which is bound for its credential "deploy"."""
    kind, passphrase = request.param
    key = tmp_path / "key"
    subprocess.run([program("ssh-keygen"), "-q", "-t", kind, "-N", passphrase, "-f", str(key)], check=True)
    with (own_sshd.directory / "authorized_keys").open("a") as known:
        known.write(key.with_suffix(".pub").read_text())
    monkeypatch.setenv("PYCANARY_KEY_DEPLOY", str(key))
    monkeypatch.setenv("PYCANARY_KEY_DEPLOY_PASSPHRASE", passphrase)
    return Host(own_sshd.host(identity=None, credential="deploy"))


@pytest.mark.parametrize(
    "bound",
    [("ed25519", "open sesame"), ("rsa", "open sesame"), ("ecdsa", "open sesame"), ("ed25519", "")],
    indirect=True,
)
def test_a_bound_key_opens_the_connection(bound: Host) -> None:
    with bound:
        assert bound.run(Script("history", {"STATE": "/nonexistent"})) == ""


@pytest.mark.parametrize("bound", [("ed25519", "open sesame")], indirect=True)
@pytest.mark.parametrize("passphrase", ["closed", ""])
def test_a_bound_key_with_another_passphrase_is_named(
    bound: Host, passphrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYCANARY_KEY_DEPLOY_PASSPHRASE", passphrase)
    with pytest.raises(HostFailed) as refused:
        bound.open()
    assert refused.value.kind == "authentication"
    assert "the key of the Jenkins credential deploy cannot be read" in refused.value.sentence
    assert "correct the key and its passphrase" in refused.value.remedy
