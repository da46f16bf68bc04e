"""The Docker daemon is restarted under a deployment: without live-restore every container dies with it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
import yaml

from tests.engine.world import flawless, records, running, split
from tests.lab.containers import docker
from tests.lab.dockerd import Dockerd, own_dockerd
from tests.lab.lab import SERVICES, Lab, Result, lab
from tests.lab.machine import wait_until


@pytest.fixture(scope="module")
def restartable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Dockerd]]:
    """A lab of containers on a daemon of its own, with a release in the stable slot."""
    app = f"lab{secrets.token_hex(3)}"
    directory = tmp_path_factory.mktemp(app)
    with own_dockerd(directory / "docker") as daemon, lab(directory / app, app, flavour="debian", compose=True) as made:
        made.configure(steps=["70%"], bake_seconds=0)
        made.repository.commit("the first release")
        made.deploy("stable")
        yield made, daemon


def restarting(lab: Lab, slot: str) -> dict[str, str]:
    """The Compose file of a slot whose services come back by themselves."""
    content = yaml.safe_load((lab.repository.work / f"compose.{slot}.yml").read_text())
    for service in content["services"].values():
        service["restart"] = "always"
    return {f"compose.{slot}.yml": yaml.safe_dump(content, sort_keys=False)}


@pytest.fixture
def coming_back(restartable: tuple[Lab, Dockerd]) -> tuple[Lab, Dockerd]:
    """The same lab; its stable slot has a release that Docker starts again by itself."""
    lab, daemon = restartable
    lab.configure(steps=["70%"], bake_seconds=0)
    backend = docker("ps", "-aq", "--filter", f"name=^{lab.app}-stable-backend").split()
    if docker("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", *backend).strip() != "always":
        lab.repository.commit(files=restarting(lab, "stable"))
        lab.deploy("stable")
    wait_until(lambda: serves(lab, "stable"), "stable to come back")
    return lab, daemon


def serves(lab: Lab, slot: str) -> bool:
    return all(lab.answers(service, slot) for service in SERVICES)


def restarted_once(lab: Lab, daemon: Dockerd, said: str) -> Result:
    """A canary-auto under which the daemon is restarted once it has said that."""
    lab.repository.commit(files=restarting(lab, "stable"))
    with running(lab, "deploy", "canary-auto") as run:
        run.said(said)
        daemon.stop()
        daemon.start()
        return run.end()


def test_in_a_bake_stable_that_stays_down_is_no_rollback_that_succeeded(restartable: tuple[Lab, Dockerd]) -> None:
    lab, daemon = restartable
    lab.configure(steps=["70%"], bake_seconds=60)
    result = restarted_once(lab, daemon, "300:700 are served")
    assert result.code == 4, result.text
    assert "the stable slot, which users are back on, is not healthy" in result.text
    assert "`pycanary logs --slot stable`" in result.text
    assert records(lab)[0]["outcome"] == "person-needed"
    assert not any(lab.answers(service, "stable") for service in SERVICES)


def test_in_a_bake_stable_that_comes_back_serves(coming_back: tuple[Lab, Dockerd]) -> None:
    lab, daemon = coming_back
    lab.configure(steps=["70%"], bake_seconds=60)
    result = restarted_once(lab, daemon, "300:700 are served")
    assert (result.code, split(lab)) == (3, "999:1, canary out"), result.text
    assert "rolled back: stable slot" in result.text
    with flawless(lab, visit=1) as users:
        users.wait_for(5)


def test_while_a_slot_is_started_it_is_told_and_the_next_deployment_works(coming_back: tuple[Lab, Dockerd]) -> None:
    lab, daemon = coming_back
    result = restarted_once(lab, daemon, "stage start")
    assert (result.code in (3, 4), "ocker" in result.text) == (True, True), result.text
    assert split(lab) == "999:1, canary out"
    wait_until(lambda: serves(lab, "stable"), "stable to come back")
    lab.deploy("canary-auto")
    assert split(lab) == "300:700"
