"""Commits that break containers: stable's are not touched, and the words say what it was."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.engine.test_containers import containers
from tests.engine.world import flawless, records, running, split, split_of, view
from tests.lab.containers import docker
from tests.lab.lab import Lab, lab


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of containers with a release in the stable slot."""
    app = f"lab{secrets.token_hex(3)}"
    with lab(tmp_path_factory.mktemp(app) / app, app, flavour="debian", compose=True) as made:
        made.configure(steps=["70%"], bake_seconds=0)
        made.repository.commit("the first release")
        made.deploy("stable")
        yield made


def canary_file(lab: Lab, **backend: Any) -> dict[str, str]:
    """The Compose file of the canary slot with further keys for its backend."""
    content = lab.repository.slot_file("canary")
    content["services"]["backend"].update(backend)
    return {"compose.canary.yml": yaml.safe_dump(content, sort_keys=False)}


EATS = "b = bytearray(); [b.extend(bytes(1 << 20)) for _ in range(1 << 10)]"
BROKEN = {
    "a build that fails": (
        lambda lab: {"Dockerfile": "FROM pycanary-lab-app\nRUN echo no such module; false\n"},
        "build",
    ),
    "an invalid Compose file": (lambda lab: {"compose.canary.yml": "services: [\n"}, "build"),
    "no such service": (lambda lab: {"compose.canary.yml": "services: {other: {image: pycanary-lab-app}}\n"}, "build"),
    "exits": (lambda lab: canary_file(lab, command=["sh", "-c", "echo no licence; exit 5"]), "health"),
    "restarts": (lambda lab: canary_file(lab, command=["sh", "-c", "exit 5"], restart="always"), "health"),
    "eats its memory": (
        lambda lab: canary_file(lab, mem_limit="32m", memswap_limit="32m", command=["python3", "-c", EATS]),
        "health",
    ),
}
WORDS = {
    "a build that fails": "its image cannot be built",
    "an invalid Compose file": "compose.canary.yml cannot be used",
    "no such service": "compose.canary.yml has no service 'frontend', which canary.yml names",
    "exits": "backend in the canary slot: it exited with code 5",
    "restarts": "backend in the canary slot: it",
    "eats its memory": "backend in the canary slot: it ran out of memory and was killed",
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_commit_that_breaks_its_containers_meets_no_user(composed: Lab, how: str) -> None:
    files, stage = BROKEN[how]
    stable = containers(composed, "stable")
    composed.repository.commit(files=files(composed))
    with flawless(composed):
        result = composed.pycanary("deploy", "canary-auto")
    assert (result.code, WORDS[how] in result.stdout) == (3, True), result.text
    record = records(composed)[0]
    assert (record["outcome"], record["stages"][-1]["name"]) == ("failed", stage)
    assert split(composed) == "999:1, canary out"
    assert containers(composed, "stable") == stable


def test_a_port_that_somebody_has_is_named(composed: Lab) -> None:
    docker("compose", "-p", f"{composed.app}-canary", "down")
    composed.repository.commit()
    with flawless(composed), socket.create_server(("127.0.0.1", composed.port("backend", "canary"))):
        result = composed.pycanary("deploy", "canary-auto")
    assert result.code == 3
    assert f"port {composed.port('backend', 'canary')} is taken" in result.stdout
    assert split(composed) == "999:1, canary out"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("restart", "-t", "0"), "was restarted|it exited with code"),
        (("kill",), "it exited with code 137"),
        (("rm", "--force"), "there is no container of it|its container is being removed"),
    ],
)
def test_a_container_that_breaks_in_a_bake_goes_out(composed: Lab, command: tuple[str, ...], words: str) -> None:
    composed.repository.commit()
    composed.configure(steps=["70%"], bake_seconds=20)
    stable = containers(composed, "stable")
    with flawless(composed, visit=1), running(composed, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        backend = containers(composed, "canary")["backend"][0]
        docker(*command, backend)
        result = run.end()
    assert (result.code, bool(re.search(words, result.stdout))) == (3, True), result.text
    assert split_of(view(composed)) == "999:1, canary out"
    assert containers(composed, "stable") == stable


def test_a_container_whose_memory_runs_out_in_a_bake_goes_out(composed: Lab) -> None:
    composed.repository.commit(files=canary_file(composed, mem_limit="96m", memswap_limit="96m"))
    composed.configure(steps=["70%"], bake_seconds=20)
    with flawless(composed, visit=1), running(composed, "deploy", "canary-auto") as run:
        run.said("300:700 are served")
        # The kernel ends the service for what another process of its container takes.
        offer = 'for each in /proc/[0-9]*; do echo 1000 >"$each/oom_score_adj"; done; echo 0 >/proc/$$/oom_score_adj'
        backend = containers(composed, "canary")["backend"][0]
        docker("exec", "--detach", backend, "sh", "-c", f"{offer}; exec python3 -c '{EATS}'")
        result = run.end()
    assert (result.code, "ran out of memory and was killed" in result.stdout) == (3, True), result.text
    assert split_of(view(composed)) == "999:1, canary out"


def test_a_container_that_is_paused_in_a_bake_goes_out_and_is_replaced_by_the_next_release(composed: Lab) -> None:
    composed.repository.commit()
    composed.configure(steps=["70%"], bake_seconds=20)
    stable = containers(composed, "stable")
    with composed.users(visit=1, pause_seconds=0.1) as users:
        with running(composed, "deploy", "canary-auto") as run:
            run.said("300:700 are served")
            docker("pause", containers(composed, "canary")["backend"][0])
            result = run.end()
        assert (result.code, "its container is paused" in result.stdout) == (3, True), result.text
        composed.repository.commit()
        composed.configure(steps=["70%"], bake_seconds=0)
        composed.deploy("canary-auto")
    # Whoever had been sent to it before it went out waited for it, and got an answer or its end.
    assert all("/backend/" in failure.request for failure in users.all.failures), users.all.failures
    assert len(users.all.failures) <= 1
    assert containers(composed, "stable") == stable
