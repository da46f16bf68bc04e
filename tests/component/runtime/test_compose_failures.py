"""What can go wrong with Docker and Compose ends in a sentence that names service, cause and remedy."""

from __future__ import annotations

import shutil
import socket
import stat
from pathlib import Path

import pytest

from pycanary.errors import HostFailed
from pycanary.model.slot import Slot
from tests.component.stack import IMAGE, SERVE, Stack, free_port
from tests.lab.containers import docker


def refused(stack: Stack, kind: str, *words: str, build: bool = False, **services: object) -> str:
    """Starting (or building) these services fails with that kind and these words."""
    commit = stack.put(services=services or None)
    with pytest.raises(HostFailed) as failed:
        if build:
            stack.build(commit)
        else:
            stack.build(stack.put())
            stack.put(services=services or None)
            stack.commits -= 1
            stack.start(commit.model_copy(update={"id": f"{stack.commits:08x}".ljust(40, "a")}))
    sentence = str(failed.value)
    assert failed.value.kind == kind, sentence
    for word in words:
        assert word in sentence
    return sentence


def test_a_port_that_a_container_has(stack: Stack) -> None:
    port = stack.ports["web"][1]
    docker("run", "--detach", "--name", f"{stack.app}-other", "-p", f"127.0.0.1:{port}:80", IMAGE, "sleep", "1000")
    refused(stack, "port", f"web: port {port} is taken", f"docker stop {stack.app}-other")


def test_a_port_that_a_program_has(stack: Stack) -> None:
    port = stack.ports["web"][1]
    with socket.create_server(("127.0.0.1", port)):
        refused(stack, "port", f"web: port {port} is taken", f"sudo ss -ltnp sport = :{port}")


def test_a_compose_file_that_is_no_yaml(stack: Stack) -> None:
    commit = stack.put()
    for directory in (stack.layout.source, stack.layout.worktree(Slot.CANARY)):
        (Path(directory) / "compose.canary.yml").write_text("services:\n  web: [unclosed\n")
    with pytest.raises(HostFailed, match=r"compose.canary.yml cannot be used: .*yaml: line") as failed:
        stack.start(commit)
    assert failed.value.kind == "compose-file"


def test_a_compose_file_that_is_missing(stack: Stack) -> None:
    commit = stack.put()
    (Path(stack.layout.worktree(Slot.CANARY)) / "compose.canary.yml").unlink()
    with pytest.raises(HostFailed, match=r"the commit has no Compose file compose\.canary\.yml"):
        stack.start(commit)


def test_a_key_that_compose_does_not_know(stack: Stack) -> None:
    refused(
        stack, "compose-file", "compose.canary.yml cannot be used", "imagee", web=stack.web(Slot.CANARY, imagee="x")
    )


def test_a_service_that_canary_yml_names_and_the_file_does_not(stack: Stack) -> None:
    refused(
        stack,
        "compose-file",
        "compose.canary.yml has no service 'web', which canary.yml names; it has: shop",
        shop=stack.web(Slot.CANARY),
    )


def test_a_variable_that_has_no_value(stack: Stack) -> None:
    web = stack.web(Slot.CANARY, environment={"X": "${NOT_THERE:?say it}"})
    sentence = refused(stack, "variable", "NOT_THERE", "say it", web=web)
    assert "add it to the .env file" in sentence


def test_an_image_without_the_commit(stack: Stack) -> None:
    web = stack.web(Slot.CANARY, image="shop-web:latest")
    refused(stack, "compose-file", "the image of web as 'shop-web:latest'; it must hold ${COMMIT}", build=True, web=web)


def test_a_service_without_an_image_name(stack: Stack) -> None:
    web = {key: value for key, value in stack.web(Slot.CANARY).items() if key != "image"}
    refused(stack, "compose-file", "names no image for web", build=True, web=web)


def test_an_image_that_nobody_made(stack: Stack) -> None:
    web = {"image": "127.0.0.1:1/shop-web:${COMMIT}"}
    refused(stack, "image", "web: its image 127.0.0.1:1/shop-web:", "neither built", build=True, web=web)


def test_an_image_that_is_gone_when_it_starts(stack: Stack) -> None:
    commit = stack.put()
    stack.build(commit)
    docker("image", "rm", f"{stack.app}-web:{commit.short}")
    with pytest.raises(HostFailed) as failed:
        stack.start(commit)
    assert failed.value.kind in ("image", "registry")
    assert "web" in str(failed.value)


def test_a_registry_that_is_away(stack: Stack) -> None:
    stack.compose_settings = {"images": "pull"}
    web = {"image": "127.0.0.1:1/shop-web:${COMMIT}"}
    refused(stack, "registry", "the image registry cannot be reached from this host", build=True, web=web)


def test_a_build_that_fails(stack: Stack) -> None:
    commit = stack.put()
    (Path(stack.layout.source) / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN echo half done; exit 3\n")
    with pytest.raises(HostFailed, match=r"web: its image cannot be built: .*exit code: 3") as failed:
        stack.build(commit)
    assert failed.value.kind == "build"
    assert "half done" in str(failed.value)


def test_a_container_name_that_both_slots_want(stack: Stack) -> None:
    name = f"{stack.app}-fixed"
    stack.deploy(Slot.STABLE, container_name=name)
    refused(stack, "compose-file", "remove container_name", web=stack.web(Slot.CANARY, container_name=name))


def test_a_network_that_nobody_made(stack: Stack) -> None:
    commit = stack.put(
        services={"web": stack.web(Slot.CANARY, networks=["stores"])},
        networks={"stores": {"name": f"{stack.app}-nowhere", "external": True}},
    )
    stack.build(commit)
    with pytest.raises(HostFailed, match="it belongs in the shared Compose file"):
        stack.start(commit)


def test_a_command_that_is_not_in_the_image(stack: Stack) -> None:
    refused(stack, "start", "web", "no-such-program", web=stack.web(Slot.CANARY) | {"command": ["no-such-program"]})


def test_a_dependency_that_fails_shows_its_log(stack: Stack) -> None:
    helper = {"image": IMAGE, "command": ["sh", "-c", "echo out of cheese; exit 4"]}
    web = stack.web(Slot.CANARY, depends_on={"helper": {"condition": "service_completed_successfully"}})
    refused(stack, "start", "helper", "out of cheese", web=web, helper=helper)


def test_a_store_that_does_not_start_stops_the_deployment_before_the_slot(stack: Stack) -> None:
    stack.compose_settings = {"shared": "compose.shared.yml"}
    commit = stack.put(shared={"store": {"image": IMAGE, "command": ["sh", "-c", "echo no room; exit 5"]}})
    stack.build(commit)
    with pytest.raises(HostFailed, match=r"the store store is exited \(none, exit code 5\)") as failed:
        stack.start(commit)
    assert "no room" in str(failed.value)
    assert stack.containers("canary") == {}


def test_a_daemon_that_does_not_run(stack: Stack) -> None:
    commit = stack.put()
    stack.host.environment["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    with pytest.raises(HostFailed, match="the Docker daemon does not run: sudo systemctl start docker") as failed:
        stack.start(commit)
    assert failed.value.kind == "docker"


def test_a_user_who_may_not_use_docker(stack: Stack) -> None:
    commit = stack.put()
    for directory in (stack.root, *stack.root.parents[:4]):
        directory.chmod(directory.stat().st_mode | stat.S_IROTH | stat.S_IXOTH | stat.S_IRGRP | stat.S_IXGRP)
    shutil.rmtree(stack.layout.state)
    Path(stack.layout.state).mkdir()
    (Path(stack.layout.state) / "lease").write_text("run=run-1\n")
    shutil.chown(stack.layout.state, "nobody")
    stack.host.shell = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "sh")
    with pytest.raises(HostFailed, match="nobody may not use Docker: sudo usermod -aG docker nobody") as failed:
        stack.start(commit)
    assert failed.value.kind == "docker"


@pytest.mark.parametrize(("version", "accepted"), [("2.16.9", False), ("v2.17.0", True), ("1.29.2", False)])
def test_an_old_compose_is_an_error(stack: Stack, tmp_path: Path, version: str, accepted: bool) -> None:
    commit = stack.put()
    stack.build(commit)
    wrapper = tmp_path / "bin/docker"
    wrapper.parent.mkdir()
    real = shutil.which("docker")
    wrapper.write_text(
        f'#!/bin/sh\n[ "$1 $2" != "compose version" ] || {{ echo {version}; exit; }}\nexec {real} "$@"\n'
    )
    wrapper.chmod(0o755)
    stack.host.environment["PATH"] = f"{wrapper.parent}:{stack.host.environment['PATH']}"
    if accepted:
        stack.start(commit)
        return
    with pytest.raises(HostFailed, match=f"Docker Compose 2.17 or newer is needed, found {version}") as failed:
        stack.start(commit)
    assert failed.value.kind == "tool"


def test_the_other_slot_goes_on_when_a_start_fails(stack: Stack) -> None:
    stack.deploy(Slot.STABLE)
    before = stack.inspect("stable", "{{.Id}} {{.State.StartedAt}}")
    stack.ports = {"web": (stack.ports["web"][0], free_port())}
    refused(stack, "start", "web", web=stack.web(Slot.CANARY, SERVE, entrypoint=["/nothing"]))
    assert stack.inspect("stable", "{{.Id}} {{.State.StartedAt}}") == before
