"""What is asked of git, and how its answers are read."""

from __future__ import annotations

import pytest

from pycanary.errors import HostFailed, UsageError
from pycanary.model.release import Commit
from pycanary.model.slot import Slot
from pycanary.source.checkout import Saved, checkout, parse_saved
from pycanary.source.fetch import fetch, parse_commit
from tests.unit.health.observations import config

ID = "0123456789abcdef0123456789abcdef01234567"


def test_a_fetch_names_remote_branch_and_commit() -> None:
    values = fetch(config(), None, "run-1").values
    assert (values["REMOTE"], values["BRANCH"], values["COMMIT"]) == ("git@example.com:shop.git", "develop", "")
    assert (values["CLONE"], values["SOURCE"]) == ("/srv/shop/clone.git", "/srv/shop/source")
    assert values["UNPIN"] is False
    kept = fetch(config(), "0123ABCD", "run-1", keep=[ID, ID[::-1]]).values
    assert (kept["COMMIT"], kept["KEPT"], kept["UNPIN"]) == ("0123abcd", f"{ID}\n{ID[::-1]}", True)


@pytest.mark.parametrize("commit", ["", "abc", "HEAD", "v1.0", "develop", "-n", "0123 4567", "0" * 65, "abcd\n"])
def test_what_is_no_commit_id_is_refused(commit: str) -> None:
    with pytest.raises(UsageError, match="is no commit id"):
        fetch(config(), commit, "run-1")


def test_a_commit_is_read_whatever_its_message_holds() -> None:
    message = "first\n\nnote=x\nservice y\n\tlast"
    expected = Commit(id=ID, author="Jiwoo Kim", message=message, committed_at=1700000000)
    assert parse_commit(f"{ID}\0Jiwoo Kim\0001700000000\0{message}\n\n") == expected


def test_an_author_and_a_subject_of_10_kb_stay_one_readable_line() -> None:
    nasty = "\x1b[2J\x1b[31m$(id)\r\t`x`" + "y" * 10_000
    commit = parse_commit(f"{ID}\0{nasty}\0001700000000\0{nasty}\n\nbody")
    assert commit.author.startswith("$(id) `x`yyy")
    assert commit.subject.startswith("$(id) `x`yyy")
    assert (len(commit.author), len(commit.subject)) == (100, 200)
    assert commit.message.startswith(nasty)


@pytest.mark.parametrize("output", ["", "nonsense", f"{ID}\0who\0when\0what"])
def test_an_answer_that_is_no_commit_is_an_error(output: str) -> None:
    with pytest.raises(HostFailed, match=r"^shop1: fetch printed no commit .*\n  -> .*`ssh HOST true`"):
        parse_commit(output, where="shop1")


def test_a_checkout_works_in_the_slots_own_directory() -> None:
    values = checkout(config(), Slot.CANARY, ID, "run-1").values
    assert (values["WORKTREE"], values["BACKUPS"]) == ("/srv/shop/canary", "/srv/shop/backups")
    assert (values["SLOT"], values["COMMIT"], values["RUN"]) == ("canary", ID, "run-1")


def test_what_was_saved_is_read() -> None:
    output = (
        "note=moved\nstash=abc\nrestore=git -C /srv/x stash apply --index abc\nrestore=echo a=b\n"
        "restore-backup=tar -xf y\ndirectory=/srv/shop/backups/20260101-canary-checkout\n"
    )
    assert parse_saved(output) == Saved(
        directory="/srv/shop/backups/20260101-canary-checkout",
        stashes=("abc",),
        restore=("git -C /srv/x stash apply --index abc", "echo a=b"),
        restore_backup=("tar -xf y",),
        notes=("moved",),
    )
    assert parse_saved("") is None
