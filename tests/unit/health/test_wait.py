"""Waiting ends as soon as all is well, as soon as something broke, or when a service's time is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pycanary.config.model import Config
from pycanary.errors import HostFailed, StageFailed
from pycanary.health.observe import Observation
from pycanary.health.wait import HealthResult, wait_healthy
from pycanary.host.script import Script
from pycanary.model.slot import Slot
from tests.unit.health.observations import config, printed, seen


class Host:
    """Answers the given looks in turn, the last one for ever; a look lasts as long as the script says."""

    def __init__(self, *looks: tuple[Observation, ...]) -> None:
        self.now = 100.0
        self.scripts: list[Script] = []
        self.events: list[str] = []
        self._looks: Iterator[tuple[Observation, ...]] = iter(looks)
        self._last = looks[-1]

    def run(self, script: Script) -> str:
        self.scripts.append(script)
        self.now += int(str(script.values["WAIT_SECONDS"]))
        return printed(*next(self._looks, self._last))

    def wait(self, application: Config) -> tuple[HealthResult, ...]:
        return wait_healthy(self.run, application, Slot.CANARY, self.events.append, clock=lambda: self.now)

    def fails(self, application: Config) -> str:
        with pytest.raises(StageFailed) as failed:
            self.wait(application)
        return failed.value.sentence


def test_it_returns_at_the_first_look_at_which_all_are_healthy() -> None:
    host = Host((seen(),), (seen(503),), (seen(200),))
    assert host.wait(config()) == (HealthResult("web"),)
    assert len(host.scripts) == 3
    assert host.events == [
        "2 s, waiting for web (try 1 of 3): connection refused",
        "4 s, waiting for web (try 1 of 3): /health answers 503",
    ]


def test_a_service_has_tries_times_start_seconds_and_no_more() -> None:
    host = Host((seen(503, log=("starting", "still starting")),))
    assert host.fails(config(tries=3)) == (
        "web in the canary slot: not healthy within 30 s: /health answers 503\n"
        "  last lines of web:\n"
        "    starting\n"
        "    still starting\n"
        "  -> read its log (`pycanary logs`), mend the release, and deploy again"
    )
    assert host.now == 130.0
    assert host.events[-1] == "28 s, waiting for web (try 3 of 3): /health answers 503"


def test_the_last_look_ends_with_the_deadline() -> None:
    host = Host((seen(),))
    host.fails(config(tries=1, start_seconds=5))
    assert [script.values["WAIT_SECONDS"] for script in host.scripts] == [2, 2, 1]


def test_a_failure_ends_the_waiting_for_all() -> None:
    web, api = seen(), Observation("api", None, "connection refused", state="exited", exit_code=1, log=("boom",))
    sentence = Host((web, api)).fails(config(services=("web", "api")))
    assert sentence.startswith("api in the canary slot: it exited with code 1\n  last lines of api:\n    boom\n")


def test_every_service_that_failed_is_named() -> None:
    web, api = seen(state="exited", exit_code=1), Observation("api", None, "connection refused", state="missing")
    sentence = Host((web, api)).fails(config(services=("web", "api")))
    assert "web in the canary slot: it exited with code 1\n  api in the canary slot: there is no container" in sentence


def test_a_healthy_service_that_dies_while_another_is_waited_for_fails() -> None:
    api, well, dead = Observation("api", None, "connection refused"), seen(200), seen(state="exited", exit_code=9)
    sentence = Host((well, api), (dead, api)).fails(config(services=("web", "api")))
    assert "web in the canary slot: it exited with code 9" in sentence


def test_a_ready_line_passes_only_when_the_endpoint_is_silent_twice() -> None:
    ready = seen(log=("Started",))
    assert Host((ready,), (seen(200),)).wait(config(ready_log="Started")) == (HealthResult("web", by_log=False),)
    host = Host((ready,), (ready,))
    assert host.wait(config(ready_log="Started")) == (HealthResult("web", by_log=True),)
    assert host.events == ["2 s, waiting for web (try 1 of 3): connection refused; its log says it is ready"]


def test_each_service_has_its_own_deadline() -> None:
    application = config(services=("web", "api"), tries=1)
    services = dict(application.services)
    services["api"] = services["api"].model_copy(update={"start_seconds": 60})
    application = application.model_copy(update={"services": services})
    late = Observation("api", None, "connection refused")
    assert "web in the canary slot: not healthy within 10 s" in Host((seen(), late)).fails(application)
    host = Host(*[(seen(200), late)] * 20, (seen(200), Observation("api", 200)))
    assert host.wait(application) == (HealthResult("web"), HealthResult("api"))


def test_a_host_that_fails_is_the_hosts_error() -> None:
    def broken(script: Script) -> str:
        raise HostFailed("the connection was lost", kind="connection")

    with pytest.raises(HostFailed, match="the connection was lost"):
        wait_healthy(broken, config(), Slot.CANARY, lambda text: None)
