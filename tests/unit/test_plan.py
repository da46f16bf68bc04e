"""The plan is pure: these are the lists that people see and that runs execute."""

from __future__ import annotations

import pytest

from pycanary.config.model import Config
from pycanary.errors import UsageError
from pycanary.model.deployment import DeploymentType
from pycanary.model.weights import Weights
from pycanary.plan import Request, make_plan

CONFIG = Config.model_validate(
    {
        "app": "shop",
        "hosts": [{"address": "10.0.0.5"}],
        "path": "/srv/shop",
        "git": {"remote": "git@gitlab.example.com:team/shop.git"},
        "services": {
            "frontend": {"stable": 3001, "canary": 3002},
            "backend": {"stable": 8081, "canary": 8082},
        },
    }
)


def names(kind: DeploymentType, **asked: object) -> list[str]:
    request = Request.model_validate({"type": kind, **asked})
    return [stage.name for stage in make_plan(CONFIG, request, "run-1").stages]


@pytest.mark.parametrize(
    ("kind", "asked", "expected"),
    [
        (
            DeploymentType.CANARY_AUTO,
            {},
            "checkout nginx environment build settle start health shift-10 shift-40 shift-70 finish",
        ),
        (
            DeploymentType.CANARY_MANUAL,
            {"weights": {"": Weights.of_canary(250)}},
            "checkout nginx environment build settle start health shift finish",
        ),
        (DeploymentType.PROMOTE_CANARY, {}, "health shift finish"),
        (DeploymentType.ROLLBACK, {}, "shift finish"),
        (DeploymentType.STABLE, {}, "checkout nginx environment build bridge start health shift finish"),
    ],
)
def test_each_type_has_its_stages(kind: DeploymentType, asked: dict[str, object], expected: str) -> None:
    assert names(kind, **asked) == expected.split()


def test_everything_means_999_of_1000() -> None:
    promote = make_plan(CONFIG, Request(type=DeploymentType.PROMOTE_CANARY), "run-1").stage("shift")
    rollback = make_plan(CONFIG, Request(type=DeploymentType.ROLLBACK), "run-1").stage("shift")
    assert {str(weights) for weights in promote.weights.values()} == {"1:999"}
    assert {str(weights) for weights in rollback.weights.values()} == {"999:1"}


def test_a_rollback_is_not_watched() -> None:
    assert make_plan(CONFIG, Request(type=DeploymentType.ROLLBACK), "run-1").stage("shift").bake_seconds == 0


def test_one_service_may_have_a_weight_of_its_own() -> None:
    asked = {"": Weights.of_canary(250), "backend": Weights.of_canary(50)}
    request = Request(type=DeploymentType.CANARY_MANUAL, weights=asked)
    shift = make_plan(CONFIG, request, "run-1").stage("shift")
    assert shift.summary == (
        "frontend 750:250, backend 950:50 (stable:canary), verify, watch for 30 s; "
        "with different weights a user may meet stable in one service and canary in another"
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"type": "canary-manual"}, "no weight for frontend, backend"),
        ({"type": "canary-manual", "weights": {"web": Weights.of_canary(5)}}, "no service 'web'"),
        ({"type": "canary-manual", "weights": {"backend": Weights.of_canary(5)}}, "no weight for frontend"),
        ({"type": "canary-auto", "weights": {"": Weights.of_canary(5)}}, "--weight does not go with canary-auto"),
        ({"type": "canary-auto", "release": 3}, "--release does not go with canary-auto"),
        ({"type": "stable", "release": 3, "commit": "abcd"}, "both --release and --commit"),
        ({"type": "rollback", "commit": "abcd"}, "--commit does not go with rollback: it takes what runs"),
        ({"type": "stable", "out": True}, "--out does not go with stable"),
    ],
)
def test_what_a_type_does_not_take_is_refused(asked: dict[str, object], found: str) -> None:
    with pytest.raises(UsageError) as error:
        make_plan(CONFIG, Request.model_validate(asked), "run-1")
    assert error.value.found == found


def test_values_are_for_the_first_stage_and_the_one_that_writes_them() -> None:
    deploy = make_plan(CONFIG, Request(type=DeploymentType.CANARY_AUTO), "run-1")
    promote = make_plan(CONFIG, Request(type=DeploymentType.PROMOTE_CANARY), "run-1")
    assert [stage.name for stage in deploy.stages if deploy.takes_values(stage)] == ["checkout", "environment"]
    assert deploy.takes_values(None)
    assert not any(promote.takes_values(stage) for stage in (None, *promote.stages))
