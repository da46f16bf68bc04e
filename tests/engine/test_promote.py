"""`promote-canary`, and the settling of the next deployment."""

from __future__ import annotations

from collections.abc import Callable

from tests.engine.world import Running, commits, flawless, pids, shares, split, split_of, start_seconds, view
from tests.lab.lab import Lab


def test_the_canary_serves_and_the_old_stable_stays_for_a_rollback(ready: Lab) -> None:
    ready.configure(steps=["70%"])
    second = ready.repository.commit()
    ready.deploy("canary-auto")
    both = pids(ready, "stable"), pids(ready, "canary")
    with flawless(ready) as users:
        ready.deploy("promote-canary", "--reason", "looks good")
        found = view(ready)
        assert split_of(found) == "1:999"
        assert not found["held_since"]
        assert shares(users)[second[:8]] > 0.9
        again = ready.pycanary("deploy", "promote-canary")
        assert (again.code, "was promoted already" in again.text) == (6, True)
    assert (pids(ready, "stable"), pids(ready, "canary")) == both


def test_no_process_that_carries_users_is_restarted_while_the_next_deployment_settles(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    second = ready.repository.commit()
    ready.deploy("canary-auto")
    ready.deploy("promote-canary")
    serving = pids(ready, "canary")
    third = ready.repository.commit()
    with flawless(ready) as users:
        run = Running(ready, "deploy", "canary-auto")
        run.said("1:999, stable out are served")
        assert pids(ready, "canary") == serving
        run.said("weights 999:1 are served")
        settled = pids(ready, "stable")
        run.said("999:1, canary out are served").said("300:700 are served")
        assert run.end().code == 0
        assert pids(ready, "stable") == settled
        found = view(ready)
        assert (split_of(found), commits(found)) == ("300:700", {"stable": second[:8], "canary": third[:8]})
        assert set(shares(users)) == {second[:8], third[:8]}


def test_there_is_nothing_to_promote_without_a_canary(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    lab.repository.commit()
    lab.deploy("stable")
    result = lab.pycanary("deploy", "promote-canary")
    assert result.code == 2
    assert "there is no canary to promote" in result.text
    assert "`pycanary deploy canary-auto` makes one" in result.text
    assert split(lab) == "999:1, canary out"


def test_a_canary_that_was_judged_bad_is_not_promoted(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    ready.repository.commit(behaviour={"backend": {"exits_with": 3}})
    assert ready.pycanary("deploy", "canary-auto").code == 3
    result = ready.pycanary("deploy", "promote-canary")
    assert result.code == 2
    assert "is out: backend in the canary slot" in result.text
    assert split(ready) == "999:1, canary out"


def test_a_canary_that_fell_ill_in_its_hold_is_not_promoted(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0, services=start_seconds(ready, 1))
    ready.repository.commit()
    ready.deploy("canary-auto")
    ready.behave("backend", "canary", health=503)
    with flawless(ready):
        result = ready.pycanary("deploy", "promote-canary")
        assert result.code == 3
        assert "/health answers 503" in result.text
        assert split(ready) == "300:700, canary out"
