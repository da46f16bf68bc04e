"""Freeing a lock by hand: the same as finding a dead run's host, for a run that may still live."""

from __future__ import annotations

from pycanary.errors import PersonNeeded
from pycanary.host.fleet import combined
from pycanary.run.deployment import Deployment
from pycanary.run.lease import give_back, take_everywhere
from pycanary.run.recover import recover


def unlock(run: Deployment) -> None:
    """Take the lease over everywhere, bring back what the other run's fallback names, and free the lease.

    The plan's type must be `rollback`, which never waits.
    """
    with run.keeper:
        try:
            take_everywhere(run)
            recover(run)
        finally:
            give_back(run)
    if run.fleet.left_behind:
        raise PersonNeeded(
            f"unlocked, but not on {', '.join(run.fleet.left_behind)}: {combined(run.fleet.left_behind).found}",
            remedy="run `pycanary unlock` again once it answers",
        )
    run.reporter.say("done", "unlocked")
