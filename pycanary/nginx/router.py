"""NGINX as the router of a run."""

from __future__ import annotations

from functools import partial

from pycanary.config.model import Config
from pycanary.host.script import Script
from pycanary.model.traffic import Traffic
from pycanary.nginx import drain, verify
from pycanary.nginx.shift import shift, watchdog
from pycanary.run.router import Draining, Phase, Verification
from pycanary.state.model import HostState


class NginxRouter:
    """Implements pycanary.run.router.Router for one configuration."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.proves = config.sticky.enabled  # else no key chooses a server

    def shift(self, state: HostState, run_id: str, phase: Phase, watchdog: str) -> Script:
        """Serve state.traffic and write state and watchdog down, or put everything back and fail."""
        if state.traffic is None:
            raise AssertionError("a shift needs traffic to serve")
        return shift(
            self._config,
            state.traffic,
            state.nginx_version,
            state_json=state.to_json(),
            run=run_id,
            phase=phase,
            watchdog=watchdog,
        )

    def watchdog(self, state: HostState, run_id: str, record: str) -> Script:
        """The script that the host keeps for the case that the deployer dies."""
        return watchdog(self._config, state, run=run_id, record=record)

    def verify(self, traffic: Traffic) -> Verification:
        """Prove by requests with chosen keys that this traffic is what is served."""
        return Verification(verify.verify(self._config, traffic), partial(verify.mismatches, self._config, traffic))

    def glance(self, traffic: Traffic) -> Verification:
        """Ask the status server whether this traffic is what is loaded."""
        return Verification(verify.glance(self._config), partial(verify.contradictions, self._config, traffic))

    def drain(self, run_id: str) -> Draining:
        """Wait for the workers of older generations."""
        return Draining(drain.drain(self._config, run=run_id), lambda output: drain.left(output) != 0)
