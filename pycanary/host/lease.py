"""The lease of one run on a host: lock, heartbeat and dead man's switch in one (resources/pycanary/host/lib.sh)."""

from __future__ import annotations

from dataclasses import dataclass

from pycanary.host.script import Script, Value
from pycanary.printable import one_line

TAKING_SECONDS = 40  # 30 of them for a script that still works: a host that hangs keeps a rollback of others waiting
LONGEST = 120  # of a value in the lease file, which has a line for each key


@dataclass(frozen=True)
class Owner:
    """Who holds a lease, as others read it."""

    run_id: str
    who: str = ""
    since: str = ""
    type: str = ""
    come_from: str = ""  # the machine that pycanary runs on
    url: str = ""
    seconds_left: int = 0

    def __str__(self) -> str:
        where = f" on {self.come_from}" if self.come_from else ""
        link = f", {self.url}" if self.url else ""
        return f"{self.type} by {self.who or 'somebody'}{where} since {self.since} (run {self.run_id}{link})"


@dataclass(frozen=True)
class Answer:
    """What a host said to a request for its lease.

    word: taken, mine, took-over (from a dead or pre-empted owner), busy, superseded (by a newer commit in the queue),
    lost (asked to renew only, and somebody else has it).
    """

    word: str
    other: Owner
    state_json: str


def acquire(
    state: str,
    owner: Owner,
    *,
    seconds: int,
    commit_time: int = 0,
    newest_only: bool = False,
    preempt: bool = False,
    only_mine: bool = False,
) -> Script:
    """Ask for the lease; `parse_answer` reads what comes back.

    commit_time (seconds since 1970) decides which of several waiting runs is the newest; preempt takes a living
    owner's lease over; only_mine renews and never takes.
    """
    values: dict[str, Value] = {
        "STATE": state,
        "RUN": owner.run_id,
        "WHO": one_line(owner.who, LONGEST),
        "TYPE": owner.type,
        "FROM": one_line(owner.come_from, LONGEST),
        "URL": one_line(owner.url, LONGEST),
        "SINCE": owner.since,
        "SECONDS_LEFT": seconds,
        "COMMIT_TIME": commit_time,
        "NEWEST_ONLY": newest_only,
        "PREEMPT": preempt,
        "ONLY_MINE": only_mine,
    }
    return Script("acquire", values, TAKING_SECONDS)


def keep(state: str, run_id: str) -> Script:
    """The conversation that renews the lease and tells when it is lost."""
    return Script("keep", {"STATE": state, "RUN": run_id})


def look(state: str) -> Script:
    """Read the lease and the state without touching them; `parse_answer` reads it: free, busy or expired."""
    return Script("look", {"STATE": state})


def release(state: str, run_id: str) -> Script:
    """Give the lease back and leave the queue."""
    return Script("release", {"STATE": state, "RUN": run_id})


def parse_owner(lines: list[str]) -> Owner:
    """An owner from the key=value lines that lease_describe prints."""
    values = dict(line.partition("=")[::2] for line in lines)
    left = values.get("left", "0")
    return Owner(
        run_id=values.get("run", ""),
        who=values.get("who", ""),
        since=values.get("since", ""),
        type=values.get("type", ""),
        come_from=values.get("from", ""),
        url=values.get("url", ""),
        seconds_left=int(left) if left.lstrip("-").isdigit() else 0,
    )


def parse_answer(output: str) -> Answer:
    """What acquire.sh printed."""
    head, _, state_json = output.partition("\n\n")
    word, *lines = head.splitlines()
    return Answer(word, parse_owner(lines), state_json)
