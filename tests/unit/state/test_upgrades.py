"""What another version of pycanary wrote: older is read, newer is refused in a sentence, no traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pycanary import plan_file
from pycanary.errors import PersonNeeded, UsageError
from pycanary.model.slot import Slot
from pycanary.state import model
from pycanary.state.history import read_records

COMMIT = {"id": "1a2b3c4d" * 5}
# The least that schema 1 ever held: every field that came later has a default.
FIRST: dict[str, Any] = {
    "schema_version": 1,
    "app": "shop",
    "slots": {"stable": {"number": 7, "commit": COMMIT}},
    "run": {"id": "20261101T101500-3f9a1c", "plan": {}, "started_at": "2026-11-01T10:15:00+09:00"},
    "next_release": 8,
}


def read(state: object) -> model.HostState:
    return model.read(json.dumps(state), app="shop", where="shop1")


def test_a_state_without_what_came_later_is_read() -> None:
    state = read(FIRST)
    assert (state.slots[Slot.STABLE].label, state.next_release, state.hold) == ("#7 1a2b3c4d", 8, None)
    assert read(json.loads(state.to_json())) == state


def test_a_state_of_an_older_schema_is_migrated_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def renamed(state: dict[str, Any]) -> dict[str, Any]:
        return {**state, "slots": state.pop("releases")}

    def counted(state: dict[str, Any]) -> dict[str, Any]:
        return {**state, "next_release": state.pop("released") + 1}

    monkeypatch.setattr(model, "MIGRATIONS", (renamed, counted))
    monkeypatch.setattr(model, "SCHEMA", 3)
    oldest = {"schema_version": 1, "app": "shop", "releases": FIRST["slots"], "released": 7}
    older = {"schema_version": 2, "app": "shop", "slots": FIRST["slots"], "released": 7}
    for state in (read(oldest), read(older)):
        assert (state.schema_version, state.next_release, state.slots[Slot.STABLE].number) == (3, 8, 7)


def test_a_newer_schema_is_refused_whatever_it_looks_like() -> None:
    with pytest.raises(PersonNeeded, match=r"state\.json has schema 2, this pycanary reads up to 1") as refused:
        read({"schema_version": 2, "slots": "of another kind"})
    assert refused.value.remedy == "use the newer pycanary that wrote it"


def test_records_of_other_versions_cost_the_history_nothing() -> None:
    known, newer, unreadable = FIRST["run"], {**FIRST["run"], "mood": "good"}, {"id": 7}
    texts = [json.dumps(each).encode() for each in (known, newer, unreadable)]
    output = b"".join(b"%d\n%s" % (len(text), text) for text in texts).decode()
    assert [record.id for record in read_records(output)] == [known["id"]] * 2


def test_a_plan_of_another_version_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan_file.DIRECTORY.mkdir()
    (plan_file.DIRECTORY / "run-1.json").write_text('{"run_id": "run-1", "app": "shop", "stages": []}')
    with pytest.raises(UsageError) as refused:
        plan_file.read("run-1")
    assert refused.value.sentence == (
        ".pycanary/run-1.json was written by another pycanary, or is damaged: request does not fit\n"
        "  -> make the plan anew"
    )
