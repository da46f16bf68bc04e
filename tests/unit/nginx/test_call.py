"""How NGINX is called, as words for a shell."""

from typing import Any

import pytest

from pycanary.config.sections import Nginx
from pycanary.nginx.call import call, call_alone, docker

NEW, OLD = (1, 22, 1), (1, 18, 0)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "nginx"),
        ({"sudo": True}, "sudo -n nginx"),
        ({"binary": "/opt/my nginx", "arguments": ["-c", "/etc/it's"]}, "'/opt/my nginx' -c '/etc/it'\"'\"'s'"),
        ({"container": "proxy"}, "docker exec proxy nginx"),
        ({"container": "proxy", "sudo": True}, "sudo -n docker exec proxy nginx"),
    ],
)
def test_every_call(settings: dict[str, Any], expected: str) -> None:
    assert call(Nginx.model_validate(settings)) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "nginx -t -e stderr -c /x"),
        ({"sudo": True}, "nginx -t -e stderr -c /x"),
        ({"arguments": ["-c", "/main", "-g", "pid /run/x;"]}, "nginx -t -e stderr -c /x"),
        ({"container": "proxy", "sudo": True}, "sudo -n docker exec proxy nginx -t -e stderr -c /x"),
    ],
)
def test_files_are_tested_alone_without_rights_of_others(settings: dict[str, Any], expected: str) -> None:
    assert call_alone(Nginx.model_validate(settings), "/x", NEW) == expected


def test_an_old_nginx_knows_no_argument_for_the_log() -> None:
    assert call_alone(Nginx(), "/x", OLD) == "nginx -t -c /x"


def test_docker_is_called_with_the_same_rights() -> None:
    assert docker(Nginx(sudo=True, container="proxy")) == "sudo -n docker"
