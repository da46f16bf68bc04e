"""A release keeps the configuration that it was deployed with; what describes the hosts is always today's."""

import json
from pathlib import Path
from typing import Any

from pycanary.config.load import load
from pycanary.config.recorded import config_of, recorded
from pycanary.config.sections import Variable
from pycanary.model.release import Commit, Release

EXAMPLE = load(Path(__file__).parents[3] / "examples/shop/canary.yml")


def release(configuration: dict[str, Any]) -> Release:
    return Release(number=1, commit=Commit(id="1" * 40), configuration=configuration)


def test_what_is_recorded_survives_json_and_has_no_hosts():
    record = json.loads(json.dumps(recorded(EXAMPLE)))
    assert "hosts" not in record
    assert record["steps"][0] == {"stable": 900, "canary": 100}
    assert config_of(EXAMPLE, release(record)) == EXAMPLE


def test_a_record_does_not_tell_where_the_deployers_files_are():
    variable = Variable(file="/home/kim/shop/licence.txt")
    config = EXAMPLE.model_copy(update={"environment": {"LICENCE": variable}})
    assert "kim" not in json.dumps(recorded(config))
    assert config_of(config, release(recorded(config))).environment == {"LICENCE": variable}


def test_services_and_runtime_are_those_of_the_release_and_the_rest_is_todays():
    backend = EXAMPLE.services["backend"].model_copy(update={"stable": 9081, "health": "/ready"})
    moved = EXAMPLE.hosts[0].model_copy(update={"address": "shop2.example.com"})
    today = EXAMPLE.model_copy(update={"hosts": (moved,), "bake_seconds": 999, "services": {"backend": backend}})
    then = config_of(today, release(recorded(EXAMPLE)))
    assert (then.services, then.compose) == (EXAMPLE.services, EXAMPLE.compose)
    assert (then.hosts, then.bake_seconds) == ((moved,), 999)


def test_without_a_release_or_a_record_all_is_todays():
    assert config_of(EXAMPLE, None) is EXAMPLE
    assert config_of(EXAMPLE, release({})) is EXAMPLE


def test_a_record_of_another_pycanary_stops_nobody():
    record = recorded(EXAMPLE)
    assert config_of(EXAMPLE, release({**record, "shadow": 1})) == EXAMPLE
    services = {name: {**service, "shadow": 1} for name, service in record["services"].items()}
    assert config_of(EXAMPLE, release({**record, "services": services})) is EXAMPLE
