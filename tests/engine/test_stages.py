"""A plan whose stages run in a process each, as a CI system does it."""

from __future__ import annotations

import json

from tests.engine.world import commits, flawless, pids, records, remembered, split, split_of, view
from tests.lab.lab import Lab, Result


def saved(lab: Lab, *arguments: str) -> tuple[str, list[str]]:
    """The id and the stages of a plan that is kept."""
    plan = json.loads(lab.pycanary("plan", *arguments, "--save", "--json").stdout)
    return plan["run_id"], [stage["name"] for stage in plan["stages"]]


def stage(lab: Lab, name: str, run: str) -> Result:
    return lab.pycanary("stage", name, "--run", run)


def test_a_process_for_each_stage_gives_the_same_as_one_for_all(ready: Lab) -> None:
    ready.configure(bake_seconds=0)
    second = ready.repository.commit()
    run, names = saved(ready, "canary-auto", "--reason", "a look")
    with flawless(ready):
        results = {name: stage(ready, name, run) for name in names}
    assert {name: result.code for name, result in results.items()} == dict.fromkeys(names, 0), results
    found = view(ready)
    assert (split_of(found), commits(found)["canary"], found["lock"]) == ("300:700", second[:8], "free")
    assert found["held_since"]
    record = records(ready)[0]
    assert (record["id"], record["outcome"]) == (run, "held")
    assert [each["name"] for each in record["stages"]] == [name for name in names if name != "finish"]
    again = stage(ready, "finish", run)
    assert again.code == 0, again.text
    late = stage(ready, "shift-10", run)
    assert (late.code, f"run {run} has ended already: held" in late.text) == (3, True)
    assert split(ready) == "300:700"


def test_every_stage_is_safe_to_run_twice(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    first = commits(remembered(ready))["stable"]
    second = ready.repository.commit()
    stable = pids(ready, "stable")
    with flawless(ready):
        for type_ in ("canary-auto", "promote-canary"):
            run, names = saved(ready, type_)
            for name in names:
                for result in (stage(ready, name, run), stage(ready, name, run)):
                    assert result.code == 0, f"{name}: {result.text}"
        found = view(ready)
        assert (split_of(found), commits(found)) == ("1:999", {"stable": first, "canary": second[:8]})
        assert pids(ready, "stable") == stable
    assert [record["outcome"] for record in records(ready)[:2]] == ["done", "held"]


def test_stable_with_each_stage_twice_recreates_each_slot_for_no_user(ready: Lab) -> None:
    ready.configure(bake_seconds=0)
    second = ready.repository.commit()
    run, names = saved(ready, "stable")
    with flawless(ready) as users:
        for name in names:
            for result in (stage(ready, name, run), stage(ready, name, run)):
                assert result.code == 0, f"{name}: {result.text}"
    found = view(ready)
    assert (split_of(found), commits(found)) == ("999:1", {"stable": second[:8], "canary": second[:8]})
    assert second[:8] in users.all.releases("canary")


def test_finish_after_a_failing_stage_tells_how_it_ended(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    ready.repository.commit(behaviour={"backend": {"exits_with": 3}})
    run, names = saved(ready, "canary-auto")
    with flawless(ready):
        codes = [stage(ready, name, run).code for name in names[: names.index("health") + 1]]
        assert codes == [0] * names.index("health") + [3]
        assert split(ready) == "999:1, canary out"
        late = stage(ready, "shift-70", run)
        assert (late.code, "has ended already: failed" in late.text) == (3, True)
        result = stage(ready, "finish", run)
    assert (result.code, "canary-auto failed" in result.text) == (3, True)
    assert (view(ready)["lock"], records(ready)[0]["outcome"]) == ("free", "failed")


def test_finish_after_a_run_that_was_cut_between_two_stages_rolls_back(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    first = commits(remembered(ready))["stable"]
    ready.repository.commit()
    run, names = saved(ready, "canary-auto")
    with flawless(ready) as users:
        for name in names[: names.index("shift-70")]:
            assert stage(ready, name, run).code == 0
        assert view(ready)["lock"].startswith("canary-auto by Dev Eloper")
        result = stage(ready, "finish", run)
        assert result.code == 3
        assert "the run ended before its stage shift-70" in result.text
        assert split(ready) == "999:1, canary out"
    assert users.all.releases() == {first}
    assert records(ready)[0]["outcome"] == "aborted"


def test_a_rollback_between_two_stages_ends_the_run(ready: Lab) -> None:
    ready.configure(steps=["70%"], bake_seconds=0)
    ready.repository.commit()
    run, names = saved(ready, "canary-auto")
    with flawless(ready):
        for name in names[: names.index("finish")]:
            assert stage(ready, name, run).code == 0
        ready.deploy("rollback")
        late = stage(ready, "finish", run)
        assert (late.code, "was taken over by rollback" in late.text) == (3, True)
    assert split(ready) == "999:1"
    assert [record["outcome"] for record in records(ready)[:2]] == ["done", "taken over"]


def test_a_plan_that_nobody_saved_is_refused(ready: Lab) -> None:
    result = stage(ready, "checkout", "20260101T000000-abcdef")
    assert (result.code, "`pycanary plan TYPE --save` writes it" in result.text) == (2, True)
    run, _ = saved(ready, "canary-auto")
    unknown = stage(ready, "nothing", run)
    assert (unknown.code, "expected one of checkout, nginx" in unknown.text) == (2, True)
    early = stage(ready, "shift-10", run)
    assert (early.code, "begin with the first stage of the plan" in early.text) == (3, True)
