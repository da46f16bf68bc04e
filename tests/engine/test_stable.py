"""`stable`: the first release, the next one over the bridge, after a promotion, instead of a canary, an older one."""

from __future__ import annotations

from collections.abc import Callable

from tests.engine.world import commits, flawless, pids, records, remembered, shares, split_of, view
from tests.lab.lab import Lab


def test_an_empty_host_gets_its_first_release_directly(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    first = lab.repository.commit()
    said = lab.deploy("stable").stdout
    assert "nothing serves yet: the stable slot is started directly" in said
    found = view(lab)
    assert (split_of(found), commits(found), found["lock"]) == ("999:1, canary out", {"stable": first[:8]}, "free")
    assert pids(lab, "canary") == {}
    assert [record["outcome"] for record in records(lab)] == ["done"]
    with flawless(lab) as users:
        assert shares(users) == {first[:8]: 1.0}


def test_the_next_release_crosses_the_other_slot(fresh: Lab) -> None:
    before = pids(fresh, "stable")
    second = fresh.repository.commit()
    with flawless(fresh) as users:
        fresh.deploy("stable")
        found = view(fresh)
        assert (split_of(found), commits(found)) == ("999:1", {"stable": second[:8], "canary": second[:8]})
        assert shares(users) == {second[:8]: 1.0}
    assert set(before.values()).isdisjoint(pids(fresh, "stable").values())
    assert users.all.releases("canary") == {second[:8]}


def test_after_a_promotion_and_instead_of_a_held_canary(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    ready.repository.commit()
    with flawless(ready) as users:
        ready.deploy("canary-auto")
        ready.deploy("promote-canary")
        third = ready.repository.commit()
        ready.deploy("stable")
        found = view(ready)
        assert (split_of(found), commits(found)) == ("999:1", {"stable": third[:8], "canary": third[:8]})
        ready.repository.commit()
        ready.deploy("canary-auto")
        fifth = ready.repository.commit()
        ready.deploy("stable")
        found = view(ready)
        assert (split_of(found), commits(found)) == ("999:1", {"stable": fifth[:8], "canary": fifth[:8]})
        assert not found["held_since"]
        assert shares(users) == {fifth[:8]: 1.0}


def test_a_held_canary_becomes_stable_without_being_started_anew(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    second = ready.repository.commit()
    with flawless(ready):
        ready.deploy("canary-auto")
        canary = pids(ready, "canary")
        ready.deploy("stable")
        found = view(ready)
    assert (split_of(found), commits(found)) == ("999:1", {"stable": second[:8], "canary": second[:8]})
    assert pids(ready, "canary") == canary
    assert len({release["number"] for release in found["releases"].values()}) == 1


def test_an_older_release_comes_back_by_its_number(ready: Lab) -> None:
    old = remembered(ready)["releases"]["stable"]
    ready.repository.commit()
    ready.configure(bake_seconds=0)
    with flawless(ready) as users:
        ready.deploy("stable")
        ready.deploy("stable", "--release", str(old["number"]))
        found = view(ready)
        assert commits(found) == dict.fromkeys(("stable", "canary"), old["commit"]["id"][:8])
        assert {release["number"] for release in found["releases"].values()} == {old["number"]}
        assert shares(users) == {old["commit"]["id"][:8]: 1.0}


def test_a_number_that_nobody_knows_is_refused(ready: Lab) -> None:
    before = pids(ready, "stable")
    result = ready.pycanary("deploy", "stable", "--release", "4711")
    assert "no release 4711 in the history (expected one of" in result.text
    assert result.code == 2
    assert pids(ready, "stable") == before
