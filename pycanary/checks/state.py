"""Findings on what the host remembers: who has it, and whether state, files and the running NGINX agree."""

from __future__ import annotations

from collections.abc import Iterator

from pycanary.checks.finding import Finding
from pycanary.host.lease import Answer
from pycanary.state.again import serve_again
from pycanary.state.model import HostState


def lock(answer: Answer) -> Finding:
    """The lease."""
    if answer.word == "busy":
        remedy = "wait for it, or `pycanary deploy rollback` to stop it"
        return Finding("advice", "lock", f"a deployment is in progress: {answer.other}", remedy)
    if answer.word == "expired":
        remedy = "the next deployment takes it over and puts the host back; `pycanary unlock` does it now"
        return Finding("warning", "lock", f"left by a deployment that is gone: {answer.other}", remedy)
    return Finding("ok", "lock", "free")


def memory(state: HostState, drift: tuple[str, ...]) -> Iterator[Finding]:
    """The state and what contradicts it."""
    for line in drift:
        remedy = serve_again(state.traffic, state.slots, held=state.hold is not None)
        yield Finding("warning", "drift", line, remedy)
    if state.traffic is None:
        yield Finding("ok", "state", "nothing is deployed yet: `pycanary deploy stable` makes the first release")
    elif not drift:
        yield Finding("ok", "state", f"weights {state.traffic.summary}, the same in state, files and NGINX")
