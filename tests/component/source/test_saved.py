"""Whatever somebody changed by hand in a slot is saved twice, and both ways back work."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pycanary.source.checkout import Saved
from tests.component.source.conftest import Stage, commit_files, git

ODD_NAMES = (
    "with space",
    "-n",
    "--help",
    "quo'te",
    'dou"ble',
    "new\nline",
    "tab\there",
    "한글",
    "$HOME `id`",
    "*",
    "\\",
)


def content(top: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below but git's own, with its mode."""
    found = {}
    for path in sorted(top.rglob("*")):
        if ".git" not in path.relative_to(top).parts and (path.is_file() or path.is_symlink()):
            data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(top))] = (path.lstat().st_mode, data)
    return found


def modified(stage: Stage) -> None:
    (stage.canary / "app.txt").write_text("by hand\n")


def staged(stage: Stage) -> None:
    modified(stage)
    git(stage.canary, "add", "app.txt")
    (stage.canary / "app.txt").write_text("and again\n")


def untracked(stage: Stage) -> None:
    for name in ODD_NAMES:
        (stage.canary / name).write_text(f"content of {name}")


def odd_names_modified(stage: Stage) -> None:
    commit_files(stage.remote, "odd names", dict.fromkeys(ODD_NAMES, "one\n"))
    stage.deploy()
    for name in ODD_NAMES[:4]:
        (stage.canary / name).write_text("by hand\n")
    for name in ODD_NAMES[4:6]:
        (stage.canary / name).unlink()


def deleted(stage: Stage) -> None:
    (stage.canary / "app.txt").unlink()
    git(stage.canary, "rm", "--quiet", "folder/other.txt")


def renamed(stage: Stage) -> None:
    git(stage.canary, "mv", "app.txt", "renamed.txt")


def mode(stage: Stage) -> None:
    (stage.canary / "app.txt").chmod(0o755)


def symlinks(stage: Stage) -> None:
    (stage.canary / "app.txt").unlink()
    (stage.canary / "app.txt").symlink_to("nowhere")
    (stage.canary / "folder link").symlink_to("folder")


def file_became_folder(stage: Stage) -> None:
    (stage.canary / "app.txt").unlink()
    (stage.canary / "app.txt").mkdir()
    (stage.canary / "app.txt/inside").write_text("inside\n")


def folder_became_file(stage: Stage) -> None:
    (stage.canary / "folder/other.txt").unlink()
    (stage.canary / "folder").rmdir()
    (stage.canary / "folder").write_text("a file now\n")


def binary(stage: Stage) -> None:
    (stage.canary / "app.txt").write_bytes(bytes(range(256)) * 9)
    (stage.canary / "new.bin").write_bytes(b"\0\xff" * 999)


def announced_only(stage: Stage) -> None:
    (stage.canary / "new.txt").write_text("new\n")
    git(stage.canary, "add", "--intent-to-add", "new.txt")


def hidden_from_git(stage: Stage) -> None:
    git(stage.canary, "update-index", "--assume-unchanged", "app.txt")
    git(stage.canary, "update-index", "--skip-worktree", "folder/other.txt")
    (stage.canary / "app.txt").write_text("by hand\n")
    (stage.canary / "folder/other.txt").write_text("by hand\n")


def diverged(stage: Stage) -> str:
    """Two commits that conflict, the checkout at the second one of them; returns the first."""
    base = git(stage.canary, "rev-parse", "HEAD")
    first = commit_files(stage.canary, "theirs", {"app.txt": "theirs\n", "theirs.txt": "theirs\n"})
    git(stage.canary, "checkout", "--quiet", "--detach", base)
    commit_files(stage.canary, "ours", {"app.txt": "ours\n"})
    return first


def half_done(verb: str) -> Callable[[Stage], None]:
    def change(stage: Stage) -> None:
        first = diverged(stage)
        with pytest.raises(subprocess.CalledProcessError):
            git(stage.canary, *verb.split(), first)
        (stage.canary / "note of the merge").write_text("untracked\n")

    change.__name__ = f"half-done {verb}"
    return change


CHANGES = (
    modified,
    staged,
    untracked,
    odd_names_modified,
    deleted,
    renamed,
    mode,
    symlinks,
    file_became_folder,
    folder_became_file,
    binary,
    announced_only,
    hidden_from_git,
    half_done("merge"),
    half_done("rebase"),
    half_done("cherry-pick"),
    half_done("revert"),
)


def saved_by(stage: Stage) -> Saved:
    saved = stage.deploy()
    assert saved is not None
    assert git(stage.canary, "status", "--porcelain", "--ignored") == ""
    assert git(stage.canary, "rev-parse", "HEAD") == git(stage.remote, "rev-parse", "HEAD")
    return saved


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_stash_brings_every_file_back(stage: Stage, change: Callable[[Stage], None]) -> None:
    stage.deploy()
    change(stage)
    before = content(stage.canary)
    commit_files(stage.remote, "next", {"other file": "two\n"})
    saved = saved_by(stage)
    assert len(saved.stashes) == 1
    stage.type(*saved.restore)
    assert content(stage.canary) == before


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_backup_brings_every_file_and_the_status_back(stage: Stage, change: Callable[[Stage], None]) -> None:
    stage.deploy()
    change(stage)
    before, status = content(stage.canary), git(stage.canary, "status", "--porcelain")
    commit_files(stage.remote, "next", {"other file": "two\n"})
    saved = saved_by(stage)
    assert not Path(saved.directory).is_relative_to(stage.canary)
    stage.type(*saved.restore_backup)
    assert content(stage.canary) == before
    if change is not hidden_from_git:
        assert git(stage.canary, "status", "--porcelain") == status


def test_a_half_done_merge_goes_on_after_its_restore(stage: Stage) -> None:
    stage.deploy()
    half_done("merge")(stage)
    saved = saved_by(stage)
    stage.type(*saved.restore_backup)
    assert "All conflicts fixed" not in git(stage.canary, "status")
    commit_files(stage.canary, "merged", {"app.txt": "both\n"})
    assert len(git(stage.canary, "log", "-1", "--format=%p").split()) == 2


def test_local_commits_are_kept_even_when_git_cleans_up(stage: Stage) -> None:
    stage.deploy()
    local = commit_files(stage.canary, "local", {"app.txt": "by hand\n"})
    saved = saved_by(stage)
    assert saved.stashes == ()
    git(stage.clone, "reflog", "expire", "--expire=now", "--all")
    git(stage.clone, "gc", "--quiet", "--prune=now")
    stage.type(*saved.restore)
    assert git(stage.canary, "rev-parse", "HEAD") == local
    heads = git(stage.canary, "bundle", "list-heads", f"{saved.directory}/1/commits.bundle")
    assert heads.startswith(local)


def test_a_local_branch_stays(stage: Stage) -> None:
    stage.deploy()
    git(stage.canary, "checkout", "--quiet", "-b", "hotfix")
    local = commit_files(stage.canary, "local", {"app.txt": "by hand\n"})
    saved_by(stage)
    assert git(stage.canary, "rev-parse", "hotfix") == local
    assert git(stage.canary, "rev-parse", "--abbrev-ref", "HEAD") == "HEAD"


def test_a_repository_inside_is_moved_to_the_backup(stage: Stage) -> None:
    stage.deploy()
    (stage.canary / "tool").mkdir()
    git(stage.canary / "tool", "init", "--quiet")
    (stage.canary / "tool/notes").write_text("precious")
    saved = saved_by(stage)
    assert (Path(saved.directory) / "aside/1-left/notes").read_text() == "precious"
    stage.type(*saved.restore_backup)
    assert (stage.canary / "tool/notes").read_text() == "precious"


def test_the_backup_says_what_was_there(stage: Stage) -> None:
    stage.deploy()
    staged(stage)
    saved = saved_by(stage)
    backup = Path(saved.directory) / "1"
    assert "+by hand" in (backup / "staged.patch").read_text()
    assert "+and again" in (backup / "unstaged.patch").read_text()
    assert "Changes not staged for commit" in (backup / "status.txt").read_text()
    assert Path(saved.directory).stat().st_mode & 0o777 == 0o700
    listed = (Path(saved.directory) / "RESTORE.txt").read_text()
    assert all(command in listed for command in (*saved.restore, *saved.restore_backup))
    message = git(stage.canary, "stash", "list")
    assert "pycanary: canary, run run-1, 20" in message


def test_a_second_checkout_saves_nothing(stage: Stage) -> None:
    stage.deploy()
    modified(stage)
    assert stage.deploy() is not None
    assert stage.deploy() is None
