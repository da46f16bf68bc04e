"""Health as a witness of a bake."""

from __future__ import annotations

from collections.abc import Sequence
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
class Looks:
    """What all looks of one bake came to.

    most_late: how many looks after its time may still be inconclusive. go_on: the last one was inconclusive.
    """

    most_late: int
    go_on: bool = False
    _count: int = 0
    _late: int = 0
    _wrong: list[str] = field(default_factory=list)

    def add(self, verdicts: Sequence[Verdict], *, late: bool) -> Verdict:
        """What one look of every witness comes to: the worst word of all. late: after the bake's time."""
        worst = worst_of(verdicts)
        self._count += 1
        self._late += late
        if worst.word != "pass":
            self._wrong.append(worst.evidence)
        self.go_on = worst.word == "inconclusive"
        if self.go_on and self._late >= self.most_late:
            return Verdict("fail", f"{worst.evidence} (it does not become well)")
        return worst

    @property
    def wrong(self) -> str:
        """How many looks found something wrong, and what the last of them found; empty where all was well."""
        if not self._wrong:
            return ""
        return f"{len(self._wrong)} of {self._count} looks were not good, the last: {self._wrong[-1]}"


def worst_of(verdicts: Sequence[Verdict]) -> Verdict:
    """The first fail; else the first that is inconclusive; else a pass."""
    by_word = {verdict.word: verdict for verdict in reversed(verdicts)}
    return by_word.get("fail") or by_word.get("inconclusive") or Verdict("pass")


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
        return worst_of(verdicts)

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
