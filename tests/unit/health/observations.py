"""Observations and configurations for tests, in few words."""

from __future__ import annotations

from typing import Any

from pycanary.config.model import Config
from pycanary.health.observe import Observation

RUNNING = {"state": "running", "started_at": "2026-01-01T00:00:00Z", "container": "c1"}


def seen(status: int | None = None, failure: str = "connection refused", **more: Any) -> Observation:
    """The service `web`: what its endpoint answers, else how it does not."""
    return Observation("web", status, failure="" if status else failure, **{**RUNNING, **more})


def config(tries: int = 3, bake_failures: int = 3, services: tuple[str, ...] = ("web",), **service: Any) -> Config:
    """An application whose services start within 10 s a try."""
    return Config.model_validate(
        {
            "app": "shop",
            "hosts": [{"address": "one.example"}],
            "path": "/srv/shop",
            "git": {"remote": "git@example.com:shop.git"},
            "services": {
                name: {"stable": 3001 + 10 * number, "canary": 3002 + 10 * number, "start_seconds": 10, **service}
                for number, name in enumerate(services)
            },
            "health": {"tries": tries, "bake_failures": bake_failures},
        }
    )


def printed(*observations: Observation) -> str:
    """What the host's script prints for them."""
    text = ""
    for one in observations:
        curl = {"": 0, "connection refused": 7, "no answer in time": 28}[one.failure]
        state = (
            f"{one.state} {one.exit_code} {one.restarts} {'true' if one.out_of_memory else 'false'} "
            f"{one.started_at} {one.container}"
        )
        text += f"service {one.service} {one.status or '000'} {curl}\nfirst {state}\nlast {state}\n"
        text += "".join(f"<{line}\n" for line in one.log_head) + "".join(f">{line}\n" for line in one.log)
    return text
