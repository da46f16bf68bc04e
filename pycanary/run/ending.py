"""From the end of one stage's process to what its CI build is told."""

from __future__ import annotations

from pycanary.ending_file import Ending, Word
from pycanary.errors import (
    Aborted,
    ExitCode,
    LeaseGone,
    LeaseLost,
    Locked,
    NothingToDo,
    PersonNeeded,
    PycanaryError,
    UsageError,
)
from pycanary.model.outcome import Outcome
from pycanary.notify.page import plain
from pycanary.plan import Action, PlannedStage
from pycanary.run.deployment import Deployment

# The first that fits.
WORDS: tuple[tuple[type[PycanaryError], Word], ...] = (
    (LeaseGone, Outcome.REVERTED),
    (LeaseLost, Outcome.TAKEN_OVER),
    (Locked, "locked"),
    (NothingToDo, Outcome.SKIPPED),
    (Aborted, Outcome.ABORTED),
    (PersonNeeded, Outcome.PERSON_NEEDED),
    (UsageError, "refused"),
)


def ending_of_error(run: Deployment | None, *, first: bool, error: PycanaryError) -> Ending:
    """A process that ended by an error. Its run has nothing to finish where it never began, or is another's now.

    run: None where the process did not get that far. first: it was the stage that begins the run.
    """
    word = next((word for kind, word in WORDS if isinstance(error, kind)), Outcome.FAILED)
    ours = run is not None and any(
        state.run is not None and state.run.id == run.plan.run_id for state in run.states.values()
    )
    finished = word is Outcome.TAKEN_OVER or (first and not ours)
    sentence = plain(error.sentence)
    return Ending(outcome=word, sentence=sentence, page=f"{word}: {sentence}", finished=finished)


def ending_of_stage(run: Deployment, stage: PlannedStage, code: ExitCode) -> Ending | None:
    """A stage that came to its end; None while the run goes on."""
    finished = stage.action is Action.FINISH
    if code is ExitCode.DONE and not finished:
        return None
    record = run.record
    back = f"; rolled back to {record.rolled_back_to}" if record.rolled_back_to else ""
    sentence = plain(f"{record.reason or record.outcome}{back}")
    return Ending(outcome=record.outcome, sentence=sentence, page=_page(run), finished=finished)


def _page(run: Deployment) -> str:
    record, target = run.record, run.record.target
    served = run.state.traffic.summary if run.state.traffic else "nothing is served"
    release = f", release {target.label} by {target.commit.author}" if target else ""
    reason = f"; {record.reason}" if record.reason else ""
    return plain(f"{record.outcome}: {served}{release}{reason}")
