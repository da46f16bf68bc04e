"""Whatever a script on a host ends with, a person is told what to do."""

from __future__ import annotations

import re

import pytest

from pycanary.config.sections import Host
from pycanary.host.explain import explain_connection, explain_failure
from pycanary.host.remedies import REMEDIES
from pycanary.host.script import Script
from tests.lab.machine import ROOT

SCRIPTS = ROOT / "resources/pycanary/host"
# A kind is given to `die` or `as_found`, or chosen before by a function of NGINX's scripts that prints it.
KIND = re.compile(
    r"""(?:\bdie |\bas_found |\$\(kind_of "\$words" |\bprintf '(?=nginx-|tool'))([a-z]+(?:-[a-z]+)*)[ ')]"""
)
NOBODY_READS = {"watchdog"}  # the host works alone, and tries again


def kinds(text: str) -> set[str]:
    """The kinds that a script names."""
    return set(KIND.findall(re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)))


@pytest.mark.parametrize("name", sorted(path.name for path in SCRIPTS.glob("*.sh")))
def test_every_kind_of_failure_has_a_remedy(name: str) -> None:
    assert kinds((SCRIPTS / name).read_text()) - NOBODY_READS - set(REMEDIES) == set()


def test_the_kinds_of_failures_are_found() -> None:
    found = set().union(*(kinds(path.read_text()) for path in SCRIPTS.glob("*.sh")))
    assert {
        "write",
        "missing",
        "compose-file",
        "nginx-port",
        "nginx-broken-before",
        "nginx-not-loaded",
        "tool",
    } <= found


def test_a_script_that_ends_without_a_word_of_its_own_has_a_remedy_too() -> None:
    error = explain_failure("shop1", Script("look", {}), 3, "", "sh: 1: surprise\n", seconds=0.1)
    assert error.sentence == (f"shop1: look failed with status 3\n  sh: 1: surprise\n  -> {REMEDIES['status']}")


def test_a_key_with_a_passphrase_names_the_key_of_canary_yml() -> None:
    from paramiko.ssh_exception import PasswordRequiredException

    error = explain_connection(PasswordRequiredException("locked"), Host(address="shop1", identity="~/.ssh/shop"))
    assert error.remedy == "load it into ssh-agent (`ssh-add`), or in Jenkins name its credential in hosts[].credential"
