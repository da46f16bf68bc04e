"""Runs that ask one host for its lease, over a real connection."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from pycanary.host import lease
from pycanary.host.connection import Conversation, Host
from tests.lab.lease import expires


class Runs:
    """Several runs that want the same host."""

    def __init__(self, host: Host, state: Path) -> None:
        self.host, self.state = host, str(state)

    def ask(self, run_id: str, *, seconds: int = 60, type: str = "canary-auto", **rules: object) -> lease.Answer:
        owner = lease.Owner(run_id, who=f"person of {run_id}", since="now", type=type, come_from="a laptop")
        output = self.host.run(lease.acquire(self.state, owner, seconds=seconds, **rules))  # type: ignore[arg-type]
        return lease.parse_answer(output)

    def word(self, run_id: str, **rules: object) -> str:
        return self.ask(run_id, **rules).word  # type: ignore[arg-type]

    def release(self, run_id: str) -> None:
        self.host.run(lease.release(self.state, run_id))

    def keeper(self, run_id: str) -> closing[Conversation]:
        """The conversation that keeps the lease, for a `with` block."""
        return closing(self.host.converse(lease.keep(self.state, run_id)))

    @property
    def expires(self) -> float:
        """When the lease runs out, in seconds of the host's uptime."""
        end = expires(Path(self.state))
        assert end is not None
        return end
