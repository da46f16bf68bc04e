"""What a run that died, or could not bring users back, has left on the hosts: put right before anything else."""

from __future__ import annotations

from pycanary.errors import Aborted, LeaseLost, PersonNeeded, PycanaryError
from pycanary.model.outcome import Outcome
from pycanary.model.traffic import Traffic
from pycanary.run.ailing import require_running
from pycanary.run.deployment import Deployment
from pycanary.run.rollback import put_back_hold
from pycanary.run.shift import serve
from pycanary.state.model import HostState, RunState


def recover(run: Deployment) -> None:
    """Bring back the fallback of a run that was cut short on any host: one may have put itself right, and another not.

    Raises PersonNeeded where that cannot be done; the hosts go on trying by themselves then.
    """
    cut = [
        (state.run, state.owed)
        for state in run.states.values()
        if state.run is not None and state.run.id != run.plan.run_id and state.owed is not None
    ]
    ends = {name: ended(run, state, Outcome.DIED, _DIED) for name, state in run.states.items()}
    open_ = {name: end for name, end in ends.items() if end is not None}
    if cut:
        try:
            _put_right(run, *cut[0])
        except (LeaseLost, Aborted):
            raise
        except PycanaryError as error:
            raise PersonNeeded(
                f"run {cut[0][0].id} was cut short, and what it left cannot be put right: {error.found}",
                where=error.where,
                remedy=error.remedy or "mend that and run the command again; the hosts go on trying by themselves",
            ) from error
    if open_:
        run.states = {
            name: state.without_a_first_release(_DIED).model_copy(update={"run": open_[name]})
            if name in open_
            else state
            for name, state in run.states.items()
        }
        run.save(record=next(iter(open_.values())), hosts=open_)
    if cut and (rest := set(run.states) - set(open_)):
        run.save(hosts=rest)


_DIED = "its process or its host died"


def ended(run: Deployment, state: HostState, outcome: Outcome, reason: str) -> RunState | None:
    """The run that the state says is in progress, with its end; None where there is none, or it is this one."""
    other = state.run
    if other is None or other.ended_at or other.id == run.plan.run_id:
        return None
    if other.outcome:  # only its finish never came
        return other.model_copy(update={"ended_at": run.now})
    return other.model_copy(update={"outcome": outcome, "ended_at": run.now, "reason": reason})


def _put_right(run: Deployment, dead: RunState, fallback: Traffic) -> None:
    how = "did not bring users back" if dead.outcome else "ended without an outcome"
    run.reporter.say("warning", f"run {dead.id} {how}; the host is put right first")
    put_back_hold(run, fallback, dead.before)
    run.forget_where_hosts_differ(fallback.out)
    with run.fleet.insisting():
        require_running(run, fallback.serving)
        serve(run, fallback.model_copy(update={"generation": run.next_generation}))
