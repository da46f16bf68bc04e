"""Docker and the repository, by exact text."""

from __future__ import annotations

import pytest

from pycanary.checks.docker import docker
from pycanary.checks.host_facts import HostFacts
from pycanary.checks.source import repository
from pycanary.config.sections import Git
from tests.unit.checks.samples import WELL, host, told

GIT = Git(remote="git@gitlab:shop.git")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (WELL, ["ok docker: engine 27.1.1, and deploy may use it", "ok compose: version 2.29.0"]),
        (host(docker=None), []),
        (
            host(docker=("missing", "")),
            ["error docker: is not installed -> https://docs.docker.com/engine/install says how"],
        ),
        (
            host(docker=("failed", "permission denied while trying to connect to the Docker daemon socket")),
            [
                "error docker: deploy may not use it -> `sudo usermod -aG docker deploy`; the next login has the right",
            ],
        ),
        (
            host(docker=("failed", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")),
            ["error docker: its daemon does not run -> `sudo systemctl enable --now docker`"],
        ),
        (
            host(docker=("failed", "client version 1.18 is too old")),
            ["error docker: does not answer: client version 1.18 is too old -> try `docker version` on the host"],
        ),
        (
            host(compose=""),
            [
                "ok docker: engine 27.1.1, and deploy may use it",
                "error compose: Docker has no Compose v2 -> install the package docker-compose-plugin",
            ],
        ),
        (
            host(compose="v2.16.9"),
            [
                "ok docker: engine 27.1.1, and deploy may use it",
                "error compose: version v2.16.9 -> install docker-compose-plugin 2.17 or newer",
            ],
        ),
    ],
)
def test_docker_answers_the_deploy_user_and_has_compose(facts: HostFacts, expected: list[str]) -> None:
    assert [told(each) for each in docker(facts, compose=True)] == expected


def test_commands_beside_an_nginx_in_a_container_need_no_compose() -> None:
    assert [told(each) for each in docker(host(compose=""), compose=False)] == [
        "ok docker: engine 27.1.1, and deploy may use it"
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (WELL, "ok repository: git@gitlab:shop.git has the branch develop"),
        (host(remote=None), "error repository: cannot be asked without git -> install git on the host first"),
        (
            host(remote="remote-refused:git@gitlab:shop.git refused deploy: Permission denied (publickey)."),
            "error repository: git@gitlab:shop.git refused deploy: Permission denied (publickey). -> give the host's"
            " deploy user read access to the repository (a deploy key in GitLab)",
        ),
        (
            host(branches=("main", "devel", "v1")),
            "error repository: git@gitlab:shop.git has no branch 'develop'; the nearest are: devel -> correct"
            " git.branch in canary.yml, or push the branch",
        ),
        (
            host(branches=()),
            "error repository: git@gitlab:shop.git has no branch 'develop'; nothing has been pushed to it yet ->"
            " correct git.branch in canary.yml, or push the branch",
        ),
    ],
)
def test_the_repository_answers_and_has_the_branch(facts: HostFacts, expected: str) -> None:
    assert told(repository(facts, GIT)) == expected
