"""`canary-auto`: up to the hold, what a push does then, and where there is nothing to do."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.engine.world import commits, flawless, mattermost, pids, records, shares, split, split_of, view
from tests.lab.lab import Lab


def test_users_move_in_steps_to_the_hold(ready: Lab) -> None:
    stable = pids(ready, "stable")
    second = ready.repository.commit("the second release")
    ready.configure(mattermost={})
    with mattermost(ready) as told, flawless(ready) as users:
        said = ready.deploy("canary-auto", "--reason", "a look").stdout
        assert re.findall(r"weights (\S+) are served", said) == ["900:100", "600:400", "300:700"]
        found = view(ready)
        assert (split_of(found), commits(found)["canary"]) == ("300:700", second[:8])
        assert found["held_since"]
        assert 0.3 < shares(users)[second[:8]] < 0.98
    assert pids(ready, "stable") == stable
    record = records(ready)[0]
    assert (record["outcome"], record["target"]["commit"]["id"]) == ("held", second)
    assert [stage["name"] for stage in record["stages"]][-3:] == ["shift-10", "shift-40", "shift-70"]
    last = told.last
    assert last["title"] == f"{ready.app}: canary-auto held at 70%"
    assert (last["Started by"], last["Reason"]) == ("`Dev Eloper`", "`a look`")
    assert last["Stable : canary"].endswith("→ 300:700")


def test_a_push_replaces_the_held_canary_after_its_users_went_to_stable(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    second = ready.repository.commit()
    ready.deploy("canary-auto")
    third = ready.repository.commit()
    with flawless(ready) as users:
        said = ready.deploy("canary-auto").stdout
        assert 0.3 < shares(users)[third[:8]] < 0.98
    note = f"the held canary #{view(ready)['releases']['canary']['number'] - 1} {second[:8]} is superseded"
    assert note in said
    assert said.index(note) < said.index("999:1, canary out are served") < said.index("300:700 are served")
    assert any(note in each for each in records(ready)[0]["notes"])


def test_a_push_is_skipped_where_the_held_canary_is_to_be_kept(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0, during_hold="keep")
    ready.repository.commit()
    ready.deploy("canary-auto")
    canary = pids(ready, "canary")
    ready.repository.commit()
    result = ready.pycanary("deploy", "canary-auto")
    assert (result.code, "during_hold is keep" in result.text) == (6, True)
    assert "promote-canary" in result.text
    assert (split(ready), pids(ready, "canary")) == ("300:700", canary)


def test_an_empty_host_needs_a_stable_release_first(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    lab.repository.commit()
    result = lab.pycanary("deploy", "canary-auto")
    assert result.code == 2
    assert "there is no stable release" in result.text
    assert "`pycanary deploy stable` makes one" in result.text
    assert not list(lab.hosts[0].nginx.conf_d.iterdir())
    assert view(lab)["lock"] == "free"


def test_a_commit_that_is_deployed_already_is_skipped_on_demand(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    commit = ready.repository.commit()
    ready.deploy("canary-auto", "--once", "--commit", commit)
    canary = pids(ready, "canary")
    for named in (("--commit", commit), ()):
        result = ready.pycanary("deploy", "canary-auto", "--once", *named)
        assert result.code == 6
        assert f"commit {commit[:8]} is deployed already: release" in result.text
    assert view(ready)["lock"] == "free"
    assert (split(ready), pids(ready, "canary")) == ("300:700", canary)


def test_the_same_commit_again_restarts_nothing(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(bake_seconds=0)
    ready.deploy("canary-auto")
    both = pids(ready, "stable"), pids(ready, "canary")
    with flawless(ready):
        ready.deploy("canary-auto")
    assert (pids(ready, "stable"), pids(ready, "canary")) == both
    assert split(ready) == "300:700"
