"""What the shared library is told: from a build's environment to its document."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pycanary.config.load import load
from pycanary.errors import UsageError
from pycanary.jenkins.build import Arguments, decide_build, document, plan_build, skipped
from pycanary.model.deployment import DeploymentType
from pycanary.trigger import Skip, Start

ROOT = Path(__file__).parents[3]
CONFIG = load(ROOT / "examples/shop/canary.yml")
ID = "1a2b3c4d" * 5
PUSH = {"gitlabActionType": "PUSH", "gitlabBranch": "develop", "gitlabAfter": ID, "gitlabUserName": "Lee"}
CHECKED_OUT = {"GIT_COMMIT": ID, "GIT_BRANCH": "origin/develop", "BUILD_NUMBER": "7"}


def started(environ, **arguments) -> Start:
    decision = decide_build(CONFIG, environ, Arguments(**arguments))
    assert isinstance(decision, Start)
    return decision


def told(environ, **arguments):
    start = started(environ, **arguments)
    return document(CONFIG, plan_build(CONFIG, start, environ), environ)


def test_a_push_is_told_as_a_canary():
    built = told(PUSH | CHECKED_OUT)
    assert built["name"] == "#7 canary-auto 1a2b3c4d"
    assert built["description"] == "canary-auto 900:100 → 600:400 → 300:700, by Lee: push to develop"
    names = ["checkout", "nginx", "environment", "build", "settle", "start", "health"]
    assert [stage["name"] for stage in built["stages"]] == [*names, "shift-10", "shift-40", "shift-70"]
    assert built["finish"]["name"] == "finish"


def test_each_stage_names_the_credentials_that_it_needs():
    built = told(PUSH | CHECKED_OUT)
    by_stage = {
        stage["name"]: [each["credentialsId"] for each in stage["credentials"]]
        for stage in [*built["stages"], built["finish"]]
    }
    assert by_stage.pop("checkout") == ["deploy-key", "aws-s3", "claude-api-key", "shop-env", "mattermost-webhook"]
    assert by_stage.pop("environment") == ["deploy-key", "aws-s3", "claude-api-key", "shop-env"]
    assert by_stage.pop("finish") == ["deploy-key", "mattermost-webhook"]
    assert set(map(tuple, by_stage.values())) == {("deploy-key",)}
    assert built["credentials"] == (
        "deploy-key (SSH Username with private key), aws-s3 (Username with password), claude-api-key (Secret text), "
        "shop-env (Secret file), mattermost-webhook (Secret text)"
    )


def test_a_rollback_needs_no_values_of_the_containers():
    built = told({"TYPE": "rollback"})
    assert [each["credentialsId"] for each in built["stages"][0]["credentials"]] == ["deploy-key"]
    assert [each["credentialsId"] for each in built["finish"]["credentials"]] == ["deploy-key", "mattermost-webhook"]
    assert "mattermost-webhook (Secret text)" in built["credentials"]


def test_every_kind_of_credential_is_bound_as_jenkins_has_it(tmp_path):
    text = (ROOT / "examples/shop/canary.yml").read_text().split("environment:")[0]
    (tmp_path / "canary.yml").write_text(
        text
        + "environment:\n  A: {credential: a}\n  U: {credential: up, kind: username}\n"
        + "  V: {credential: up, kind: username}\n  P: {credential: only, kind: password}\n"
        + "  F: {credential: f, kind: file, variable: FILE}\n"
        + "environment_file: {credential: env}\n"
    )
    config = load(tmp_path / "canary.yml")
    plan = plan_build(config, started({"TYPE": "stable"}), {})
    stages = document(config, plan, {})["stages"]
    [bound] = [stage["credentials"][1:] for stage in stages if stage["name"] == "environment"]
    assert [tuple(each.values()) for each in bound] == [
        ("StringBinding", "a", "A"),
        ("UsernamePasswordMultiBinding", "up", "U", "PYCANARY_UNUSED_U_PASSWORD"),
        ("UsernamePasswordMultiBinding", "up", "V", "PYCANARY_UNUSED_V_PASSWORD"),
        ("UsernamePasswordMultiBinding", "only", "P", "PYCANARY_UNUSED_P_USERNAME"),
        ("FileBinding", "f", "FILE"),
        ("FileBinding", "env", "PYCANARY_ENV_FILE"),
    ]


def test_other_peoples_text_stays_one_readable_line():
    built = told({"TYPE": "rollback", "REASON": "<script>alert(1)</script>\n$(id) & `x`" + "y" * 10_000})
    assert str(built["description"]).startswith("rollback 999:1, by unknown: ‹script›alert(1)‹/script› $(id) + `x`yyy")
    assert len(str(built["description"])) <= 500
    assert skipped("push to '<b>'", {})["skip"] == "push to '‹b›'"


def test_what_a_person_chose_wins_over_the_jenkinsfile():
    start = started({"TYPE": "canary-manual", "WEIGHT": "30%", "REASON": "why"}, type="stable", reason="usual")
    assert (start.type, start.weight, start.reason) == (DeploymentType.CANARY_MANUAL, "30%", "why")
    start = started(PUSH | CHECKED_OUT, type="canary-manual", weight="5%", reason="usual")
    assert (start.type, start.weight, start.reason) == (DeploymentType.CANARY_MANUAL, "5%", "usual")
    assert isinstance(decide_build(CONFIG, PUSH | {"gitlabBranch": "x"}, Arguments(type="stable")), Skip)


@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        ("bakend=5%, 10%", "WEIGHT: no service 'bakend' (expected one of frontend, backend, python)"),
        ("backend=5%", "WEIGHT: no weight for frontend, python"),
        ("5% 6%", "WEIGHT: two weights for all services (expected one each)"),
    ],
)
def test_a_weight_that_does_not_fit_is_named_as_it_is_in_jenkins(weight, sentence):
    start = started({"TYPE": "canary-manual", "WEIGHT": weight})
    with pytest.raises(UsageError) as caught:
        plan_build(CONFIG, start, {})
    assert caught.value.sentence.partition("\n")[0] == sentence
    assert "--weight" not in caught.value.sentence


def test_weights_of_single_services():
    start = started({"TYPE": "canary-manual", "WEIGHT": "backend=5% python=5%, frontend=10%"})
    weights = plan_build(CONFIG, start, {}).request.weights
    assert {name: weight.canary for name, weight in weights.items()} == {"backend": 50, "python": 50, "frontend": 100}


@pytest.mark.parametrize(
    ("arguments", "environ", "words"),
    [
        ({"type": "canary_auto"}, {}, "did you mean canary-auto?"),
        ({"type": "stable", "weight": "5%"}, {}, "weight '5%' does not go with stable"),
        ({}, {"TYPE": "promote"}, "did you mean promote-canary?"),
        ({}, {"TYPE": "stable", "COMMIT": "no such; $(id)"}, "'no such; $(id)' is no commit id"),
        ({}, {"TYPE": "stable", "COMMIT": "--output=x"}, "'--output=x' is no commit id"),
    ],
)
def test_what_cannot_be_deployed_is_a_sentence(arguments, environ, words):
    with pytest.raises(UsageError, match=r".") as caught:
        started(environ, **arguments)
    assert words in caught.value.sentence


def test_an_unknown_argument_names_the_nearest():
    with pytest.raises(UsageError) as caught:
        Arguments.of({"PYCANARY_ARGUMENTS": "type,wieght"})
    assert caught.value.sentence == (
        "canaryDeploy: it has no argument 'wieght' (expected type, weight, commit, reason, config, python, wheels, "
        "installed)\n  -> did you mean weight?"
    )


def test_prepare_prints_one_document_and_keeps_the_plan(tmp_path):
    (tmp_path / "canary.yml").write_text((ROOT / "examples/shop/canary.yml").read_text())
    done = subprocess.run(
        [sys.executable, "-m", "pycanary", "jenkins", "prepare"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "TYPE": "rollback"},
        capture_output=True,
        text=True,
        check=True,
    )
    built = json.loads(done.stdout)
    assert (tmp_path / ".pycanary" / f"{built['run']}.json").exists()


def test_a_branch_or_tag_becomes_the_commit_that_the_checkout_knows(tmp_path, monkeypatch):
    for command in ("init -q -b develop", "-c user.name=a -c user.email=a@b commit -q --allow-empty -m m", "tag v1.2"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert started({"TYPE": "stable", "COMMIT": "v1.2"}).commit == head
    assert started({"TYPE": "stable", "COMMIT": "origin/develop"}).commit == head
    assert started({"TYPE": "stable", "COMMIT": ID.upper()}).commit == ID


def test_the_commit_that_a_person_filled_in_wins_over_the_jenkinsfile():
    other = "f" * 40
    assert started({"TYPE": "stable", "COMMIT": ID}, commit=other).commit == ID
    assert started({"TYPE": "stable"}, commit=other).commit == other
    assert started(PUSH | CHECKED_OUT, commit=other).commit == other
    assert started({"TYPE": "rollback"}, commit=other).commit is None
