"""What a host has written down: the records of former runs, and the state of now."""

from __future__ import annotations

from pydantic import ValidationError

from pycanary.host.script import Script
from pycanary.state.model import RunState


def records(state: str, count: int) -> Script:
    """Ask for the last `count` records; `read_records` reads what comes back."""
    return Script("history", {"STATE": state, "COUNT": count})


def settled(state: str) -> Script:
    """Ask for state.json once no script that changes it works any more."""
    return Script("settled", {"STATE": state})


def ended(state: str, run_id: str) -> Script:
    """Ask for the record of a run whose end is written down and whose lease is given back; nothing otherwise."""
    return Script("ended", {"STATE": state, "RUN": run_id})


def read_records(output: str) -> list[RunState]:
    """The records, newest first; one that cannot be read (of another version, or damaged) is left out."""
    found: list[RunState] = []
    rest = output.encode()
    while rest:
        length, _, rest = rest.partition(b"\n")
        text, rest = rest[: int(length)], rest[int(length) :]
        try:
            found.append(RunState.model_validate_json(text))
        except ValidationError:
            continue
    return found
