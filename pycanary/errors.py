"""One small family of errors. Each is a sentence for the person at the terminal, and an exit code for the caller."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum


class ExitCode(IntEnum):
    """What `pycanary` exits with; documented in the README."""

    DONE = 0
    USAGE = 2
    PUT_BACK = 3
    PERSON_NEEDED = 4
    LOCKED = 5
    NOTHING_TO_DO = 6


class PycanaryError(Exception):
    """Something a person has to read.

    found: what is the case. expected: what should be. where: host, file, line, key. remedy: what to do now.
    """

    exit_code = ExitCode.PUT_BACK

    def __init__(self, found: str, *, expected: str = "", where: str = "", remedy: str = "") -> None:
        self.found, self.expected, self.where, self.remedy = found, expected, where, remedy
        super().__init__(self.sentence)

    def mask(self, mask: Callable[[str], str]) -> None:
        """Take secrets out in place: the same error is recorded, printed and sent."""
        self.found, self.expected = mask(self.found), mask(self.expected)
        self.where, self.remedy = mask(self.where), mask(self.remedy)
        self.args = (self.sentence,)

    @property
    def sentence(self) -> str:
        """The whole error on one or two lines: where, what was found, what was expected, what to do."""
        head = f"{self.where}: {self.found}" if self.where else self.found
        if self.expected:
            head += f" (expected {self.expected})"
        return f"{head}\n  -> {self.remedy}" if self.remedy else head


class UsageError(PycanaryError):
    """The command or canary.yml cannot be carried out as written; nothing was touched."""

    exit_code = ExitCode.USAGE


class StageFailed(PycanaryError):
    """A stage could not do its work; the deployment is rolled back."""


class HostFailed(StageFailed):
    """A host refused, failed or could not be reached. kind: a word that code may branch on."""

    def __init__(self, found: str, *, kind: str, where: str = "", expected: str = "", remedy: str = "") -> None:
        super().__init__(found, expected=expected, where=where, remedy=remedy)
        self.kind = kind

    @property
    def cut_short(self) -> bool:
        """Whether it may have done anything, or half of it: a script that fails by itself leaves all as it was."""
        return self.kind in ("timeout", "status", "connection")


class LeaseLost(PycanaryError):
    """Another run took this one's host over, or nobody has it any more; this one yields without touching anything."""

    @classmethod
    def to(cls, owner: str, *, where: str = "") -> LeaseLost:
        """The error of a run that learns who has its host now; owner: empty where nobody has."""
        if not owner:
            return LeaseGone(
                "this run has lost the host: its lease ran out, and the host put itself right, or somebody freed it",
                where=where,
                remedy="`pycanary status` tells what is served; deploy again",
            )
        remedy = "nothing: the other run has the hosts now; this one changed nothing since"
        return cls(f"this run was taken over by {owner}", where=where, remedy=remedy)


class LeaseGone(LeaseLost):
    """Nobody has this run's host any more; so nobody else tells people how the run ended."""


class Aborted(StageFailed):
    """A signal asked this process to stop."""


class PersonNeeded(PycanaryError):
    """The host could not be put back by itself; the remedy is what a person does now."""

    exit_code = ExitCode.PERSON_NEEDED


class Locked(PycanaryError):
    """Another deployment holds the lease."""

    exit_code = ExitCode.LOCKED


class NothingToDo(PycanaryError):
    """Skipped, with the reason; not a failure."""

    exit_code = ExitCode.NOTHING_TO_DO
