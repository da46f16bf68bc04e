"""Which scripts the runtimes ask for, and with what."""

from __future__ import annotations

import json

import pytest

from pycanary.config.model import Config
from pycanary.errors import UsageError
from pycanary.model.release import Commit
from pycanary.model.slot import Slot
from pycanary.runtime.choose import runtime_of
from pycanary.runtime.commands import CommandsRuntime
from pycanary.runtime.compose import ComposeRuntime
from tests.unit.health.observations import config

COMMIT = Commit(id="0123456789" * 4)
COMMANDS = {"start": "up", "stop": "down", "running": "is", "logs": "log", "build": "make"}


def with_commands() -> Config:
    return Config.model_validate({**config().model_dump(exclude={"steps", "compose"}), "commands": COMMANDS})


def test_compose_unless_commands_are_given() -> None:
    assert isinstance(runtime_of(config()), ComposeRuntime)
    assert isinstance(runtime_of(with_commands()), CommandsRuntime)


def test_a_slot_is_started_with_its_own_file_environment_and_tag() -> None:
    values = ComposeRuntime(config()).start(Slot.STABLE, COMMIT, "run-1").values
    assert (values["DIRECTORY"], values["FILE"]) == ("/srv/shop/stable", "compose.stable.yml")
    assert (values["ENV_FILE"], values["COMMIT"]) == ("/srv/shop/environment/stable.env", "01234567")
    assert values["SHARED"] == "compose.shared.yml"


def test_a_build_is_away_from_both_slots() -> None:
    script = ComposeRuntime(config()).build(COMMIT, "run-1")
    assert script is not None
    assert script.values["DIRECTORY"] == "/srv/shop/source"
    assert script.values["ENV_FILE"] == "/srv/shop/environment/next.env"
    assert script.timeout_seconds == 1800


def test_every_service_gets_time_zone_and_labels() -> None:
    values = ComposeRuntime(config(services=("web", "api"))).start(Slot.CANARY, COMMIT, "run-1").values
    every = {"environment": {"TZ": "Asia/Seoul"}, "labels": {"pycanary.app": "shop", "pycanary.commit": "01234567"}}
    assert json.loads(str(values["OVERRIDE"])) == {"services": {"web": every, "api": every}}


def test_image_ids_are_read_by_service() -> None:
    assert ComposeRuntime(config()).images("image web sha256:1\nimage api sha256:2\n") == {
        "web": "sha256:1",
        "api": "sha256:2",
    }


def test_images_are_kept_by_their_tags() -> None:
    script = ComposeRuntime(config()).prune([COMMIT.id, "f" * 40, COMMIT.id], "run-1")
    assert script is not None
    assert script.values["KEPT"] == "01234567\nffffffff"


def test_commands_have_their_time_and_the_script_a_little_more() -> None:
    script = CommandsRuntime(with_commands()).start(Slot.CANARY, COMMIT, "run-1")
    assert (script.values["COMMAND"], script.values["PORTS"]) == ("up", "web 3002")
    assert (script.values["SECONDS_LEFT"], script.timeout_seconds) == (60, 90)


@pytest.mark.parametrize("application", [config(), with_commands()])
def test_logs_of_a_service_that_is_not_there(application: Config) -> None:
    with pytest.raises(UsageError, match=r"no service 'shop' .expected one of web."):
        runtime_of(application).logs(Slot.CANARY, "shop", 10)
