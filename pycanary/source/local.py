"""The checkout that pycanary runs in, where there is one."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

GIT_SECONDS = 10
NEEDED = ("PATH", "HOME", "XDG_CONFIG_HOME")  # the rest of our environment may be secrets, and is not git's business


def head(directory: Path) -> str | None:
    """The full id of the commit that is checked out here; None where this is no checkout."""
    return _git(directory, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")


def find_commit(directory: Path, name: str) -> str | None:
    """The full id of a branch of origin, a tag or a commit that this checkout knows; None for any other name."""
    for reference in (f"refs/remotes/origin/{name}", f"refs/tags/{name}", f"refs/heads/{name}"):
        found = _git(directory, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
        if found:
            return found
    return None


def commit_time(directory: Path, commit: str | None) -> int:
    """When a commit was made, in seconds since 1970; now, where this checkout does not know it.

    Of several deployments that wait, the one with the newest commit goes on.
    """
    known = _git(directory, "log", "-1", "--format=%ct", f"{commit}^{{commit}}") if commit else None
    return int(known) if known and known.isdecimal() else int(time.time())


def _git(directory: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *arguments],
            env={name: value for name, value in os.environ.items() if name in NEEDED or name.startswith("GIT_")},
            capture_output=True,
            text=True,
            check=False,
            timeout=GIT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
