"""A slot's worktree is brought to exactly one commit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pycanary.errors import HostFailed
from pycanary.model.slot import Slot
from tests.component.source.conftest import Stage, commit_files, git, new_repository


def test_a_slot_gets_exactly_the_commit(stage: Stage) -> None:
    first = git(stage.remote, "rev-parse", "HEAD")
    second = commit_files(stage.remote, "second", {"app.txt": "two\n", "folder/other.txt": None})
    assert stage.deploy() is None
    assert git(stage.canary, "rev-parse", "HEAD") == second
    assert stage.deploy(first) is None
    assert git(stage.canary, "rev-parse", "HEAD") == first
    assert git(stage.canary, "status", "--porcelain") == ""
    assert (stage.canary / "folder/other.txt").read_text() == "other\n"


def test_the_other_slot_is_not_touched(stage: Stage) -> None:
    first = stage.fetch()
    stage.checkout(first.id, Slot.STABLE)
    (Path(stage.layout.worktree(Slot.STABLE)) / "app.txt").write_text("by hand\n")
    commit_files(stage.remote, "second", {"app.txt": "two\n"})
    assert stage.deploy() is None
    assert (Path(stage.layout.worktree(Slot.STABLE)) / "app.txt").read_text() == "by hand\n"


def test_a_commit_that_was_not_fetched_is_an_error(stage: Stage) -> None:
    stage.fetch()
    with pytest.raises(HostFailed, match=r"has no commit f{40}: it was not fetched") as refused:
        stage.checkout("f" * 40)
    assert refused.value.kind == "commit"


def test_ignored_files_are_left_alone(stage: Stage) -> None:
    stage.deploy()
    (stage.canary / "server.log").write_text("log\n")
    (stage.canary / "build").mkdir()
    (stage.canary / "build/out").write_text("out\n")
    commit_files(stage.remote, "second", {"app.txt": "two\n"})
    assert stage.deploy() is None
    assert (stage.canary / "server.log").read_text() == "log\n"
    assert (stage.canary / "build/out").read_text() == "out\n"


@pytest.mark.parametrize(
    ("ignored", "wanted"),
    [("server.log", "server.log"), ("build/out", "build"), ("x.log", "x.log/file"), ("build/out", "build/out")],
)
def test_an_ignored_file_in_the_way_is_named_and_nothing_changes(stage: Stage, ignored: str, wanted: str) -> None:
    stage.deploy()
    before = git(stage.canary, "rev-parse", "HEAD")
    (stage.canary / ignored).parent.mkdir(exist_ok=True)
    (stage.canary / ignored).write_text("data of the host\n")
    (stage.canary / "app.txt").write_text("by hand\n")
    commit_files(stage.remote, "wants it", {})
    (stage.remote / wanted).parent.mkdir(exist_ok=True)
    (stage.remote / wanted).write_text("from git\n")
    git(stage.remote, "add", "--force", wanted)
    git(stage.remote, "commit", "--quiet", "-m", "wants it")
    with pytest.raises(HostFailed, match=f'"wants it" has {ignored}, which git ignores or does not know') as refused:
        stage.deploy()
    assert refused.value.kind == "in-the-way"
    assert (stage.canary / ignored).read_text() == "data of the host\n"
    assert (stage.canary / "app.txt").read_text() == "by hand\n"
    assert git(stage.canary, "rev-parse", "HEAD") == before


def test_files_that_a_new_gitignore_does_not_ignore_any_more_stay(stage: Stage) -> None:
    stage.deploy()
    (stage.canary / "server.log").write_text("log\n")
    commit_files(stage.remote, "ignores nothing", {".gitignore": ""})
    assert stage.deploy() is None
    commit_files(stage.remote, "third", {"app.txt": "three\n"})
    assert stage.deploy() is None
    assert (stage.canary / "server.log").read_text() == "log\n"


def test_a_missing_worktree_is_made_anew(stage: Stage) -> None:
    stage.deploy()
    shutil.rmtree(stage.canary)
    assert stage.deploy() is None
    assert git(stage.canary, "status", "--porcelain") == ""


def test_what_was_staged_outlives_its_worktree(stage: Stage) -> None:
    stage.deploy()
    (stage.canary / "app.txt").write_text("staged\n")
    git(stage.canary, "add", "app.txt")
    shutil.rmtree(stage.canary)
    saved = stage.deploy()
    assert saved is not None
    stage.type(*saved.restore)
    assert (stage.canary / "app.txt").read_text() == "staged\n"


@pytest.mark.parametrize("link", [None, "", "gitdir: /nowhere\n", "nonsense"])
def test_a_broken_link_is_mended_and_changes_are_found(stage: Stage, link: str | None) -> None:
    stage.deploy()
    (stage.canary / "app.txt").write_text("by hand\n")
    (stage.canary / ".git").unlink()
    if link is not None:
        (stage.canary / ".git").write_text(link)
    saved = stage.deploy()
    assert saved is not None
    assert (Path(saved.directory) / "1/unstaged.patch").read_text().count("+by hand") == 1
    assert git(stage.canary, "status", "--porcelain") == ""


@pytest.mark.parametrize("kind", ["directory", "file", "repository", "symlink"])
def test_something_else_in_the_place_of_the_worktree_is_moved_never_deleted(
    stage: Stage, kind: str, tmp_path: Path
) -> None:
    commit = stage.fetch()
    if kind == "file":
        stage.canary.write_text("precious")
    elif kind == "symlink":
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere/notes").write_text("precious")
        stage.canary.symlink_to(tmp_path / "elsewhere")
    else:
        stage.canary.mkdir()
        (stage.canary / "notes").write_text("precious")
        if kind == "repository":
            git(stage.canary, "init", "--quiet")
    saved = stage.checkout(commit.id)
    assert saved is not None
    kept = Path(saved.directory) / "aside/1-canary"
    assert (kept if kind == "file" else kept / "notes").read_text() == "precious"
    assert saved.notes == (f"{stage.canary} was no readable checkout of {stage.clone}; it is kept as {kept}",)
    assert git(stage.canary, "rev-parse", "HEAD") == commit.id


def test_an_empty_directory_is_used(stage: Stage) -> None:
    commit = stage.fetch()
    stage.canary.mkdir()
    assert stage.checkout(commit.id) is None


def test_a_clone_that_was_made_anew_keeps_the_old_checkout(stage: Stage) -> None:
    stage.deploy()
    (stage.canary / "app.txt").write_text("by hand\n")
    shutil.rmtree(stage.clone)
    saved = stage.deploy()
    assert saved is not None
    assert (Path(saved.directory) / "aside/1-canary/app.txt").read_text() == "by hand\n"


def test_a_lock_of_a_dead_git_does_not_matter(stage: Stage) -> None:
    stage.deploy()
    (stage.clone / "worktrees/canary/index.lock").touch()
    newest = commit_files(stage.remote, "second", {"app.txt": "two\n"})
    stage.deploy()
    assert git(stage.canary, "rev-parse", "HEAD") == newest


def test_a_lock_of_a_git_that_works_is_respected(stage: Stage) -> None:
    commit = stage.fetch()
    stage.checkout(commit.id)
    lock = stage.clone / "worktrees/canary/index.lock"
    with subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=stage.canary, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as working:
        lock.touch()
        with pytest.raises(HostFailed, match=rf"git works in .* \(process {working.pid}\) and holds .*index.lock"):
            stage.checkout(commit.id)
        assert lock.exists()
        working.communicate()


def test_files_whose_attributes_disagree_with_what_was_committed_are_no_local_change(stage: Stage) -> None:
    (stage.remote / "crlf.txt").write_bytes(b"one\r\ntwo\r\n")
    git(stage.remote, "-c", "core.autocrlf=false", "add", "crlf.txt")
    git(stage.remote, "commit", "--quiet", "-m", "CRLF")
    (stage.remote / ".gitattributes").write_text("* text=auto eol=lf\n")
    git(stage.remote, "add", ".gitattributes")
    git(stage.remote, "commit", "--quiet", "-m", "attributes later")
    stage.deploy()
    newest = commit_files(stage.remote, "next", {"app.txt": "two\n"})
    assert stage.deploy() is None
    assert git(stage.canary, "rev-parse", "HEAD") == newest
    (stage.canary / "crlf.txt").write_bytes(b"one\r\nby hand\r\n")
    assert stage.deploy() is not None


@pytest.fixture
def with_submodule(stage: Stage, tmp_path: Path) -> Stage:
    """The commit has a submodule `lib`, which has one of its own, `deep`."""
    deep, lib = new_repository(tmp_path / "deep"), new_repository(tmp_path / "lib")
    commit_files(deep, "deep", {"deep.txt": "deep\n"})
    commit_files(lib, "lib", {"lib.txt": "lib\n"})
    git(lib, "submodule", "--quiet", "add", str(deep), "deep")
    commit_files(lib, "with deep", {})
    git(stage.remote, "submodule", "--quiet", "add", str(lib), "lib")
    commit_files(stage.remote, "with lib", {})
    return stage


def test_submodules_follow_the_commit(with_submodule: Stage) -> None:
    stage = with_submodule
    assert stage.deploy() is None
    assert (stage.canary / "lib/deep/deep.txt").read_text() == "deep\n"
    assert stage.deploy() is None
    inner = stage.remote.parent / "lib"
    commit_files(inner, "newer", {"lib.txt": "newer\n"})
    git(stage.remote / "lib", "pull", "--quiet", "origin", "develop")
    commit_files(stage.remote, "newer lib", {})
    assert stage.deploy() is None
    assert (stage.canary / "lib/lib.txt").read_text() == "newer\n"


def test_changes_in_submodules_are_saved_too(with_submodule: Stage) -> None:
    stage = with_submodule
    stage.deploy()
    (stage.canary / "lib/lib.txt").write_text("by hand\n")
    (stage.canary / "lib/deep/new file").write_text("new\n")
    commit_files(stage.canary / "lib/deep", "local", {"deep.txt": "local\n"})
    (stage.canary / "app.txt").write_text("by hand\n")
    saved = stage.deploy()
    assert saved is not None and len(saved.stashes) == 2
    assert git(stage.canary, "status", "--porcelain", "--ignore-submodules=none") == ""
    assert (stage.canary / "lib/lib.txt").read_text() == "lib\n"
    stage.type(*saved.restore)
    assert (stage.canary / "lib/lib.txt").read_text() == "by hand\n"
    assert (stage.canary / "app.txt").read_text() == "by hand\n"
    assert (stage.canary / "lib/deep/deep.txt").read_text() == "local\n"


def test_a_submodule_that_the_commit_drops_is_kept_aside(with_submodule: Stage) -> None:
    stage = with_submodule
    stage.deploy()
    (stage.canary / "lib/data.tmp").write_text("precious")
    git(stage.remote, "rm", "--quiet", "lib")
    commit_files(stage.remote, "without lib", {})
    saved = stage.deploy()
    assert saved is not None
    assert not (stage.canary / "lib").exists()
    assert git(stage.canary, "status", "--porcelain") == ""
    stage.type(f"grep -rq precious {saved.directory}")


def test_a_broken_submodule_makes_way(with_submodule: Stage) -> None:
    stage = with_submodule
    stage.deploy()
    (stage.canary / "lib/.git").write_text("gitdir: /nowhere\n")
    (stage.canary / "lib/notes").write_text("precious")
    saved = stage.deploy()
    assert saved is not None
    assert (Path(saved.directory) / "aside/1-lib/notes").read_text() == "precious"
    assert (stage.canary / "lib/deep/deep.txt").read_text() == "deep\n"
