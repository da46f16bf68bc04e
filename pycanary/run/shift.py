"""Moving traffic: on every host or on none, proven on the running router."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager

from pycanary.errors import HostFailed, LeaseLost, PycanaryError, StageFailed
from pycanary.host.connection import Host
from pycanary.host.fleet import combined
from pycanary.host.script import Script
from pycanary.model.deployment import DeploymentType
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights
from pycanary.run.deployment import Deployment
from pycanary.run.router import Phase, Verification
from pycanary.state.model import HostState

VERIFY_TRIES = 3


def shift(run: Deployment, weights: Weights | dict[str, Weights], *, out: Slot | None = None) -> None:
    """Move users to these weights and prove it. Raises StageFailed when a host cannot be brought to them."""
    serve(run, run.traffic.shifted(weights, out=out))


def serve(run: Deployment, traffic: Traffic) -> None:
    """Serve that traffic and verify it, up to three times; the states remember it."""
    for tries_left in reversed(range(VERIFY_TRIES)):
        run.reporter.moving(traffic)
        move(run, traffic)
        found = mismatches(run, traffic)
        if not found:
            run.reporter.served(traffic, proven=run.router.proves)
            return
        run.reporter.say("warning", "weights differ from the plan\n" + "\n".join(found))
        if tries_left:
            traffic = traffic.model_copy(update={"generation": traffic.generation + 1})
    raise StageFailed(
        "the running NGINX serves other weights than planned\n  " + "\n  ".join(found),
        expected=traffic.summary,
        remedy="somebody or something else writes this NGINX's configuration: find it with `pycanary check`",
    )


def mismatches(run: Deployment, traffic: Traffic) -> tuple[str, ...]:
    """Where the running routers contradict that traffic, each as a sentence that names the host."""
    verification = run.router.verify(traffic)
    outputs, failures = run.fleet.attempt(lambda host: host.run(verification.script))
    run.fleet.part_with(failures)
    return _named(verification, outputs)


def doubts(run: Deployment) -> tuple[str, ...]:
    """Where a running router says that it serves something else than the run's traffic; no proof, and quick.

    A host that cannot be asked raises no doubt.
    """
    verification = run.router.glance(run.traffic)
    return _named(verification, run.fleet.attempt(lambda host: host.run(verification.script))[0])


def _named(verification: Verification, outputs: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}: {each}" for name, output in outputs.items() for each in verification.mismatches(output))


def move(run: Deployment, traffic: Traffic) -> None:
    """One round trip on one host; prepare everywhere, then commit everywhere on several. No signal comes between.

    On the way back it commits wherever it can: users who are back on one host are better off, whatever becomes of
    another.
    """
    after = {name: _after(run, state, traffic) for name, state in run.states.items()}
    with files_changing(run):
        prepared = len(run.fleet.hosts) > 1 and not run.fleet.insists
        if prepared:
            run.fleet.run(_scripts(run, after, "prepare"))
        _commit(run, after, _scripts(run, after, "commit-prepared" if prepared else "commit"))


@contextmanager
def files_changing(run: Deployment) -> Iterator[None]:
    """No signal comes between; the way back puts files right that a host may have been left with."""
    with run.interrupts.deferred():
        try:
            yield
        except HostFailed as error:
            run.half_shifted = run.half_shifted or error.cut_short
            raise


def _after(run: Deployment, state: HostState, traffic: Traffic) -> HostState:
    """What a rollback has moved is no canary that waits for a person, whatever becomes of the rollback."""
    ours = state.run is not None and state.run.id == run.plan.run_id
    rolled_back = ours and run.plan.request.type is DeploymentType.ROLLBACK
    return state.model_copy(update={"traffic": traffic, "hold": None if rolled_back else state.hold})


def _commit(run: Deployment, after: dict[str, HostState], scripts: Callable[[Host], Script]) -> None:
    _, failures = run.fleet.attempt(lambda host: host.run(scripts(host)))
    moved = _moved_all_the_same(run, after, failures)
    failures = {name: error for name, error in failures.items() if name not in moved}
    if failures and not run.fleet.insists:
        _compensate(run, after, set(failures))
        raise combined(failures)
    run.states = {name: state if name in failures else after[name] for name, state in run.states.items()}
    run.fleet.part_with(failures)


def _moved_all_the_same(
    run: Deployment, after: dict[str, HostState], failures: Mapping[str, PycanaryError]
) -> Container[str]:
    """The hosts whose answer was lost, not the shift: a host writes the traffic down as the last part of its shift."""
    if not failures or any(isinstance(error, LeaseLost) for error in failures.values()):
        return ()
    return {name for name, state in run.settled(failures).items() if state.traffic == after[name].traffic}


def _compensate(run: Deployment, after: dict[str, HostState], failed: set[str]) -> None:
    """Bring the hosts that moved back to what the failed ones still serve."""
    before: dict[str, HostState] = {}
    for name, state in run.states.items():
        moved_to, moved_from = after[name].traffic, state.traffic
        if name in failed or moved_to is None or moved_from is None:
            continue
        traffic = moved_from.model_copy(update={"generation": moved_to.generation + 1})
        before[name] = state.model_copy(update={"traffic": traffic})
    scripts = _scripts(run, before, "commit")
    with run.fleet.insisting():
        _, failures = run.fleet.attempt(lambda host: host.run(scripts(host)), only=before)
    run.states = {**run.states, **{name: state for name, state in before.items() if name not in failures}}
    if failures:
        raise _torn(failures, failed)


def _torn(failures: dict[str, PycanaryError], failed: set[str]) -> StageFailed:
    return StageFailed(
        f"{', '.join(sorted(failed))} could not be shifted, and {', '.join(sorted(failures))} could not be put back: "
        "the hosts serve different weights",
        remedy="run `pycanary deploy rollback` once the hosts answer",
    )


def _scripts(run: Deployment, states: dict[str, HostState], phase: Phase) -> Callable[[Host], Script]:
    def script(host: Host) -> Script:
        state = states[host.name]
        return run.router.shift(state, run.plan.run_id, phase, run.watchdog(state))

    return script
