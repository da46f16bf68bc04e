"""Waiting until every service of a slot is healthy: as long as start-up needs and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pycanary.config.model import Config
from pycanary.errors import StageFailed
from pycanary.health.causes import remedy
from pycanary.health.judge import Failed, Healthy, HealthyByLog, Judgement, Waiting, judge, tail
from pycanary.health.observe import Observation, observe, parse_observations
from pycanary.host.script import Script
from pycanary.model.slot import Slot

LOOK_SECONDS = 2  # one script on the host watches for so long; a fatal log line is noticed at its end
LOOKS_BY_LOG = 2  # a ready line often comes a moment before the endpoint answers; the endpoint is the better witness


@dataclass(frozen=True)
class HealthResult:
    """A service that may have users. by_log: its endpoint does not answer; only its log says so."""

    service: str
    by_log: bool = False


@dataclass
class _Wait:
    config: Config
    slot: Slot
    first: dict[str, Observation] = field(default_factory=dict)
    by_log: dict[str, int] = field(default_factory=dict)

    def judged(self, seen: Mapping[str, Observation], elapsed: float) -> dict[str, Judgement]:
        """Each service, with those failed whose time is over."""
        judgements: dict[str, Judgement] = {}
        for name, service in self.config.services.items():
            self.first.setdefault(name, seen[name])
            judgement = judge(service, seen[name], self.first[name])
            self.by_log[name] = self.by_log.get(name, 0) + 1 if isinstance(judgement, HealthyByLog) else 0
            if 0 < self.by_log[name] < LOOKS_BY_LOG:
                judgement = Waiting(f"{seen[name].failure}; its log says it is ready")
            limit = self.config.health.tries * service.start_seconds
            if isinstance(judgement, Waiting) and elapsed >= limit:
                judgement = Failed(f"not healthy within {limit} s: {judgement.reason}", tail(seen[name]))
            judgements[name] = judgement
        return judgements

    def left(self, elapsed: float) -> int:
        """Seconds until the next service's time is over, at most one look."""
        limits = (self.config.health.tries * service.start_seconds for service in self.config.services.values())
        return max(1, min([LOOK_SECONDS, *(int(limit - elapsed) for limit in limits if limit > elapsed)]))

    def progress(self, judgements: Mapping[str, Judgement], elapsed: float) -> str:
        """One line: what is still waited for, and in which try."""
        waiting = []
        for name, judgement in judgements.items():
            if isinstance(judgement, Waiting):
                number = int(elapsed // self.config.services[name].start_seconds) + 1
                waiting.append(f"{name} (try {number} of {self.config.health.tries}): {judgement.reason}")
        return f"{elapsed:.0f} s, waiting for " + ", ".join(waiting)

    def error(self, failed: Mapping[str, Failed]) -> StageFailed:
        """The first failure with its log, and the others by name."""
        sentences = [f"{name} in the {self.slot} slot: {failure.reason}" for name, failure in failed.items()]
        name, failure = next(iter(failed.items()))
        lines = [f"last lines of {name}:", *(f"  {line}" for line in failure.log_tail)] if failure.log_tail else []
        return StageFailed("\n  ".join([*sentences, *lines]), remedy=remedy(failure.reason, failure.log_tail))


def wait_healthy(
    host_run: Callable[[Script], str],
    config: Config,
    slot: Slot,
    on_event: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> tuple[HealthResult, ...]:
    """Wait for all services of the slot on one host, side by side; each has `health.tries` times its start_seconds.

    on_event is told what is waited for after every look. Raises StageFailed that names service, cause, last log lines
    and remedy: at once where a service exits, restarts or writes a fatal line, else when its time is over.
    """
    wait = _Wait(config, slot)
    begun = clock()
    elapsed = 0.0
    while True:
        script = observe(config, slot, config.services, wait_seconds=wait.left(elapsed))
        seen = parse_observations(host_run(script))
        elapsed = clock() - begun
        judgements = wait.judged(seen, elapsed)
        failed = {name: one for name, one in judgements.items() if isinstance(one, Failed)}
        if failed:
            raise wait.error(failed)
        if all(isinstance(one, Healthy | HealthyByLog) for one in judgements.values()):
            return tuple(HealthResult(name, isinstance(one, HealthyByLog)) for name, one in judgements.items())
        on_event(wait.progress(judgements, elapsed))
