"""A full disk: a sentence, and nothing lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pycanary.errors import HostFailed
from tests.component.source.conftest import Stage, commit_files, git
from tests.component.source.test_saved import content, modified, staged


@pytest.fixture
def small_disk(stage: Stage) -> Iterator[Path]:
    """The directory for backups is a disk of its own, 64 KiB large."""
    where = Path(stage.layout.backups)
    where.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(where)], check=True)
    yield where
    subprocess.run(["umount", str(where)], check=True)


def test_where_the_backup_cannot_be_written_nothing_is_touched(stage: Stage, small_disk: Path) -> None:
    stage.deploy()
    (stage.canary / "large").write_bytes(os.urandom(200_000))
    staged(stage)
    before, status = content(stage.canary), git(stage.canary, "status", "--porcelain")
    commit_files(stage.remote, "next", {"app.txt": "two\n"})
    with pytest.raises(HostFailed, match=r"cannot save the local changes of .*; nothing was changed") as refused:
        stage.deploy()
    assert refused.value.kind == "write"
    assert content(stage.canary) == before
    assert git(stage.canary, "status", "--porcelain") == status
    assert git(stage.canary, "stash", "list") == ""
    assert list(small_disk.iterdir()) == []


@pytest.fixture
def small_host(stage: Stage) -> Iterator[Path]:
    """The whole host is a disk of 3 MiB."""
    where = Path(stage.layout.root)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(where)], check=True)
    (where / "state").mkdir()
    (where / "state/lease").write_text("run=run-1\n")
    yield where
    subprocess.run(["umount", str(where)], check=True)


def test_a_disk_that_is_full_after_the_backup_leaves_the_checkout_as_it_was(stage: Stage, small_host: Path) -> None:
    stage.deploy()
    (stage.remote / "large").write_text("x" * 2_000_000)  # small as an object, large as a file
    commit_files(stage.remote, "large", {"app.txt": "two\n"})
    stage.fetch()
    stage.type(f"rm {stage.source}/large")
    modified(stage)
    before, head = content(stage.canary), git(stage.canary, "rev-parse", "HEAD")
    stage.type(f"head -c 1200000 /dev/zero >{small_host}/other")
    with pytest.raises(HostFailed, match="the disk is full") as refused:
        stage.checkout(git(stage.remote, "rev-parse", "HEAD"))
    assert refused.value.kind == "write"
    assert content(stage.canary) == before
    assert git(stage.canary, "rev-parse", "HEAD") == head


def test_a_fetch_onto_a_full_disk_says_so(stage: Stage, small_host: Path) -> None:
    (stage.remote / "large").write_bytes(os.urandom(5_000_000))
    commit_files(stage.remote, "large", {})
    with pytest.raises(HostFailed, match="the disk is full") as refused:
        stage.fetch()
    assert refused.value.kind == "write"
