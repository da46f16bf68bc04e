"""One run: what its stages share."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pycanary.config.model import Config
from pycanary.config.recorded import config_of
from pycanary.errors import LeaseLost, PycanaryError
from pycanary.host.connection import Host
from pycanary.host.fleet import Fleet
from pycanary.host.layout import Layout
from pycanary.host.script import Script, Value
from pycanary.model.release import Release
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.plan import Plan
from pycanary.run.interrupts import Interrupts
from pycanary.run.keeper import Keeper
from pycanary.run.reporter import Reporter
from pycanary.run.router import Router
from pycanary.run.watchdog import watchdog_text
from pycanary.runtime.base import Runtime
from pycanary.secret import Secret
from pycanary.state.history import settled
from pycanary.state.model import HostState, RunState, read


@dataclass
class Deployment:
    """The parts of a run and the states of its hosts, which every change goes through.

    states: by host name; the hosts of one application have the same traffic and slots, so `state`, the leader's, stands
    for all. A host that only just joins knows less than the others and never leads.
    """

    config: Config
    plan: Plan
    fleet: Fleet
    reporter: Reporter
    interrupts: Interrupts
    keeper: Keeper
    router: Router
    runtime: Runtime
    environment: dict[str, Secret]
    lease_seconds: int  # what the end of a stage renews the lease to
    directory: Path = Path()  # where canary.yml is
    states: dict[str, HostState] = field(default_factory=dict)
    taken_over: RunState | None = None  # a run that this one ended by taking its lease
    half_shifted: bool = False  # a change of files may have ended in its middle: the way back puts them right

    @property
    def layout(self) -> Layout:
        """Paths on the hosts."""
        return Layout.of(self.config)

    @property
    def leader(self) -> Host:
        """The first of the hosts that know most."""
        return max(self.fleet.hosts, key=lambda host: len(self.states[host.name].slots))

    @property
    def state(self) -> HostState:
        """The leading host's state."""
        return self.states[self.leader.name]

    @property
    def record(self) -> RunState:
        """The run as far as it got."""
        run = self.state.run
        if run is None:
            raise AssertionError("a run is begun before its stages")
        return run

    @property
    def traffic(self) -> Traffic:
        """What is served now."""
        traffic = self.state.traffic
        if traffic is None:
            raise AssertionError("NGINX is prepared before anything is shifted")
        return traffic

    @property
    def next_generation(self) -> int:
        """Later than any host's, also where they differ."""
        return 1 + max(state.traffic.generation for state in self.states.values() if state.traffic is not None)

    @property
    def target(self) -> Release:
        """The release that this run deploys."""
        target = self.record.target
        if target is None:
            raise AssertionError("the release is known after the checkout")
        return target

    def config_in(self, slot: Slot) -> Config:
        """The configuration as it was for the release in that slot."""
        return config_of(self.config, self.state.slots.get(slot))

    @property
    def now(self) -> str:
        """ISO 8601 in the application's time zone."""
        return datetime.now(ZoneInfo(self.config.time_zone)).isoformat(timespec="seconds")

    def update(self, change: Callable[[HostState], HostState]) -> None:
        """Change the states in memory; the next shift or save writes them."""
        self.states = {name: change(state) for name, state in self.states.items()}

    def update_record(self, **values: Any) -> None:
        """Change fields of the run's own record."""
        run = self.record.model_copy(update=values)
        self.update(lambda state: state.model_copy(update={"run": run}))

    def note(self, text: str) -> None:
        """Something that a person should know afterwards: it is shown, recorded and sent."""
        text = self.reporter.masker.mask(text)
        self.reporter.say("warning", text)
        self.update_record(notes=(*self.record.notes, text))

    def watchdog(self, state: HostState) -> str:
        """What a host in that state brings back by itself; see `watchdog_text`."""
        return watchdog_text(self.router, state, ended_at=self.now)

    def put_release(self, slot: Slot, release: Release | None) -> None:
        """Record what a slot holds."""
        self.update(lambda state: state.with_slot(slot, release))

    def forget_where_hosts_differ(self, slot: Slot | None) -> None:
        """Nobody meets what that slot holds, and a deployment that died did not get as far with it on every host."""
        if slot is not None and len({state.commit_in(slot) for state in self.states.values()}) > 1:
            self.put_release(slot, None)

    def save(self, *, record: RunState | None = None, end: bool = False, hosts: Container[str] | None = None) -> None:
        """Write the states to the hosts and renew the lease.

        record: a run whose record is written as well. end: give the lease back. hosts: only these.
        """
        text = record.model_dump_json(indent=1) + "\n" if record else ""
        common: dict[str, Value] = {
            "STATE": self.layout.state,
            "RUN": self.plan.run_id,
            "RECORD_ID": record.id if record else "",
            "RECORD": text,
            "SECONDS_LEFT": 0 if end else self.lease_seconds,
            "KEEP_RUNS": self.config.keep.runs,
            "END": end,
        }

        def script(host: Host) -> Script:
            state = self.states[host.name]
            own: dict[str, Value] = {
                "STATE_JSON": state.to_json(),
                "WATCHDOG": self.watchdog(state),
                "MOVED_NOBODY": state.run is not None and state.run.has_moved_nobody(state.traffic),
            }
            return Script("save", {**common, **own})

        self.fleet.each(lambda host: host.run(script(host)), only=hosts)

    def try_to_save(self, *, record: RunState | None = None, hosts: Container[str] | None = None) -> None:
        """Save where that can be done: what could not be written is said, and written at the end. Raises LeaseLost."""
        try:
            self.save(record=record, hosts=hosts)
        except LeaseLost:
            raise
        except PycanaryError as error:
            self.reporter.say("warning", f"not written down yet: {error.found}")

    def settled(self, hosts: Container[str] | None = None) -> dict[str, HostState]:
        """What the hosts, or those named, have written down once nothing works on it any more; of those that answer."""
        script = settled(self.layout.state)
        answers, _ = self.fleet.attempt(lambda host: host.run(script), only=hosts)
        return {name: read(text, app=self.config.app, where=name) for name, text in answers.items()}
