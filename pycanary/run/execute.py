"""Executing a plan: all its stages in one process, or one stage in a process of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pycanary.errors import ExitCode, LeaseLost, NothingToDo, PersonNeeded, PycanaryError, StageFailed
from pycanary.model.outcome import Outcome
from pycanary.plan import Action, PlannedStage
from pycanary.run.begin import RunEnded, begin, resume
from pycanary.run.deployment import Deployment
from pycanary.run.finish import finish, left_behind
from pycanary.run.lease import give_back
from pycanary.run.rollback import end_by_going_back
from pycanary.run.tell import notify, tell
from pycanary.stages.bridge import bridge
from pycanary.stages.build import build
from pycanary.stages.checkout import checkout
from pycanary.stages.environment import environment
from pycanary.stages.health import health
from pycanary.stages.nginx import nginx
from pycanary.stages.settle import settle
from pycanary.stages.shift import shift
from pycanary.stages.start import start
from pycanary.state.model import StageRecord

LOG = logging.getLogger("pycanary")
STAGES: dict[Action, Callable[[Deployment, PlannedStage], None]] = {
    Action.CHECKOUT: checkout,
    Action.NGINX: nginx,
    Action.ENVIRONMENT: environment,
    Action.BUILD: build,
    Action.SETTLE: settle,
    Action.BRIDGE: bridge,
    Action.START: start,
    Action.HEALTH: health,
    Action.SHIFT: shift,
}


def deploy(run: Deployment) -> ExitCode:
    """Every stage of the plan, and the finish on every path. Raises only before anything was touched."""
    with _letting_go(run), run.keeper:
        begin(run)
        try:
            for stage in run.plan.stages:
                if stage.action is not Action.FINISH:
                    _stage(run, stage)
            run.interrupts.settle()
        except PycanaryError as error:
            _failed(run, error)
        _finish(run)
    return tell(run)


def one_stage(run: Deployment, name: str) -> ExitCode:
    """One stage of a run that other processes share; the host holds what passes between them.

    The first stage begins the run. A failing stage rolls back at once; the finish stage tells people and frees the
    lease on every path.
    """
    stage = run.plan.stage(name)
    finishing = stage.action is Action.FINISH
    with _letting_go(run), run.keeper:
        try:
            if stage is run.plan.stages[0]:
                begin(run)
            else:
                resume(run)
        except RunEnded:
            if not finishing:
                raise
            # The host has put itself right, which nobody was told of.
            return tell(run) if run.record.outcome is Outcome.REVERTED else run.record.outcome.exit_code
        if finishing:
            _finish(run)
        elif run.record.outcome:
            ended = f"run {run.plan.run_id} has ended already: {run.record.outcome}"
            raise StageFailed(ended, remedy="run its finish stage")
        else:
            _one(run, stage)
    return tell(run) if finishing else run.record.outcome.exit_code


@contextmanager
def _letting_go(run: Deployment) -> Iterator[None]:
    """Who has lost one host has lost all: the watchdogs of the others need not wait until the lease runs out."""
    try:
        yield
    except LeaseLost:
        run.interrupts.settle()
        give_back(run)
        raise


def _finish(run: Deployment) -> None:
    """People are told where the end could not be written down too; of a run that was taken over, the other tells."""
    try:
        finish(run)
    except PersonNeeded:
        notify(run)
        raise


def _one(run: Deployment, stage: PlannedStage) -> None:
    """A stage whose process ends with it: what the next one has to know is written down."""
    try:
        _stage(run, stage)
    except PycanaryError as error:
        _failed(run, error)
    else:
        if not run.fleet.left_behind:
            return
        run.update_record(outcome=Outcome.PERSON_NEEDED, **left_behind(run))
    run.try_to_save(record=run.taken_over)


def _stage(run: Deployment, stage: PlannedStage) -> None:
    run.reporter.say("stage", f"{stage.name}: {stage.summary}")
    begun, started_at = time.monotonic(), run.now
    try:
        STAGES[stage.action](run, stage)
    except PycanaryError as error:
        error.mask(run.reporter.masker.mask)  # it may quote what an application said
        _record(run, stage, started_at, begun, f"failed: {error.found}")
        raise
    except Exception as error:  # a fault of our own: the users are brought back all the same
        LOG.debug("stage %s", stage.name, exc_info=True)
        _record(run, stage, started_at, begun, f"failed: {type(error).__name__}")
        raise StageFailed(
            f"pycanary met something it does not know: {type(error).__name__}: {error}",
            remedy="run the command again with --debug and report what it prints",
        ) from error
    _record(run, stage, started_at, begun, "done")
    run.save()


def _record(run: Deployment, stage: PlannedStage, started_at: str, begun: float, outcome: str) -> None:
    record = StageRecord(
        name=stage.name, started_at=started_at, seconds=round(time.monotonic() - begun, 2), outcome=outcome
    )
    run.update_record(stages=(*run.record.stages, record))


def _failed(run: Deployment, error: PycanaryError) -> None:
    """Roll back, and remember both what failed and where that led. Raises LeaseLost: then nothing is ours to mend."""
    if isinstance(error, LeaseLost):
        raise error
    if isinstance(error, NothingToDo):
        run.update_record(outcome=Outcome.SKIPPED, reason=error.found)
        return
    run.interrupts.settle()
    run.reporter.say("error", error.sentence)
    end_by_going_back(run, error)
