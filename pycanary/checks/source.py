"""Findings on the repository, as the deploy user on the host reaches it."""

from __future__ import annotations

from difflib import get_close_matches

from pycanary.checks.finding import Finding
from pycanary.checks.host_facts import HostFacts
from pycanary.config.sections import Git
from pycanary.host.remedies import remedy


def repository(facts: HostFacts, git: Git) -> Finding:
    """Whether the remote answers and has the branch."""
    if facts.remote is None:
        return Finding("error", "repository", "cannot be asked without git", "install git on the host first")
    if facts.remote != "ok":
        kind, _, sentence = facts.remote.partition(":")
        return Finding("error", "repository", sentence, remedy(kind))
    if git.branch in facts.branches:
        return Finding("ok", "repository", f"{git.remote} has the branch {git.branch}")
    near = get_close_matches(git.branch, facts.branches, n=3, cutoff=0.4)
    hint = f"; the nearest are: {', '.join(near)}" if near else ""
    if not facts.branches:
        hint = "; nothing has been pushed to it yet"
    return Finding("error", "repository", f"{git.remote} has no branch '{git.branch}'{hint}", remedy("branch"))
