"""What became of a run, beside its plan: a CI build reads it after an abort too, when no exit code is left."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pycanary.errors import UsageError
from pycanary.model.outcome import Outcome
from pycanary.plan_file import DIRECTORY

Word = Outcome | Literal["locked", "refused"]
"""A run's outcome, or why it never began."""


class Ending(BaseModel):
    """How far a run came to its end.

    sentence: why, on one line. page: the same for the build's page, with what users are served. finished: the finish
    stage has nothing to do.
    """

    model_config = ConfigDict(frozen=True)

    outcome: Word
    sentence: str
    page: str
    finished: bool


def write(run_id: str, ending: Ending) -> None:
    """Keep it. Raises UsageError where the directory cannot be written."""
    path = _path(run_id)
    try:
        path.parent.mkdir(exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_text(ending.model_dump_json(indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", remedy="run it in a directory you can write"
        ) from error


def read(run_id: str) -> Ending | None:
    """What is known of a run's end; None while it goes on."""
    try:
        return Ending.model_validate_json(_path(run_id).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def write_record(run_id: str, record: str) -> None:
    """Keep the run's record (JSON) for the build's archive. Raises UsageError where the directory cannot be written."""
    path = DIRECTORY / f"{run_id}.record.json"
    try:
        path.write_text(record, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", remedy="run it in a directory you can write"
        ) from error


def _path(run_id: str) -> Path:
    return DIRECTORY / f"{run_id}.ending.json"
