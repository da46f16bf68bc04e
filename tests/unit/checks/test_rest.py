"""State, lock and this machine; the script's answer as data; the whole as text."""

from __future__ import annotations

import click
import pytest

from pycanary.checks.everything import Checked
from pycanary.checks.finding import Finding
from pycanary.checks.host_facts import Container, Listener, Place, Space, directories, read_host_facts
from pycanary.checks.local import local
from pycanary.checks.state import lock, memory
from pycanary.cli.check import SIGNS, WORDS, lines
from pycanary.host.lease import Answer, Owner
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights
from pycanary.state.model import HostState
from tests.unit.checks.samples import config, told

OWNER = Owner("run-7", who="Kim", since="2026-01-02", type="canary-auto")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("free", "ok lock: free"),
        (
            "busy",
            "advice lock: a deployment is in progress: canary-auto by Kim since 2026-01-02 (run run-7) -> wait for it,"
            " or `pycanary deploy rollback` to stop it",
        ),
        (
            "expired",
            "warning lock: left by a deployment that is gone: canary-auto by Kim since 2026-01-02 (run run-7) -> the"
            " next deployment takes it over and puts the host back; `pycanary unlock` does it now",
        ),
    ],
)
def test_the_lock_says_who_has_it(word: str, expected: str) -> None:
    assert told(lock(Answer(word, OWNER, ""))) == expected


def test_state_and_drift() -> None:
    routes = config().routes
    traffic = Traffic(generation=3, routes=routes, weights={r.name: Weights.of_canary(100) for r in routes})
    deployed = HostState(app="shop", traffic=traffic)
    assert [told(each) for each in memory(HostState(app="shop"), ())] == [
        "ok state: nothing is deployed yet: `pycanary deploy stable` makes the first release"
    ]
    assert [told(each) for each in memory(deployed, ())] == [
        "ok state: weights 900:100, the same in state, files and NGINX"
    ]
    assert [told(each) for each in memory(deployed, ("generation 2 is loaded; written down is 3",))] == [
        "warning drift: generation 2 is loaded; written down is 3 -> the next deployment writes it anew"
    ]


def test_this_machine_has_what_the_containers_are_to_get() -> None:
    asked = config(environment={"KEY": {}, "REGION": {"value": "x"}}, mattermost={})
    assert [told(each) for each in local(asked, {"KEY": "k", "MATTERMOST_URL": "http://m"})] == [
        "ok environment: 2 variables: KEY, REGION",
        "ok mattermost: MATTERMOST_URL is set",
    ]
    assert [told(each) for each in local(asked, {})] == [
        "error environment: the environment of the containers is not complete\n  KEY: the variable KEY is not set ->"
        " set what is missing; `required: false` in canary.yml lets a variable be absent",
        "warning mattermost: MATTERMOST_URL is not set: nobody is told -> set it to the webhook's URL",
    ]
    assert [told(each) for each in local(config(environment={}), {})] == ["ok environment: no variables are asked"]


ANSWER = "\n".join(
    [
        "begun\t1700000000\t100.25",
        "boot\tabc",
        "user\tdeploy\t1000",
        "logind\tb true\tno",
        "missing\tcurl",
        "git\tgit version 2.39.5",
        "place\tpath\t/srv/shop\tyes\t/srv",
        "space\tpath\t2000\t1000\t/srv",
        "inodes\tpath\t-\t-\t/srv",
        'ss\t127.0.0.1:3001\t(("next-server (v1",pid=812,fd=3))',
        "ss\t[::]:80\t",
        "tcp\t0100007F:1F91\t0",
        "status\tshop 7 0a1b2c3d4e5f",
        "docker\tok\t27.1.1",
        "compose\t2.29.0",
        "container\tshop-stable\tshop-stable-x-1\t127.0.0.1:3001->3001/tcp, 9000/tcp, 0.0.0.0:8000-8001->80/tcp\tnet",
        "network\thost",
        "mount\t/srv/nginx\t/etc/nginx",
        "reload\tyes",
        "remote\tok",
        "branch\tdevelop",
        "ended\t100.50",
    ]
)


def test_the_scripts_answer_is_read() -> None:
    facts = read_host_facts(ANSWER)
    assert (facts.clock, facts.script_seconds, facts.boot_id) == (1_700_000_000, 0.25, True)
    assert facts.user == "deploy"
    assert (facts.kill_user_processes, facts.linger) == (True, False)
    assert facts.missing == ("curl",)
    assert facts.places == (Place("path", "/srv/shop", writable=True, nearest="/srv"),)
    assert facts.space == (Space("path", "KiB", 2000, 1000, "/srv"),)
    assert facts.listeners == (Listener(3001, "next-server (v1", "812"), Listener(80), Listener(8081))
    assert facts.containers == (Container("shop-stable", "shop-stable-x-1", (3001, 8000, 8001), "net"),)
    assert facts.mounts == (("/srv/nginx", "/etc/nginx"),)
    assert (facts.docker, facts.compose, facts.network) == (("ok", "27.1.1"), "2.29.0", "host")
    assert (facts.remote, facts.branches, facts.reload) == ("ok", ("develop",), "yes")


def test_an_uptime_that_cannot_be_read_is_known() -> None:
    assert read_host_facts("begun\t17\tunreadable\nended\tunreadable\n").script_seconds is None


def test_the_directories_that_a_deployment_writes_to() -> None:
    assert directories(config(nginx={"site": "sites/shop.conf"})) == (
        ("path", "/srv/shop"),
        ("path", "/srv/shop/state"),
        ("path", "/srv/shop/backups"),
        ("path", "/srv/shop/environment"),
        ("site", "/etc/nginx/sites"),
        ("nginx", "/etc/nginx/conf.d"),
        ("nginx", "/etc/nginx/pycanary"),
    )


CHECKED = (
    Checked("this machine", (Finding("ok", "environment", "all there"),)),
    Checked(
        "shop1",
        (
            Finding("error", "NGINX", "`nginx -t` fails:\n  [emerg] x", "mend it"),
            Finding("warning", "clock", "9 s behind", "run a time service"),
            Finding("advice", "curl", "old", "update it"),
        ),
    ),
)


def test_findings_are_aligned_words_without_a_terminal() -> None:
    assert [click.unstyle(line) for line in lines(CHECKED, WORDS)] == [
        "this machine",
        "  ok      environment  all there",
        "shop1",
        "  error   NGINX  `nginx -t` fails:",
        "                 [emerg] x",
        "                 -> mend it",
        "  warning clock  9 s behind",
        "                 -> run a time service",
        "  advice  curl   old",
        "                 -> update it",
        "1 error, 1 warning, 1 advice, 1 ok",
    ]


def test_findings_are_coloured_signs_on_a_terminal() -> None:
    shown = lines(CHECKED, SIGNS)
    assert shown[1] == f"  {click.style('✓', fg='green')} environment  all there"
    assert [click.unstyle(line)[:4] for line in shown if line.startswith("  \x1b")] == ["  ✓ ", "  ✗ ", "  ! ", "  · "]
