"""Compose projects of two slots and the stores, on a real daemon."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from pycanary.model.slot import Slot
from tests.component.local import RUN
from tests.component.runtime.registry import registry
from tests.component.stack import IMAGE, SERVE, Stack, eventually
from tests.lab.containers import docker


def body(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode()).strip()


def answers(port: int) -> bool:
    try:
        return body(port, "/health") == "ok"
    except OSError:
        return False


def test_images_are_tagged_by_commit_and_told_by_service(stack: Stack) -> None:
    commit = stack.put()
    images = stack.build(commit)
    assert images == {
        "web": docker("image", "inspect", "--format", "{{.Id}}", f"{stack.app}-web:{commit.short}").strip()
    }
    assert stack.containers("canary") == {}


def test_a_canary_starts_beside_stable_which_stays_as_it_is(stack: Stack) -> None:
    stack.deploy(Slot.STABLE)
    template = "{{.Id}} {{.State.StartedAt}} {{.RestartCount}}"
    before = stack.inspect("stable", template)
    stack.deploy(Slot.CANARY)
    stack.deploy(Slot.CANARY)
    assert stack.inspect("stable", template) == before
    for port in stack.ports["web"]:
        eventually(lambda port=port: answers(port), f"an answer on port {port}")  # type: ignore[misc]


def test_a_container_gets_its_time_zone_its_environment_and_its_labels(stack: Stack) -> None:
    commit = stack.put(
        services={"web": stack.web(Slot.CANARY, f"env >env; {SERVE}", environment={"COMMIT": "${COMMIT}"})}
    )
    stack.build(commit)
    stack.host.environment |= {
        "GREETING": "from the shell",
        "COMPOSE_PROJECT_NAME": "other",
        "COMPOSE_FILE": "/nowhere",
    }
    stack.start(commit)
    environment = docker("exec", stack.containers("canary")["web"], "env").splitlines()
    assert {"TZ=Asia/Seoul", "GREETING=from the file", f"COMMIT={commit.short}"} <= set(environment)
    assert stack.inspect("canary", '{{index .Config.Labels "pycanary.commit"}}') == commit.short


def test_the_file_of_a_slot_wins_over_the_shell_in_the_compose_file_too(stack: Stack) -> None:
    commit = stack.put(services={"web": stack.web(Slot.CANARY, environment={"SEEN": "${GREETING}"})})
    stack.build(commit)
    stack.host.environment["GREETING"] = "from the shell"
    stack.start(commit)
    assert "SEEN=from the file" in docker("exec", stack.containers("canary")["web"], "env")


def test_a_service_that_left_the_compose_file_is_removed_from_its_slot_only(stack: Stack) -> None:
    extra = {"image": IMAGE, "command": ["sleep", "1000"], "stop_grace_period": "0s"}
    for slot in Slot:
        commit = stack.put(slot, {"web": stack.web(slot), "extra": extra})
        stack.build(commit)
        stack.start(commit, slot)
    stack.deploy(Slot.CANARY)
    assert set(stack.containers("canary")) == {"web"}
    assert set(stack.containers("stable")) == {"web", "extra"}


def test_stores_are_started_and_waited_for_and_never_re_created(stack: Stack) -> None:
    stack.compose_settings = {"shared": "compose.shared.yml"}
    check = {"test": ["CMD", "cat", "/ready"], "interval": "1s", "retries": 60}
    store = {"image": IMAGE, "command": ["sh", "-c", "sleep 2; touch /ready; sleep 1000"], "healthcheck": check}
    commit = stack.put(shared={"store": store})
    stack.build(commit)
    stack.start(commit)
    assert stack.inspect("shared", "{{.State.Health.Status}}", "store") == "healthy"
    before = stack.containers("shared")
    changed = {**store, "environment": {"SIZE": "2"}}
    commit = stack.put(shared={"store": changed, "cache": {**store, "healthcheck": {"disable": True}}})
    stack.build(commit)
    notes = stack.start(commit)
    assert stack.containers("shared")["store"] == before["store"]
    assert set(stack.containers("shared")) == {"store", "cache"}
    assert notes.startswith(
        "note=the definition of the store store changed; both slots use it, so it was not re-created: docker compose"
    )
    assert notes.count("\n") == 1


def test_a_service_is_given_its_time_to_end(stack: Stack) -> None:
    ends = "trap 'sleep 2; echo ended cleanly; exit 0' TERM; echo started; while :; do sleep 0.2; done"
    commit = stack.deploy(command=ends, stop_grace_period="20s")
    eventually(lambda: "started" in stack.host.run(stack.runtime.logs(Slot.CANARY, "web", 5)), "its start")
    stack.host.run(stack.runtime.stop(Slot.CANARY, commit, RUN))
    assert stack.host.run(stack.runtime.logs(Slot.CANARY, "web", 1)) == "ended cleanly\n"
    assert stack.inspect("canary", "{{.State.ExitCode}}") == "0"


def test_a_slot_stops_although_its_compose_file_is_gone_and_when_nothing_runs(stack: Stack) -> None:
    commit = stack.deploy(stop_grace_period="0s")
    (Path(stack.layout.worktree(Slot.CANARY)) / "compose.canary.yml").unlink()
    stack.host.run(stack.runtime.stop(Slot.CANARY, commit, RUN))
    assert stack.inspect("canary", "{{.State.Status}}") == "exited"
    stack.host.run(stack.runtime.stop(Slot.STABLE, commit, RUN))


def test_only_images_of_releases_that_are_not_kept_and_not_used_go(stack: Stack) -> None:
    in_use = stack.deploy(Slot.STABLE)
    old, kept = stack.put(), stack.put()
    stack.put()
    for commit in (old, kept):
        (Path(stack.layout.source) / "release").write_text(commit.id)
        stack.build(commit)
    docker("tag", IMAGE, f"{stack.app}-web:somebodys")
    docker("tag", IMAGE, f"{stack.app}-web:0badc0de")
    script = stack.runtime.prune([kept.id], RUN)
    assert stack.host.run(script) == f"removed {stack.app}-web:{old.short}\n"
    tags = docker("image", "ls", f"{stack.app}-web", "--format", "{{.Tag}}").split()
    assert sorted(tags) == sorted([in_use.short, kept.short, "somebodys", "0badc0de"])
    stack.host.run(stack.runtime.stop(Slot.STABLE, in_use, RUN))
    assert stack.host.run(script) == ""


def test_images_can_be_pulled_instead_of_built(stack: Stack) -> None:
    stack.compose_settings = {"images": "pull"}
    with registry(IMAGE) as port:
        image = f"127.0.0.1:{port}/{stack.app}-web:${{COMMIT}}"
        commit = stack.put(services={"web": {"image": image, "command": ["sleep", "1000"], "stop_grace_period": "0s"}})
        images = stack.build(commit)
        stack.start(commit)
    assert stack.inspect("canary", "{{.Image}}") == images["web"]
    stack.remove()
    docker("image", "rm", f"127.0.0.1:{port}/{stack.app}-web:{commit.short}")
