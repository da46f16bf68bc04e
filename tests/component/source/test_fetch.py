"""Bringing a commit to the host, from remotes and into clones as they really are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pycanary.errors import HostFailed, UsageError
from tests.component.source.conftest import GIT, Stage, commit_files, config_of, git, new_repository


def test_the_newest_commit_of_the_branch_is_ready_to_build(stage: Stage) -> None:
    newest = commit_files(stage.remote, "second", {"app.txt": "two\n"})
    commit = stage.fetch()
    assert (commit.id, commit.author, commit.message) == (newest, "Jiwoo Kim", "second")
    assert (stage.source / "app.txt").read_text() == "two\n"


def test_a_message_may_hold_anything(stage: Stage) -> None:
    message = "quotes ' \" $HOME `id`\n\n@channel [x](y)\n\t%s \\n é 한글"
    commit_files(stage.remote, message, {"app.txt": "two\n"})
    assert stage.fetch().message == message


def test_a_commit_is_named_by_its_full_or_short_id(stage: Stage) -> None:
    first = git(stage.remote, "rev-parse", "HEAD")
    commit_files(stage.remote, "second", {"app.txt": "two\n"})
    assert stage.fetch(first).id == first
    assert stage.fetch(first[:9].upper()).id == first
    assert (stage.source / "app.txt").read_text() == "one\n"


def test_an_unknown_commit_names_the_newest_one(stage: Stage) -> None:
    newest = git(stage.remote, "rev-parse", "HEAD")
    with pytest.raises(HostFailed) as refused:
        stage.fetch("deadbeef")
    assert refused.value.kind == "commit"
    assert f'has no commit deadbeef; the newest of its branch develop is {newest[:8]} "first"' in str(refused.value)


def test_what_is_no_commit_id_is_refused_before_anything_is_run(stage: Stage) -> None:
    with pytest.raises(UsageError, match="'--upload-pack=x' is no commit id"):
        stage.fetch("--upload-pack=x")


def test_an_ambiguous_short_id_names_the_commits(stage: Stage) -> None:
    tree = git(stage.remote, "rev-parse", "HEAD^{tree}")
    by_prefix: dict[str, str] = {}
    for number in range(100_000):
        # Identifiers are found without git, which would start a process for each.
        body = (
            f"tree {tree}\nauthor A <a@example.com> {number} +0000\ncommitter A <a@example.com> {number} +0000\n\nm\n"
        )
        identity = _object_id(body)
        if identity[:4] in by_prefix:
            break
        by_prefix[identity[:4]] = body
    for name, text in (("one", by_prefix[identity[:4]]), ("two", body)):
        made = git(stage.remote, "hash-object", "-t", "commit", "-w", "--stdin", stdin=text)
        git(stage.remote, "update-ref", f"refs/heads/{name}", made)
    with pytest.raises(HostFailed, match=f"the short id {identity[:4]} fits several commits: ") as refused:
        stage.fetch(identity[:4])
    assert refused.value.kind == "commit"


def _object_id(body: str) -> str:
    import hashlib

    return hashlib.sha1(f"commit {len(body)}\0{body}".encode(), usedforsecurity=False).hexdigest()


def test_an_unknown_branch_names_the_nearest(stage: Stage) -> None:
    for branch in ("development", "release", "main", "feature/login"):
        git(stage.remote, "branch", branch)
    stage.config = config_of(Path(stage.layout.root), str(stage.remote), "develpo")
    with pytest.raises(HostFailed, match="has no branch 'develpo'; the nearest are: develop, development, ") as refused:
        stage.fetch()
    assert refused.value.kind == "branch"


def test_an_empty_remote_says_so(stage: Stage, tmp_path: Path) -> None:
    empty = new_repository(tmp_path / "empty")
    stage.config = config_of(Path(stage.layout.root), str(empty))
    with pytest.raises(HostFailed, match="has no branches: nothing has been pushed to it yet"):
        stage.fetch()


def test_a_rewritten_branch_is_followed_and_its_old_commit_still_known(stage: Stage) -> None:
    old = commit_files(stage.remote, "to be rewritten", {"app.txt": "two\n"})
    stage.fetch()
    git(stage.remote, "reset", "--quiet", "--hard", "HEAD~1")
    new = commit_files(stage.remote, "rewritten", {"app.txt": "three\n"})
    assert stage.fetch().id == new
    git(stage.clone, "reflog", "expire", "--expire=now", "--all")
    git(stage.clone, "gc", "--quiet", "--prune=now")
    git(stage.remote, "gc", "--quiet", "--prune=now")
    assert stage.fetch(old).id == old


def test_a_branch_that_became_a_folder_of_branches_is_followed(stage: Stage) -> None:
    git(stage.remote, "branch", "feature")
    stage.fetch()
    git(stage.remote, "branch", "-D", "feature")
    git(stage.remote, "branch", "feature/login")
    stage.fetch()
    assert "origin/feature/login" in git(stage.clone, "branch", "--remotes")


def test_pins_of_releases_that_are_not_kept_go(stage: Stage) -> None:
    ids = [stage.fetch().id]
    for text in ("two", "three"):
        commit_files(stage.remote, text, {"app.txt": text})
        ids.append(stage.fetch().id)
    stage.fetch(keep=[ids[1]])
    pins = git(stage.clone, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/pycanary").split()
    assert sorted(pins) == sorted(ids[1:])


def test_another_remote_takes_the_place_of_the_first(stage: Stage, tmp_path: Path) -> None:
    stage.fetch()
    other = new_repository(tmp_path / "other")
    newest = commit_files(other, "elsewhere", {"x": "x"})
    stage.config = config_of(Path(stage.layout.root), str(other))
    assert stage.fetch().id == newest
    assert [path.name for path in stage.source.iterdir() if path.name != ".git"] == ["x"]


@pytest.mark.parametrize(
    ("remote", "kind"),
    [
        ("/nowhere/at/all.git", "remote-missing"),
        ("http://127.0.0.1:1/x.git", "remote-unreachable"),
        ("ssh://git@127.0.0.1:1/x.git", "remote-unreachable"),
        ("https://nowhere.invalid/x.git", "remote-unreachable"),
    ],
)
def test_a_remote_that_cannot_be_had_is_named(stage: Stage, remote: str, kind: str) -> None:
    stage.config = config_of(Path(stage.layout.root), remote)
    with pytest.raises(HostFailed) as refused:
        stage.fetch()
    assert refused.value.kind == kind
    assert remote in str(refused.value)
    assert not stage.clone.exists()


def test_an_unreachable_remote_costs_nothing_that_was_there(stage: Stage) -> None:
    stage.deploy()
    (stage.clone / "HEAD").unlink()
    moved = stage.remote.rename(stage.remote.with_name("moved"))
    with pytest.raises(HostFailed) as refused:
        stage.fetch()
    assert refused.value.kind == "remote-missing"
    moved.rename(stage.remote)
    assert stage.fetch().message == "first"


def test_a_damaged_clone_is_kept_and_made_anew(stage: Stage) -> None:
    commit = stage.fetch()
    stage.checkout(commit.id)
    (stage.canary / "app.txt").write_text("by hand\n")
    (stage.clone / "HEAD").unlink()
    assert stage.fetch() == commit
    assert len(list(Path(stage.layout.backups).glob("*-clone/clone.git"))) == 1
    saved = stage.checkout(commit.id)
    assert saved is not None and len(saved.stashes) == 1


def test_objects_that_a_power_failure_emptied_are_noticed(stage: Stage) -> None:
    commit = stage.fetch()
    for file in (stage.clone / "objects").rglob("*"):
        if file.is_file() and "info" not in file.parts:
            file.chmod(0o644)
            file.write_bytes(b"")
    assert stage.fetch() == commit
    assert (stage.source / "app.txt").read_text() == "one\n"


def test_something_else_in_the_place_of_the_clone_is_moved_never_deleted(stage: Stage) -> None:
    stage.clone.mkdir()
    (stage.clone / "notes").write_text("mine")
    stage.fetch()
    [kept] = Path(stage.layout.backups).glob("*-clone/clone.git/notes")
    assert kept.read_text() == "mine"


def test_locks_of_a_killed_git_are_removed(stage: Stage) -> None:
    stage.fetch()
    newest = commit_files(stage.remote, "second", {"app.txt": "two\n"})
    for lock in ("config.lock", "packed-refs.lock", "refs/remotes/origin/develop.lock", "worktrees/source/index.lock"):
        (stage.clone / lock).touch()
    assert stage.fetch().id == newest


def test_what_was_changed_in_the_build_directory_goes(stage: Stage) -> None:
    stage.fetch()
    (stage.source / "app.txt").write_text("changed")
    (stage.source / "stale.log").write_text("ignored, but it would get into an image")
    stage.fetch()
    assert git(stage.source, "status", "--porcelain", "--ignored") == ""
    shutil.rmtree(stage.source)
    stage.fetch()
    assert (stage.source / "app.txt").read_text() == "one\n"


def test_files_to_build_from_can_be_read_by_others(stage: Stage) -> None:
    stage.fetch()
    assert (stage.source / "app.txt").stat().st_mode & 0o777 == 0o644
    assert stage.clone.stat().st_mode & 0o777 == 0o700


def test_submodules_are_there(stage: Stage, tmp_path: Path) -> None:
    inner = new_repository(tmp_path / "inner")
    commit_files(inner, "inner", {"inner.txt": "inner\n"})
    git(stage.remote, "submodule", "--quiet", "add", str(inner), "lib one")
    commit_files(stage.remote, "with a submodule", {})
    stage.fetch()
    assert (stage.source / "lib one/inner.txt").read_text() == "inner\n"
    shutil.rmtree(stage.source / "lib one")
    stage.fetch()
    assert (stage.source / "lib one/inner.txt").read_text() == "inner\n"


def test_a_submodule_that_cannot_be_had_is_named(stage: Stage, tmp_path: Path) -> None:
    inner = new_repository(tmp_path / "inner")
    commit_files(inner, "inner", {"inner.txt": "inner\n"})
    git(stage.remote, "submodule", "--quiet", "add", str(inner), "lib")
    commit_files(stage.remote, "with a submodule", {})
    inner.rename(tmp_path / "gone")
    with pytest.raises(HostFailed, match=r'a submodule of [0-9a-f]{8} "with a submodule"') as refused:
        stage.fetch()
    assert refused.value.kind == "remote-missing"


def test_a_repository_of_the_longer_ids(stage: Stage, tmp_path: Path) -> None:
    remote = tmp_path / "long"
    remote.mkdir()
    subprocess.run(["git", "init", "-q", "--object-format=sha256", "-b", "develop", str(remote)], check=True)
    newest = commit_files(remote, "long", {"x": "x"})
    stage.config = config_of(tmp_path / "host", str(remote))
    assert len(newest) == 64
    assert stage.fetch().id == newest


def test_a_deploy_user_without_a_home_or_an_identity(stage: Stage, tmp_path: Path) -> None:
    stage.host.environment = {"PATH": stage.host.environment["PATH"], **GIT, "HOME": str(tmp_path / "no-home")}
    commit = stage.fetch()
    stage.checkout(commit.id)
    (stage.canary / "app.txt").write_text("by hand\n")
    assert stage.checkout(commit.id) is not None
