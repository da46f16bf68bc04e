"""A git that dies, or a repository that a kill or a power failure left half made: nothing is lost, and it is mended."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pycanary.errors import HostFailed
from tests.component.local import LocalHost
from tests.component.source.conftest import GIT, Stage, commit_files, git

Dying = Callable[..., Stage]


@pytest.fixture
def dying(stage: Stage, tmp_path: Path) -> Dying:
    """The same host, where `git COMMAND` is killed; once: only the first time."""

    def make(command: str, *, once: bool = False) -> Stage:
        directory, real = tmp_path / "dying", shutil.which("git")
        directory.mkdir()
        gone = f'[ ! -e "{directory}/was" ] && : >"{directory}/was" &&' if once else ""
        wrapper = directory / "git"
        wrapper.write_text(f'#!/bin/sh\ncase " $* " in *" {command} "*) {gone} kill -9 $$ ;; esac\nexec {real} "$@"\n')
        wrapper.chmod(0o755)
        return replace(stage, host=LocalHost({**GIT, "PATH": f"{directory}:{os.environ['PATH']}"}))

    return make


@pytest.mark.parametrize("command", ["status", "rev-list", "diff", "ls-files", "ls-tree"])
def test_a_git_that_dies_does_not_pass_for_an_unchanged_checkout(stage: Stage, dying: Dying, command: str) -> None:
    before = stage.fetch()
    stage.checkout(before.id)
    (stage.canary / "app.txt").write_text("by hand\n")
    newest = commit_files(stage.remote, "second", {"app.txt": "two\n"})
    stage.fetch()
    with pytest.raises(HostFailed) as refused:
        dying(command).checkout(newest)
    assert refused.value.kind in ("write", "in-the-way"), refused.value.found
    assert (stage.canary / "app.txt").read_text() == "by hand\n"
    saved = stage.checkout(newest)
    assert saved is not None
    assert (stage.canary / "app.txt").read_text() == "two\n"


def test_a_first_checkout_that_was_killed_is_made_again(stage: Stage) -> None:
    commit = stage.fetch()
    git(stage.clone, "worktree", "add", "--quiet", "--no-checkout", "--detach", str(stage.canary), commit.id)
    (stage.clone / "worktrees/canary/locked").write_text("initializing")  # as git itself writes it meanwhile
    (stage.canary / "app.txt").write_text("on")
    assert stage.checkout(commit.id) is None
    assert (stage.canary / "app.txt").read_text() == "one\n"
    assert git(stage.canary, "status", "--porcelain") == ""


@pytest.mark.parametrize("left", [b"", None])
def test_an_index_that_a_power_failure_emptied_costs_no_change(stage: Stage, left: bytes | None) -> None:
    stage.deploy()
    (stage.canary / "app.txt").write_text("by hand\n")
    (stage.canary / "new.txt").write_text("made by hand\n")
    index = stage.clone / "worktrees/canary/index"
    if left is None:
        index.unlink()
    else:
        index.write_bytes(left)
    newest = commit_files(stage.remote, "second", {"app.txt": "two\n", "new.txt": "from git\n"})
    saved = stage.deploy()
    assert saved is not None
    assert git(stage.canary, "rev-parse", "HEAD") == newest
    stashed = git(stage.canary, "show", "stash@{0}:app.txt"), git(stage.canary, "show", "stash@{0}^3:new.txt")
    assert stashed == ("by hand", "made by hand")


def test_a_checkout_that_was_killed_is_not_refused_over_its_own_file(stage: Stage) -> None:
    stage.deploy()
    (stage.remote / "build").mkdir()
    (stage.remote / "build/new").write_text("from git\n")
    git(stage.remote, "add", "--force", "build/new")
    newest = commit_files(stage.remote, "tracks what is ignored", {})
    (stage.canary / "build").mkdir()
    (stage.canary / "build/new").write_text("from git\n")
    stage.deploy()
    assert git(stage.canary, "rev-parse", "HEAD") == newest
    assert (stage.canary / "build/new").read_text() == "from git\n"


def test_a_fetch_that_failed_once_costs_no_clone(stage: Stage, dying: Dying) -> None:
    stage.deploy()
    newest = commit_files(stage.remote, "second", {"app.txt": "two\n"})
    assert dying("fetch", once=True).fetch().id == newest
    assert not list(Path(stage.layout.backups).glob("*clone*"))


def test_more_that_somebody_configured_to_fetch_goes(stage: Stage) -> None:
    stage.deploy()
    git(stage.clone, "config", "--add", "remote.origin.fetch", "+refs/tags/*:refs/tags/*")
    newest = commit_files(stage.remote, "second", {"app.txt": "two\n"})
    assert stage.fetch().id == newest
