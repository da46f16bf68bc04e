"""A release keeps the configuration that it was deployed with; the hosts are always today's."""

import json
from pathlib import Path

import pytest

from pycanary.config.load import load
from pycanary.config.recorded import recorded, with_recorded
from pycanary.errors import UsageError

EXAMPLE = load(Path(__file__).parents[3] / "examples/shop/canary.yml")


def test_what_is_recorded_survives_json_and_has_no_hosts():
    record = json.loads(json.dumps(recorded(EXAMPLE)))
    assert "hosts" not in record
    assert record["steps"][0] == {"stable": 900, "canary": 100}
    assert with_recorded(EXAMPLE, record) == EXAMPLE


def test_a_rollback_has_todays_hosts_and_the_recorded_rest():
    record = recorded(EXAMPLE)
    moved = EXAMPLE.hosts[0].model_copy(update={"address": "shop2.example.com"})
    today = EXAMPLE.model_copy(update={"hosts": (moved,), "bake_seconds": 999})
    back = with_recorded(today, record)
    assert back.hosts == (moved,)
    assert back.bake_seconds == 30


def test_a_release_without_a_record_is_read_with_todays_configuration():
    assert with_recorded(EXAMPLE, {}) is EXAMPLE


def test_a_key_that_is_new_since_then_has_its_default():
    record = recorded(EXAMPLE)
    del record["drain_seconds"]
    assert with_recorded(EXAMPLE, record).drain_seconds == 30


def test_the_record_of_another_pycanary_is_named():
    with pytest.raises(UsageError) as caught:
        with_recorded(EXAMPLE, recorded(EXAMPLE) | {"shadow": 1})
    assert caught.value.sentence == (
        "the release was recorded by another pycanary: shadow does not fit\n  -> use the pycanary that deployed it"
    )
