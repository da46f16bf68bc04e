"""`pycanary jenkins setup|run|status` against a server that follows the documented remote API."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.jenkins.standin import TOKEN, USER, StandIn, standin
from tests.lab.machine import ROOT, SYSTEM_PATH

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def jenkins() -> Iterator[StandIn]:
    with standin() as started:
        yield started


@pytest.fixture
def call(jenkins: StandIn, tmp_path: Path) -> Call:
    (tmp_path / "canary.yml").write_text((ROOT / "examples/shop/canary.yml").read_text())

    def call(*arguments: str, answer: str = "", **environ: str) -> tuple[int, str]:
        env = {"JENKINS_URL": jenkins.url, "JENKINS_USER": USER, "JENKINS_TOKEN": TOKEN, "HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-m", "pycanary", "jenkins", *arguments],
            cwd=tmp_path,
            env={"PATH": SYSTEM_PATH, "PYTHONPATH": str(ROOT), **env, **environ},
            input=answer,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert TOKEN not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    return call


def test_setup_creates_the_job_and_is_safe_to_repeat(jenkins: StandIn, call: Call) -> None:
    jenkins.folders.add("team")
    code, said = call("setup", "--job", "team/shop", "--git-credential", "gitlab-key", "--yes")
    assert code == 0, said
    assert "team/shop: created" in said
    assert f"GitLab's webhook for it: {jenkins.url}project/team/shop" in said
    job = jenkins.jobs["team/shop"]
    assert "<includeBranchesSpec>develop</includeBranchesSpec>" in job
    assert "<url>git@gitlab.example.com:team/shop.git</url>" in job
    assert "<credentialsId>gitlab-key</credentialsId>" in job
    assert all(f"<name>{name}</name>" in job for name in ("TYPE", "WEIGHT", "COMMIT", "REASON"))
    code, said = call("setup", "--job", "team/shop", "--git-credential", "gitlab-key")
    assert (code, said.splitlines()[0]) == (0, "team/shop: nothing to change")


def test_setup_shows_the_difference_and_asks(jenkins: StandIn, call: Call) -> None:
    code, said = call("setup", answer="n\n")
    assert code == 130, said
    assert "<name>TYPE</name>" in said
    assert jenkins.jobs == {}
    code, _ = call("setup", answer="y\n")
    assert code == 0
    assert "shop" in jenkins.jobs


def test_setup_keeps_what_a_person_changed_elsewhere(jenkins: StandIn, call: Call) -> None:
    call("setup", "--yes")
    mine = jenkins.jobs["shop"]
    mine = mine.replace("<disabled>false</disabled>", "<disabled>true</disabled><quietPeriod>3</quietPeriod>")
    mine = mine.replace("<triggerOnPush>true", "<secretToken>{AQAAA=}</secretToken><triggerOnPush>false")
    mine = mine.replace("</parameterDefinitions>", "<x><name>MINE</name></x></parameterDefinitions>")
    jenkins.jobs["shop"] = mine.replace("*/develop", "*/old")
    code, said = call("setup", "--yes")
    assert code == 0, said
    changed = [line for line in said.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert [line.replace(" ", "") for line in changed] == [
        "-<triggerOnPush>false</triggerOnPush>",
        "+<triggerOnPush>true</triggerOnPush>",
        "-<name>*/old</name>",
        "+<name>*/develop</name>",
    ]
    job = jenkins.jobs["shop"]
    assert all(each in job for each in ("<quietPeriod>3", "<disabled>true", "{AQAAA=}", "<name>MINE</name>"))


def test_setup_leaves_a_job_of_another_kind_alone(jenkins: StandIn, call: Call) -> None:
    jenkins.jobs["shop"] = "<?xml version='1.1' encoding='UTF-8'?>\n<project><builders/></project>"
    code, said = call("setup", "--yes")
    assert code == 3
    assert "the job is a project, no pipeline" in said


def test_setup_in_a_folder_that_is_not_there(call: Call) -> None:
    code, said = call("setup", "--job", "nowhere/shop", "--yes")
    assert code == 3
    assert "folder for the job does not exist" in said


def test_run_follows_queue_and_console_to_the_result(jenkins: StandIn, call: Call) -> None:
    jenkins.jobs["shop"] = "<flow-definition/>"
    jenkins.builds[12] = {"displayName": "#12 canary-manual", "result": "SUCCESS", "building": True}
    jenkins.console = ["one\n", "zwö", "lf\n"]
    jenkins.waits(7, {"why": "Waiting for next available executor"}, {"executable": {"number": 12}})
    code, said = call("run", "canary-manual", "--weight", "25%", "--reason", "a&b=<c>", "--follow")
    assert code == 0, said
    assert jenkins.forms == [{"TYPE": "canary-manual", "WEIGHT": "25%", "COMMIT": "", "REASON": "a&b=<c>"}]
    assert "one\nzwölf\n" in said
    assert "in the queue: Waiting for next available executor" in said
    assert "#12 canary-manual: SUCCESS" in said


@pytest.mark.parametrize(("result", "code"), [("FAILURE", 3), ("ABORTED", 3), ("NOT_BUILT", 6), ("UNSTABLE", 3)])
def test_run_exits_with_the_builds_result(jenkins: StandIn, call: Call, result: str, code: int) -> None:
    jenkins.jobs["shop"] = "<flow-definition/>"
    jenkins.builds[12] = {"result": result, "building": True}
    jenkins.waits(7, {"executable": {"number": 12}})
    assert call("run", "rollback", "--follow")[0] == code


def test_run_outlasts_a_restart_of_jenkins(jenkins: StandIn, call: Call) -> None:
    jenkins.jobs["shop"] = "<flow-definition/>"
    jenkins.builds[12] = {"result": "SUCCESS", "building": True}
    jenkins.console = ["begun\n", "ended\n"]
    jenkins.waits(7, {"executable": {"number": 12}})
    original = jenkins.item

    def item(number: int) -> object:
        jenkins.failures = [0, 503, 502]
        return original(number)

    jenkins.item = item  # type: ignore[assignment,method-assign]
    code, said = call("run", "rollback", "--follow")
    assert code == 0, said
    assert "begun\nended\n" in said


def test_a_queue_item_that_vanished_is_found_by_its_build(jenkins: StandIn, call: Call) -> None:
    jenkins.jobs["shop"] = "<flow-definition/>"
    jenkins.builds[12] = {"result": "SUCCESS", "building": True, "queueId": 7}
    jenkins.waits(7, {"why": "quiet period"}, None)
    code, said = call("run", "rollback", "--follow")
    assert code == 0, said


def test_a_cancelled_item_is_no_success(jenkins: StandIn, call: Call) -> None:
    jenkins.jobs["shop"] = "<flow-definition/>"
    jenkins.waits(7, {"cancelled": True})
    code, said = call("run", "rollback", "--follow")
    assert code == 3
    assert "somebody cancelled it in the queue" in said


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "who you are was refused (401)\n  -> the user or its API token is wrong"),
        (403, "it is not allowed (403)\n  -> the user needs the right for it"),
        (404, "not found (404)\n  -> correct JENKINS_URL or the job's name"),
        (500, "Jenkins answered 500\n  -> Jenkins failed itself"),
    ],
)
def test_each_refusal_is_a_sentence(jenkins: StandIn, call: Call, status: int, sentence: str) -> None:
    jenkins.status = status
    for command in (("status",), ("run", "rollback")):
        code, said = call(*command)
        assert code == 3
        assert sentence in said, said


def test_a_jenkins_without_crumbs(jenkins: StandIn, call: Call) -> None:
    jenkins.crumbs = False
    jenkins.jobs["shop"] = "<flow-definition/>"
    assert call("run", "rollback") == (0, "shop: in the queue as item 7\n")


def test_status_shows_the_last_builds_in_the_apps_time_zone(jenkins: StandIn, call: Call) -> None:
    jenkins.jobs["shop"] = "<flow-definition/>"
    jenkins.builds = {
        11: {"displayName": "#11 canary-auto 1a2b3c4d", "result": "SUCCESS", "description": "held: 300:700"},
        12: {"displayName": "#12 rollback", "building": True, "timestamp": 1_700_000_000_000},
    }
    code, said = call("status")
    assert code == 0
    assert said.splitlines()[0].startswith("2023-11-15 07:13 running   #12 rollback")
    assert said.splitlines()[1].endswith("SUCCESS   #11 canary-auto 1a2b3c4d     held: 300:700")


def test_token_from_netrc(jenkins: StandIn, call: Call, tmp_path: Path) -> None:
    jenkins.jobs["shop"] = "<flow-definition/>"
    none = {"JENKINS_USER": "", "JENKINS_TOKEN": ""}
    code, said = call("status", **none)
    assert code == 2
    assert "no user and API token for 127.0.0.1" in said
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login {USER} password {TOKEN}\n")
    (tmp_path / ".netrc").chmod(0o600)
    assert call("status", **none)[0] == 0


@pytest.mark.parametrize("url", ["", "jenkins.example.com", "https://kim:x@jenkins.example.com"])
def test_an_address_that_is_none(call: Call, url: str) -> None:
    code, said = call("status", JENKINS_URL=url)
    assert code == 2
    assert "JENKINS_URL" in said


def test_nobody_listens(call: Call) -> None:
    code, said = call("status", JENKINS_URL="http://127.0.0.1:9/")
    assert code == 3
    assert "Jenkins does not answer" in said


def test_a_certificate_that_nobody_knows(call: Call, tmp_path: Path) -> None:
    pem = tmp_path / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=jenkins"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    pem.write_text((tmp_path / "key.pem").read_text() + (tmp_path / "cert.pem").read_text())
    with standin(pem) as secure:
        secure.jobs["shop"] = "<flow-definition/>"
        code, said = call("status", JENKINS_URL=secure.url)
        assert code == 3
        assert "its certificate is not trusted" in said
        assert "REQUESTS_CA_BUNDLE" in said
        code, said = call("status", JENKINS_URL=secure.url, REQUESTS_CA_BUNDLE=str(tmp_path / "cert.pem"))
        assert code == 0, said
