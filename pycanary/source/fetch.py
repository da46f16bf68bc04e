"""Which commit is deployed, and bringing it to the host."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pycanary.config.model import Config
from pycanary.errors import HostFailed, UsageError
from pycanary.host.layout import Layout
from pycanary.host.script import Script
from pycanary.model.release import Commit
from pycanary.printable import LONGEST_NAME, one_line

FETCH_SECONDS = 900  # the first clone of a large repository over a slow line


def fetch(config: Config, commit: str | None, run: str, *, keep: Iterable[str] | None = None) -> Script:
    """Bring all branches to the host and put one commit into the directory that images are built in.

    commit: a full or short id; None is the newest of the configured branch. keep: the ids of all releases that are
    still kept, so that git may forget the others; None forgets none. Raises UsageError for what is no commit id.
    The host fails with kind branch, commit, remote, remote-unreachable, remote-refused, remote-missing,
    remote-host-key or write.
    """
    layout = Layout.of(config)
    if config.git.remote.startswith("-"):
        raise UsageError(f"git.remote {config.git.remote!r} begins with a dash", expected="a repository's address")
    return Script(
        "fetch",
        {
            "STATE": layout.state,
            "RUN": run,
            "TZ": config.time_zone,
            "CLONE": layout.clone,
            "SOURCE": layout.source,
            "BACKUPS": layout.backups,
            "REMOTE": config.git.remote,
            "BRANCH": config.git.branch,
            "COMMIT": "" if commit is None else commit_id(commit),
            "KEPT": "\n".join(keep or ()),
            "UNPIN": keep is not None,
        },
        timeout_seconds=FETCH_SECONDS,
        libraries=("git",),
    )


def commit_id(text: str, where: str = "") -> str:
    """A full or short commit id in lower case; where: what gave it. Raises UsageError for anything else."""
    if not re.fullmatch(r"[0-9a-fA-F]{4,64}", text):
        expected = "4 to 64 hexadecimal digits, such as 1a2b3c4d"
        raise UsageError(f"{text!r} is no commit id", where=where, expected=expected)
    return text.lower()


def parse_commit(output: str, *, where: str = "") -> Commit:
    """What `fetch` printed as a Commit; the message may hold anything but NUL. where: the host, for the error."""
    identity, author, committed_at, message = [*output.split("\0", 3), "", "", ""][:4]
    if not re.fullmatch(r"[0-9a-f]{40}([0-9a-f]{24})?", identity) or not committed_at.isdecimal():
        raise HostFailed(
            f"fetch printed no commit but {output[:200]!r}",
            kind="answer",
            where=where,
            remedy="the deploy user's shell may print that at login: `ssh HOST true` must print nothing",
        )
    return Commit(
        id=identity, author=one_line(author, LONGEST_NAME), committed_at=int(committed_at), message=message.rstrip("\n")
    )
