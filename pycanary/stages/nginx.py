"""Check or create the NGINX configuration, before anything else depends on it."""

from __future__ import annotations

from functools import partial

from pycanary.config.recorded import config_of
from pycanary.errors import StageFailed
from pycanary.host.connection import Host
from pycanary.host.remedies import remedy
from pycanary.host.script import Script
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights
from pycanary.nginx.changes import changes
from pycanary.nginx.facts import NginxFacts, facts, read_facts
from pycanary.nginx.names import Names
from pycanary.nginx.proxying import proxied
from pycanary.nginx.rules import rules
from pycanary.nginx.shift import install
from pycanary.nginx.version import dotted
from pycanary.plan import PlannedStage
from pycanary.run.deployment import Deployment
from pycanary.run.routes import changed, left, to_come
from pycanary.run.shift import files_changing


def nginx(run: Deployment, stage: PlannedStage) -> None:
    """pycanary's files are in place and served on every host; the site, once made, is only checked."""
    found = look(run)
    for name, fact in found.items():
        _usable(name, fact)
        _remember_version(run, name, fact)
    prepared = partial(changed, more=to_come(run), less=_unused(run, found))
    traffic = prepared(run.state.traffic) if run.state.traffic else first_traffic(run)
    for name, fact in found.items():
        diff = changes(run.config, traffic, run.states[name].nginx_version, fact)
        if diff:
            run.reporter.say("info", f"{name}: NGINX {dotted(run.states[name].nginx_version)}, files change\n{diff}")
    after = {name: state.model_copy(update={"traffic": traffic}) for name, state in run.states.items()}

    def put(host: Host) -> Script:
        state = after[host.name]
        text, run_id = state.to_json(), run.plan.run_id
        return install(
            run.config, traffic, state.nginx_version, state_json=text, run=run_id, watchdog=run.watchdog(state)
        )

    with files_changing(run):
        run.fleet.run(put)
        run.states = after
    # A failure brings back the weights, and no upstream less: a person may have added the location meanwhile.
    before, fallback = run.record.before, run.record.fallback
    run.update_record(before=before and prepared(before), fallback=fallback and prepared(fallback))
    _obeys_rules(run)


def look(run: Deployment) -> dict[str, NginxFacts]:
    """What every host's NGINX is and is configured to be."""
    outputs = run.fleet.run(facts(run.config, whole=True))
    return {name: read_facts(output) for name, output in outputs.items()}


def first_traffic(run: Deployment) -> Traffic:
    """What a host serves before its first release: everything to the stable slot, the empty canary out."""
    config = config_of(run.config, run.target)
    everything = Weights.everything_to(Slot.STABLE)
    return Traffic(
        generation=1,
        routes=config.routes,
        weights=dict.fromkeys(config.services, everything),
        out=Slot.CANARY,
    )


def _unused(run: Deployment, found: dict[str, NginxFacts]) -> set[str]:
    """The services that no release has and no site proxies to: NGINX refuses a site that names a missing upstream."""
    unused, names = left(run), Names.of(run.config)
    for host, fact in found.items():
        targets = proxied(names, fact.whole) if unused else {}
        for service in sorted(unused):
            where = targets.get(names.upstream(service)) or targets.get(names.assets_upstream(service))
            if where:
                unused.discard(service)
                run.note(f"{host}: no release has {service} any more, and {where} still proxies to it: remove that")
    return unused


def _usable(host: str, fact: NginxFacts) -> None:
    if fact.fault:
        raise StageFailed(
            f"NGINX cannot be used as it is, and nothing was changed\n  {fact.words}",
            where=host,
            remedy=fact.remedy,
        )
    if fact.runs is False:
        raise StageFailed("NGINX is not running", where=host, remedy=remedy("nginx-stopped"))


def _remember_version(run: Deployment, host: str, fact: NginxFacts) -> None:
    if fact.version is None:
        raise StageFailed(f"cannot read a version in {fact.version_text!r}", where=host, remedy="is it NGINX?")
    run.states[host] = run.states[host].model_copy(update={"nginx_version": fact.version})


def _obeys_rules(run: Deployment) -> None:
    """Refuse what would make weights a lie; say what costs users something."""
    wrong: list[str] = []
    config = config_of(run.config, run.target)
    for host, fact in look(run).items():
        for finding in rules(config, run.traffic.routes, fact.whole, run.states[host].nginx_version):
            line = f"{host}: {finding.subject}: {finding.found}\n-> {finding.remedy}"
            if finding.level == "error":
                wrong.append(line)
            elif finding.level == "warning":
                run.reporter.say("warning", line)
    if wrong:
        raise StageFailed("NGINX's configuration does not fit\n  " + "\n  ".join(wrong))
    run.reporter.say("done", "NGINX has pycanary's files, and its site sends users to both slots")
