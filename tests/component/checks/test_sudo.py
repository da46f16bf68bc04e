"""The sudo lines of docs/host.md are all that a deploy user without rights needs, and no more."""

from __future__ import annotations

import pytest

from pycanary.checks.everything import everything
from pycanary.errors import HostFailed
from pycanary.host import lease
from pycanary.host.connection import Host
from pycanary.host.fleet import Fleet
from pycanary.host.layout import Layout
from pycanary.host.script import Script
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights
from pycanary.nginx.drain import drain, left
from pycanary.nginx.facts import facts, read_facts
from pycanary.nginx.shift import install, shift
from pycanary.nginx.verify import mismatches, verify
from tests.lab.deploy_user import Prepared, prepared

RUN = "run-1"


def errors(host: Prepared) -> list[str]:
    with Fleet(host.config.hosts) as fleet:
        found = everything(host.config, fleet, {})
    return [
        f"{each.subject}: {each.found} -> {each.remedy}"
        for place in found
        for each in place.findings
        if each.level == "error" and each.subject != "repository"
    ]


class Raw(Script):
    """One line of sh, as it is."""

    def render(self) -> str:
        return f"{self.name}\n"


def test_the_documented_lines_are_enough_for_everything_and_allow_nothing_else() -> None:
    with prepared() as host, Host(host.config.hosts[0]) as deploy:
        config, state = host.config, Layout.of(host.config).state
        assert errors(host) == []
        deploy.run(lease.acquire(state, lease.Owner(RUN), seconds=60))
        version = read_facts(deploy.run(facts(config, whole=True))).version
        assert version
        everything_to = {"frontend": Weights.everything_to(Slot.STABLE)}
        traffic = Traffic(generation=1, routes=config.routes, weights=everything_to)
        assert deploy.run(install(config, traffic, version, state_json="{}\n", run=RUN)).strip() == "changed"
        traffic = traffic.shifted(Weights.of_canary(400))
        assert deploy.run(shift(config, traffic, version, state_json="{}\n", run=RUN)).strip() == "changed"
        assert left(deploy.run(drain(config, run=RUN))) == 0
        proof = mismatches(config, traffic, deploy.run(verify(config, traffic)))
        assert not [each for each in proof if "generation" in each or "weights" in each]
        assert read_facts(deploy.run(facts(config, whole=True))).runs is True
        call = " ".join(("sudo -n nginx", *host.nginx.arguments))
        for command in (f"{call} -s stop", "sudo -n nginx -t", "sudo -n id", f"{call} -t -c /etc/passwd"):
            with pytest.raises(HostFailed, match="sudo: a password is required"):
                deploy.run(Raw(command))


def test_without_them_check_names_the_right_that_is_missing() -> None:
    with prepared(sudo=False) as host:
        host.nginx.conf_d.chmod(0o755)
        (host.directory / "srv").chmod(0o555)
        found = errors(host)
    root = host.config.path
    assert found[0].startswith("NGINX: cannot be called: sudo: ")
    assert found[0].endswith("-> let the deploy user call NGINX and write its files: docs/host.md has the exact lines")
    assert found[1].startswith("NGINX: pycanary-test may not reload it -> ")
    assert found[2:] == [
        f"NGINX files: pycanary-test may not write in {host.nginx.conf_d} -> `sudo chgrp pycanary-test"
        f" {host.nginx.conf_d} && sudo chmod 2775 {host.nginx.conf_d}`; docs/host.md has more on that",
        f"directory: pycanary-test may not write in {root} -> `sudo install -d -o pycanary-test -m 750 {root}` and"
        f" `sudo chown -R pycanary-test {root}`",
    ]
