"""The releases that a host remembers."""

from __future__ import annotations

from pycanary.errors import UsageError
from pycanary.model.release import Release
from pycanary.run.deployment import Deployment
from pycanary.state.history import read_records, records


def kept_commits(run: Deployment) -> tuple[str, ...]:
    """Commits whose objects and images stay on the host: of both slots, and the last `keep.releases` releases."""
    known = _known(run)
    newest = sorted(known, reverse=True)[: run.config.keep.releases]
    releases = (*run.state.slots.values(), *(known[number] for number in newest))
    return tuple(dict.fromkeys(release.commit.id for release in releases))


def release_of_history(run: Deployment, number: int) -> Release:
    """The release of that number. Raises UsageError naming those that are known."""
    known = _known(run)
    if number not in known:
        numbers = ", ".join(str(one) for one in sorted(known)) or "none"
        raise UsageError(
            f"no release {number} in the history", expected=f"one of {numbers}", remedy="see `pycanary history`"
        )
    return known[number]


def _known(run: Deployment) -> dict[int, Release]:
    history = read_records(run.leader.run(records(run.layout.state, run.config.keep.runs)))
    deployed = [*(record.target for record in reversed(history) if record.target), *run.state.slots.values()]
    return {release.number: release for release in deployed}
