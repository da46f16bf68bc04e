"""What became of a run, told by the error that its process ended with."""

import pytest

from pycanary import ending_file
from pycanary.errors import (
    Aborted,
    LeaseLost,
    Locked,
    NothingToDo,
    PersonNeeded,
    StageFailed,
    UsageError,
)
from pycanary.run.ending import ending_of_error


@pytest.mark.parametrize(
    ("error", "first", "outcome", "finished"),
    [
        (LeaseLost.to("rollback, run 1"), False, "taken over", True),
        (LeaseLost.to(""), False, "reverted", False),
        (Locked("busy"), True, "locked", True),
        (NothingToDo("superseded"), True, "skipped", True),
        (UsageError("no canary.yml"), True, "refused", True),
        (UsageError("no canary.yml"), False, "refused", False),
        (Aborted("stopped by SIGTERM"), True, "aborted", True),
        (PersonNeeded("torn"), False, "person-needed", False),
        (StageFailed("down"), False, "failed", False),
    ],
)
def test_the_word_and_whether_anything_is_left_to_finish(error, first, outcome, finished):
    ending = ending_of_error(None, first=first, error=error)
    assert (ending.outcome, ending.finished) == (outcome, finished)


def test_an_ending_is_read_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ending_file.read("run-1") is None
    ending = ending_of_error(None, first=True, error=Locked("<b>busy</b>", remedy="wait"))
    ending_file.write("run-1", ending)
    assert ending_file.read("run-1") == ending
    assert ending.page == "locked: ‹b›busy‹/b› -› wait"
