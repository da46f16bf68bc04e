"""What is wrong with a canary.yml, as data and as sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pycanary.errors import UsageError

Path = tuple[str | int, ...]  # the way to a value: ("hosts", 0, "address")


@dataclass(frozen=True)
class Problem:
    """One fault: where it stands, what was found, what was expected, what to do.

    line counts from 1; it is None, and key empty, where the file as a whole is meant.
    """

    file: str
    line: int | None
    key: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        head = f"{where}: {self.key}: {self.found}" if self.key else f"{where}: {self.found}"
        if self.expected:
            head += f" (expected {self.expected})"
        return f"{head}\n  -> {self.remedy}"


class ConfigInvalid(UsageError):
    """canary.yml cannot be used; `problems` holds everything that is wrong with it, in the order of its lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def key_of(path: Path) -> str:
    """A path as people write it: "hosts[0].address"; what stands behind "=" in a name may be a secret."""
    text = ""
    for part in path:
        name = part if isinstance(part, int) else str(part).partition("=")[0]
        text += f"[{name}]" if isinstance(part, int) else f".{name}" if text else str(name)
    return text
