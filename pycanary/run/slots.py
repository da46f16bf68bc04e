"""Putting a release into a slot without a user noticing: out, drain, touch, healthy. Going in is the next shift."""

from __future__ import annotations

from collections.abc import Container

from pycanary.config.recorded import config_of
from pycanary.errors import HostFailed, StageFailed
from pycanary.health.wait import wait_healthy
from pycanary.host.connection import Host
from pycanary.host.script import Script
from pycanary.model.release import Release
from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.run.ailing import require_running
from pycanary.run.deployment import Deployment
from pycanary.run.routes import ports, routes_with
from pycanary.run.shift import serve
from pycanary.runtime.choose import runtime_of
from pycanary.source.checkout import checkout, parse_saved
from pycanary.state.model import HostState


class SlotFailed(StageFailed):
    """A slot's release is not fit for users; it is taken out and stays so."""

    def __init__(self, slot: Slot, error: StageFailed) -> None:
        super().__init__(error.found, expected=error.expected, where=error.where, remedy=error.remedy)
        self.slot = slot


def holds(run: Deployment, slot: Slot, release: Release) -> bool:
    """Whether the slot has that commit with that environment on those ports already, and nothing is held against it."""
    present = run.state.slots.get(slot)
    return (
        present is not None
        and present.commit.id == release.commit.id
        and present.environment_checksum == release.environment_checksum
        and ports(run, slot, present) == ports(run, slot, release)
        and not present.judged_bad
        and run.traffic.out is not slot
    )


def keep(run: Deployment, slot: Slot, release: Release) -> None:
    """The slot holds the release: what canary.yml says otherwise by now, and what needs no start, is taken over."""
    present = run.state.slots[slot]
    run.put_release(slot, present.model_copy(update={"configuration": release.configuration}))


def usable(run: Deployment, slot: Slot) -> bool:
    """Whether users could be sent to the slot: it holds a release in good standing."""
    return usable_in(run.state, slot)


def usable_in(state: HostState, slot: Slot) -> bool:
    """The same by the state of one host."""
    release = state.slots.get(slot)
    return release is not None and not release.judged_bad


def vacate(run: Deployment, slot: Slot, release: Release) -> None:
    """Take every user out of the slot and wait until no request can choose it any more.

    release: the one that is to come, whose ports users will be sent to. What a failure brings back is from now on the
    other slot: this one is about to be re-created. Where the other slot has nothing that could serve, nothing served
    before either, and there is nobody to move.
    """
    other = slot.other
    routes = routes_with(run, slot, release)
    if not usable(run, other):
        if routes != run.traffic.routes:
            again = {"generation": run.traffic.generation + 1, "routes": routes}
            serve(run, run.traffic.model_copy(update=again))
        return
    if run.traffic.carries(slot):
        require_healthy(run, other)
    elif run.traffic.out is not slot:
        require_running(run, other)
    traffic = run.traffic.shifted(Weights.everything_to(other), out=slot)
    traffic = traffic.model_copy(update={"routes": routes})
    run.update_record(fallback=traffic)
    run.put_release(slot, None)
    run.save()
    if not traffic.same_split(run.traffic):
        serve(run, traffic)
    drain(run)


def drain(run: Deployment) -> None:
    """Wait for the workers of older generations; what is still open afterwards is cut, and said."""
    drained = run.router.drain(run.plan.run_id)
    for host, output in run.fleet.run(drained.script).items():
        left = drained.left(output)
        if left:
            run.note(
                f"{host}: long requests (streams, WebSockets) were still open after {run.config.drain_seconds} s "
                "and are cut when the slot stops"
            )


def occupy(run: Deployment, slot: Slot, release: Release, environment: str) -> None:
    """Start the release in a slot that is out, in place of what runs there.

    environment: the .env file on the host that the slot takes over.
    """
    former = runtime_of(config_of(run.config, run.record.releases_before.get(slot) or release))
    run.fleet.run(former.stop(slot, release.commit, run.plan.run_id))
    for host, output in run.fleet.run(checkout(run.config, slot, release.commit.id, run.plan.run_id)).items():
        saved = parse_saved(output)
        if saved is not None:
            lines = [f"{host}: local changes in the {slot} slot were saved to {saved.directory}", *saved.notes]
            run.note("\n".join([*lines, *(f"restore: {command}" for command in saved.restore)]))
    _take_environment(run, slot, environment)
    run.put_release(slot, release)
    number = max(run.state.next_release, release.number + 1)
    run.update(lambda state: state.model_copy(update={"next_release": number}))
    run.save()
    runtime = runtime_of(run.config_in(slot))
    for host, output in run.fleet.run(runtime.start(slot, release.commit, run.plan.run_id)).items():
        for line in output.splitlines():
            if line.startswith("note="):
                run.note(f"{host}: {line.removeprefix('note=')}")


def await_healthy(run: Deployment, slot: Slot, hosts: Container[str] | None = None) -> None:
    """Wait until every service of the slot is healthy on every host, or on those named. Raises SlotFailed."""
    waited = run.fleet.each(lambda host: _await_on(run, host, slot), only=hosts)
    for host, by_log in waited.items():
        for service in by_log:
            run.note(f"{host}: {service} in the {slot} slot is healthy by its log only; its endpoint does not answer")
    run.reporter.say("done", f"every service of the {slot} slot is healthy")


def require_healthy(run: Deployment, slot: Slot) -> None:
    """Before users are sent to a slot that ran unwatched; a host that only just joins has no users and no such slot."""
    known = {name for name, state in run.states.items() if slot in state.slots}
    try:
        await_healthy(run, slot, known)
    except SlotFailed as error:
        raise StageFailed(
            f"the {slot} slot should take the users over, and is not healthy: {error.found}",
            where=error.where,
            remedy=f"mend the {slot} slot first; nobody was moved",
        ) from error


def _await_on(run: Deployment, host: Host, slot: Slot) -> tuple[str, ...]:
    def progress(text: str) -> None:
        run.reporter.progress(f"{host.name}: {text}")

    try:
        results = wait_healthy(host.run, run.config_in(slot), slot, progress)
    except HostFailed:
        raise  # a lost connection says nothing about the release
    except StageFailed as error:
        if not error.where:
            error = StageFailed(error.found, expected=error.expected, where=host.name, remedy=error.remedy)
        raise SlotFailed(slot, error) from error
    return tuple(result.service for result in results if result.by_log)


def _take_environment(run: Deployment, slot: Slot, source: str) -> None:
    values = {
        "STATE": run.layout.state,
        "RUN": run.plan.run_id,
        "SOURCE": source,
        "TARGET": run.layout.environment(slot),
    }
    run.fleet.run(Script("take_environment", values))
