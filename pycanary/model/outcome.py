"""How a deployment can have ended."""

from __future__ import annotations

from enum import Enum

from pycanary.errors import ExitCode


class Outcome(str, Enum):
    """The word that records, messages and machines know an end by; false while there is none."""

    IN_PROGRESS = ""
    DONE = "done"
    HELD = "held"
    SKIPPED = "skipped"
    FAILED = "failed"
    ABORTED = "aborted"
    PERSON_NEEDED = "person-needed"
    TAKEN_OVER = "taken over"
    REVERTED = "reverted"  # by the host itself, its lease had run out
    DIED = "died"  # nobody wrote its end down

    def __str__(self) -> str:
        return self.value

    @property
    def words(self) -> str:
        """What a run says of its own end: "canary-auto is held for a decision"."""
        return _WORDS.get(self, self.value)

    @property
    def exit_code(self) -> ExitCode:
        """What whoever called is told; in progress is a stage that is not the last one."""
        return _CODES.get(self, ExitCode.PUT_BACK)


_WORDS = {
    Outcome.DONE: "is done",
    Outcome.HELD: "is held for a decision",
    Outcome.SKIPPED: "has nothing to do",
    Outcome.ABORTED: "was aborted",
    Outcome.PERSON_NEEDED: "failed and a person is needed",
}
_CODES = {
    Outcome.IN_PROGRESS: ExitCode.DONE,
    Outcome.DONE: ExitCode.DONE,
    Outcome.HELD: ExitCode.DONE,
    Outcome.SKIPPED: ExitCode.NOTHING_TO_DO,
    Outcome.PERSON_NEEDED: ExitCode.PERSON_NEEDED,
}
