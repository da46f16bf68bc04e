"""Gathering a HostView: read-only round trips on every host, three and one for each slot in use, side by side."""

from __future__ import annotations

from pycanary.config.model import Config
from pycanary.config.recorded import config_of
from pycanary.health.look import health_now
from pycanary.host import lease
from pycanary.host.connection import Host
from pycanary.host.fleet import Fleet
from pycanary.host.layout import Layout
from pycanary.model.traffic import Traffic
from pycanary.nginx.facts import NginxFacts, facts, read_facts
from pycanary.nginx.render import render
from pycanary.nginx.version import Version
from pycanary.state.history import settled
from pycanary.state.model import read
from pycanary.state.view import HostView


def look_everywhere(config: Config, fleet: Fleet) -> dict[str, lease.Answer]:
    """The lease and the state of every host, untouched."""
    outputs = fleet.run(lease.look(Layout.of(config).state))
    return {name: lease.parse_answer(output) for name, output in outputs.items()}


def gather(config: Config, fleet: Fleet) -> tuple[HostView, ...]:
    """Every host as it is now; one that cannot be looked at is a view with its error."""
    views, failures = fleet.attempt(lambda host: _view(config, host))
    for name, error in failures.items():
        views[name] = HostView(host=name, error=error.sentence)
    return tuple(views[host.name] for host in fleet.hosts)


def _view(config: Config, host: Host) -> HostView:
    view = _look(config, host)
    if view.drift and view.lock != "free":  # somebody may just be putting files: look again once that is done
        host.run(settled(Layout.of(config).state))
        view = _look(config, host)
    return view


def _look(config: Config, host: Host) -> HostView:
    answer = lease.parse_answer(host.run(lease.look(Layout.of(config).state)))
    state = read(answer.state_json, app=config.app, where=host.name)
    found = read_facts(host.run(facts(config, whole=False)))
    version = found.version or state.nginx_version
    return HostView(
        host=host.name,
        lock=_lock(answer),
        traffic=state.traffic,
        drift=drift_of(config, state.traffic, found, version),
        releases=state.slots,
        held_since=state.hold.since if state.hold else "",
        last_run=state.run.outcome or "in progress" if state.run else "",
        last_words=state.run.misfortune if state.run else "",
        health=tuple(
            one
            for slot, release in state.slots.items()
            for one in health_now(host.run, config_of(config, release), slot)
        ),
    )


def _lock(answer: lease.Answer) -> str:
    if answer.word == "free":
        return "free"
    return f"{answer.other}" if answer.word == "busy" else f"{answer.other}, which is gone"


def drift_of(config: Config, traffic: Traffic | None, found: NginxFacts, version: Version) -> tuple[str, ...]:
    """Where the running NGINX, its files and the state contradict each other."""
    drift: list[str] = []
    if found.fault:
        drift.append(f"NGINX: {found.words.strip() or found.fault}")
    if traffic is None:
        return tuple(drift)
    if found.served is None:
        drift.append("the running NGINX does not answer for this application")
    elif (found.served.weights, found.served.out) != (traffic.weights, traffic.out):
        served = traffic.model_copy(update={"weights": found.served.weights, "out": found.served.out})
        drift.append(f"the running NGINX serves {served.summary}; written down is {traffic.summary}")
    elif found.served.generation != traffic.generation:
        drift.append(f"generation {found.served.generation} is loaded; written down is {traffic.generation}")
    rendered = render(config, traffic, version)
    for name, text in (("http", rendered.http), ("proxy", rendered.proxy), ("assets", rendered.assets)):
        if name in found.files and found.files[name] != text:
            drift.append(
                f"the generated {name} file is not what this pycanary writes: somebody changed it, or canary.yml or "
                "pycanary itself was changed since the last deployment"
            )
    return tuple(drift)
