"""Health as a witness of a bake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from pycanary.config.model import Config
from pycanary.errors import PycanaryError
from pycanary.health.judge import Failed, Waiting, judge
from pycanary.health.observe import Observation, observe, parse_observations
from pycanary.host.fleet import Fleet
from pycanary.model.slot import Slot


@dataclass(frozen=True)
class Verdict:
    """What a witness says now. evidence: a sentence, empty for a plain pass."""

    word: Literal["pass", "fail", "inconclusive"]
    evidence: str = ""


class Witness(Protocol):
    """Somebody who is asked again and again while a share of the users is on the canary."""

    def look(self) -> Verdict:
        """Look once. A fail ends the bake; inconclusive means that more time is needed."""


@dataclass
class HealthWitness:
    """Fails after `health.bake_failures` failed looks in a row, at once where a service does not run any more."""

    fleet: Fleet
    config: Config
    slot: Slot
    _first: dict[tuple[str, str], Observation] = field(default_factory=dict)
    _in_a_row: dict[tuple[str, str], int] = field(default_factory=dict)

    def look(self) -> Verdict:
        """Ask every service on every host once."""
        script = observe(self.config, self.slot, self.config.services, wait_seconds=0)
        outputs, unreachable = self.fleet.attempt(lambda host: host.run(script))
        verdicts = [self._host_failed(host, error) for host, error in unreachable.items()]
        for host, output in outputs.items():
            self._in_a_row.pop((host, ""), None)
            verdicts += [self._service(host, seen) for seen in parse_observations(output).values()]
        by_word = {verdict.word: verdict for verdict in reversed(verdicts)}
        return by_word.get("fail") or by_word.get("inconclusive") or Verdict("pass")

    def _service(self, host: str, seen: Observation) -> Verdict:
        key = (host, seen.service)
        judgement = judge(self.config.services[seen.service], seen, self._first.setdefault(key, seen))
        name = f"{seen.service} in the {self.slot} slot on {host}"
        if isinstance(judgement, Failed):
            return Verdict("fail", "\n  ".join([f"{name}: {judgement.reason}", *judgement.log_tail]))
        if not isinstance(judgement, Waiting):
            self._in_a_row.pop(key, None)
            return Verdict("pass")
        return self._count(key, f"{name}: {judgement.reason}")

    def _host_failed(self, host: str, error: PycanaryError) -> Verdict:
        return self._count((host, ""), f"{host} cannot be asked: {error.found}")

    def _count(self, key: tuple[str, str], sentence: str) -> Verdict:
        count = self._in_a_row[key] = self._in_a_row.get(key, 0) + 1
        if count >= self.config.health.bake_failures:
            return Verdict("fail", f"{sentence} ({count} times in a row)")
        return Verdict("inconclusive", sentence)
