"""The Jenkinsfile deploys for real: a recorded push, a promotion and a rollback by hand, an abort within a bake."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.test_watchdog import reverted
from tests.jenkins.console import compare, told
from tests.jenkins.job import MAVEN, Jenkins
from tests.lab.machine import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1800)]
PUSH = json.loads((Path(__file__).parent / "push.json").read_text())
AUTO = ["checkout", "nginx", "environment", "build", "settle", "start", "health", "shift-10", "shift-40", "shift-70"]


def test_every_path_of_the_library_in_jenkins_own_interpreter(maven: tuple[str, str]) -> None:
    reports = (MAVEN / "target/surefire-reports").glob("TEST-*.xml")
    heads = [re.search(r'tests="(\d+)" errors="0" skipped="0" failures="0"', each.read_text()) for each in reports]
    assert len(heads) == 3, maven[1]
    assert all(heads), maven[1][-8000:]


def test_a_push_a_promotion_and_a_rollback(jenkins: Callable[..., Jenkins]) -> None:
    job = jenkins()
    repository, lab = job.lab.repository, job.lab
    repository.commit("first", files=job.files)
    ended, console = job.build(TYPE="stable")
    assert ended["result"] == "SUCCESS", console
    second = repository.strange_commit(files=job.files, more="$(touch ran) `touch ran`\n" * 500)
    with lab.users(visit=2, post=1) as users:
        users.wait_for(20)
        ended, console = job.build({**PUSH, "gitlabAfter": second})
        assert ended["result"] == "SUCCESS", console
        assert ended["stages"] == ["canary", *AUTO, "finish"]
        assert ended["page"]["displayName"] == f"#2 canary-auto {second[:8]}"
        assert "held: 300:700" in ended["page"]["description"]
        assert "sk-ant-very-secret" not in console
        compare("A push: canary-auto, held at 70 %", told(job, job.last, ended))
        users.span()
        users.wait_for(150)
        assert 0.55 < users.span().share("canary") < 0.85
        ended, console = job.build(TYPE="promote-canary", REASON="looks <b>good</b>", BUILD_USER="Kim")
        assert ended["result"] == "SUCCESS", console
        assert "by Kim: looks ‹b›good‹/b›" in ended["page"]["description"]
        compare("A promotion by hand", told(job, job.last, ended))
        users.span()
        users.wait_for(50)
        assert users.span().share("canary") > 0.9
        ended, console = job.build(TYPE="rollback")
        assert ended["result"] == "SUCCESS", console
        users.span()
        users.wait_for(50)
        assert users.span().share("stable") > 0.9
    assert users.all.failures == []
    assert [path for path in job.directory.rglob("ran") if path.is_file()] == []
    archived = sorted(path.suffixes[-2:] for path in (job.directory / "build-2/workspace@archive").iterdir())
    assert [".record", ".json"] in archived


def test_an_abort_within_a_bake_ends_on_stable(jenkins: Callable[..., Jenkins]) -> None:
    job = jenkins(bake_seconds=60)
    job.lab.repository.commit("first", files=job.files)
    job.lab.deploy("stable", **job.by_hand)
    job.lab.repository.commit("second", files=job.files)
    with job.lab.users(visit=2, post=1) as users:
        users.wait_for(20)
        build = job.start(PUSH)
        build.wait_for_line("900:100 are served")
        build.abort()
        ended = build.end()
        assert ended["result"] == "ABORTED", build.console
        assert ended["stages"][-2:] == ["shift-10", "finish"]
        assert "aborted: 999:1" in ended["page"]["description"]
        users.span()
        users.wait_for(50)
        assert users.span().share("stable") > 0.9
    assert users.all.failures == []


def test_a_rollback_build_stops_a_canary_that_bakes(jenkins: Callable[..., Jenkins]) -> None:
    job = jenkins(bake_seconds=60, environment_file={"credential": "dotenv"})
    job.lab.repository.commit("first", files=job.files)
    ended, console = job.build(TYPE="stable")
    assert "2 variables: ANTHROPIC_API_KEY, FROM_FILE" in console, console
    assert "a whole .env file" not in console
    assert job.lab.get("backend", "stable", "/environment/FROM_FILE") == b"a whole .env file"
    job.lab.repository.commit("second", files=job.files)
    canary = job.start(PUSH)
    canary.wait_for_line("900:100 are served")
    rollback, console = job.build(TYPE="rollback")
    assert rollback["result"] == "SUCCESS", console
    ended = canary.end()
    assert ended["result"] == "ABORTED", canary.console
    assert "taken over" in ended["page"]["description"]
    assert job.lab.pycanary("status", **job.by_hand).code == 0


def test_a_build_that_waits_longer_between_two_stages_than_its_lease_finds_the_host_put_back(
    jenkins: Callable[..., Jenkins],
) -> None:
    job = jenkins(lease={"between_seconds": 10}, bake_seconds=0)
    job.lab.repository.commit("first", files=job.files)
    job.lab.deploy("stable", **job.by_hand)
    job.lab.repository.commit("second", files=job.files)
    with job.lab.users(visit=2, post=1) as users:
        users.wait_for(20)
        build = job.start(PUSH, waits_before="shift-40")
        build.wait_for_line("900:100 are served")
        wait_until(lambda: reverted(job.lab), "the watchdog", 60)
        build.go_on()
        ended = build.end()
        users.span()
        users.wait_for(50)
        assert users.span().share("stable") > 0.9
    assert ended["result"] == "FAILURE", build.console
    assert "reverted" in ended["page"]["description"]
    assert "canary-auto reverted: 999:1" in build.console, build.console
    assert users.all.failures == []


def test_a_push_elsewhere_is_not_built(jenkins: Callable[..., Jenkins]) -> None:
    job = jenkins()
    job.lab.repository.commit("first", files=job.files)
    ended, console = job.build({**PUSH, "gitlabBranch": 'it\'s "x"; $(id)', "gitlabTargetBranch": "x"})
    assert ended["result"] == "NOT_BUILT", console
    assert ended["stages"] == ["canary"]
    assert "uid=" not in console


def test_a_release_that_breaks_is_rolled_back_and_fails_the_build(jenkins: Callable[..., Jenkins]) -> None:
    job = jenkins()
    job.lab.repository.commit("first", files=job.files)
    job.lab.deploy("stable", **job.by_hand)
    job.lab.repository.commit("broken", files=job.files, behaviour={"backend": {"exits_with": 3}})
    with job.lab.users(visit=2, post=1) as users:
        users.wait_for(20)
        ended, console = job.build(PUSH)
        users.span()
        users.wait_for(50)
        assert users.span().share("stable") == 1
    assert ended["result"] == "FAILURE", console
    assert ended["stages"][-1] == "finish"
    assert "failed: 999:1" in ended["page"]["description"]
    compare("A release that breaks: rolled back by itself", told(job, job.last, ended))
    assert users.all.failures == []
