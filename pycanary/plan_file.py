"""A plan between the processes of a CI build: a file in the build's own directory."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from pycanary.errors import UsageError
from pycanary.plan import Plan

DIRECTORY = Path(".pycanary")


def save(plan: Plan) -> Path:
    """Keep the plan. Raises UsageError where the directory cannot be written."""
    path = _path(plan.run_id)
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(plan.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", remedy="run it in a directory you can write"
        ) from error
    return path


def read(run_id: str) -> Plan:
    """The plan of a run. Raises UsageError where there is none."""
    path = _path(run_id)
    try:
        return Plan.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"no plan {path} in this directory",
            remedy="`pycanary plan TYPE --save` writes it; run both in one directory",
        ) from None
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the whole file"
        raise UsageError(
            f"{path} was written by another pycanary, or is damaged: {where} does not fit", remedy="make the plan anew"
        ) from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", remedy="make the plan anew") from error


@contextmanager
def held(run_id: str) -> Iterator[None]:
    """One process of a run at a time: a CI system may begin its finish while an aborted stage still puts users back."""
    try:
        file = _path(run_id).open("rb")
    except OSError:  # `read` says it
        yield
        return
    with file:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _path(run_id: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", run_id):
        raise UsageError(
            f"{run_id!r} is no run id", where="--run", expected="the run_id that `pycanary plan --json` prints"
        )
    return DIRECTORY / f"{run_id}.json"
