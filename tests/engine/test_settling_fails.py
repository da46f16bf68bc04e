"""A settle or a bridge that fails never sends users to the slot that was being made anew."""

from __future__ import annotations

from tests.engine.world import commits, flawless, pids, records, remembered, shares, split_of, view
from tests.lab.lab import Lab


def only_in(lab: Lab, slot: str) -> dict[str, str]:
    """A release whose backend starts in that slot only."""
    port = lab.port("backend", "canary" if slot == "stable" else "stable")
    app = (lab.repository.work / "app.py").read_text()
    return {"app.py": f"import os, sys\nif os.environ['PORT'] == '{port}':\n    sys.exit(3)\n{app}"}


def test_users_stay_on_the_canary_slot_when_the_promoted_release_does_not_start_in_the_stable_one(fresh: Lab) -> None:
    fresh.configure(steps=["70%"], bake_seconds=0)
    second = fresh.repository.commit(files=only_in(fresh, "canary"))
    with flawless(fresh) as users:
        fresh.deploy("canary-auto")
        fresh.deploy("promote-canary")
        canary = pids(fresh, "canary")
        fresh.repository.commit()
        result = fresh.pycanary("deploy", "canary-auto")
        assert (result.code, "backend in the stable slot: it is not running" in result.text) == (3, True), result.text
        found = view(fresh)
        assert (split_of(found), commits(found)["canary"]) == ("1:999, stable out", second[:8])
        assert pids(fresh, "canary") == canary
        assert shares(users) == {second[:8]: 1.0}
        back = fresh.pycanary("deploy", "rollback")
        assert back.code == 4
        assert f"users stay on canary with release #{found['releases']['canary']['number']} {second[:8]}" in back.text
        assert split_of(view(fresh)) == "1:999, stable out"
        third = fresh.repository.commit()
        fresh.deploy("stable")
        assert split_of(view(fresh)) == "999:1"
        assert shares(users) == {third[:8]: 1.0}
    assert records(fresh)[1]["rolled_back_to"].startswith("canary slot, release #")


def test_a_bridge_that_does_not_start_leaves_users_where_they_were(ready: Lab) -> None:
    ready.configure(bake_seconds=0)
    first, stable = commits(remembered(ready))["stable"], pids(ready, "stable")
    ready.repository.commit(behaviour={"backend": {"exits_with": 3}})
    with flawless(ready) as users:
        result = ready.pycanary("deploy", "stable")
        assert result.code == 3
        found = view(ready)
        assert (split_of(found), pids(ready, "stable")) == ("999:1, canary out", stable)
        assert shares(users) == {first: 1.0}
    assert records(ready)[0]["stages"][-1]["name"] == "bridge"


def test_users_stay_on_the_bridge_when_the_slot_that_served_does_not_start_again(fresh: Lab) -> None:
    fresh.configure(bake_seconds=0)
    second = fresh.repository.commit(files=only_in(fresh, "canary"))
    with flawless(fresh) as users:
        assert fresh.pycanary("deploy", "stable").code == 3
        found = view(fresh)
        assert split_of(found) == "1:999, stable out"
        assert shares(users) == {second[:8]: 1.0}
        assert found["releases"]["stable"]["judged_bad"]
        again = fresh.pycanary("deploy", "canary-manual", "--weight", "30%")
        assert (again.code, "backend in the stable slot: it is not running" in again.text) == (3, True), again.text
        assert split_of(view(fresh)) == "1:999, stable out"
