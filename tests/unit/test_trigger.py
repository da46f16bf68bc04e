"""Event by event: what a build's variables ask for, row by row of the table in README.md."""

import re
from pathlib import Path

import pytest

from pycanary.errors import UsageError
from pycanary.model.deployment import DeploymentType
from pycanary.trigger import Skip, Start, decide
from tests.unit.builds import AUTO, CASES, CHECKED_OUT, ID, MERGE, PERSON, PUSH, SOURCE_MERGE, SOURCE_PUSH, webhook

ROOT = Path(__file__).parents[2]


def table() -> dict[str, str]:
    """The rows of that table: what started a build, what happens."""
    rows = re.findall(r"^\| (.+) \| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    first = rows.index(("What started the build", "What happens")) + 1
    return dict(rows[first : first + len(CASES)])


@pytest.mark.parametrize(
    ("row", "environ", "decided", "usual"),
    [
        pytest.param(row, environ, decided, *(usual or [None]), id=f"{what} ({row})")
        for row, cases in CASES.items()
        for what, environ, decided, *usual in cases
    ],
)
def test_what_a_build_deploys_row_by_row(row, environ, decided, usual):
    found = decide(environ, "develop", usual and DeploymentType(usual))
    assert found == (Skip(decided) if isinstance(decided, str) else decided)
    happens = table()[row]
    assert isinstance(found, Skip) == (happens == "skipped, with the reason")
    if isinstance(found, Start):
        assert happens.split(",")[0] in ("that type", str(found.type))
        assert found.once == ("unless that commit is deployed already" in happens)


def test_every_row_of_the_table_has_its_cases():
    assert list(table()) == list(CASES)


def test_the_branch_is_the_configured_one():
    assert isinstance(decide(PUSH | {"gitlabBranch": "main"}, "main"), Start)
    assert decide(PUSH, "main") == Skip("push to 'develop'; only main is deployed")


@pytest.mark.parametrize(
    ("environ", "usual", "start"),
    [
        (PUSH | CHECKED_OUT, "stable", Start(DeploymentType.STABLE, ID, True, "Lee", "push to develop")),
        (PUSH | CHECKED_OUT, "rollback", Start(DeploymentType.ROLLBACK, None, True, "Lee", "push to develop")),
        (PERSON, "canary-auto", Start(AUTO, None, True, "Kim", "build of develop")),
        ({}, "promote-canary", Start(DeploymentType.PROMOTE_CANARY, None, True, "Jenkins", "build of develop")),
        ({"TYPE": "rollback"}, "stable", Start(DeploymentType.ROLLBACK, None, False, "unknown", "")),
        (MERGE | {"gitlabMergeRequestState": "opened"}, "stable", None),
    ],
)
def test_a_pipeline_written_for_one_type(environ, usual, start):
    decided = decide(environ, "develop", DeploymentType(usual))
    assert decided == start if start else isinstance(decided, Skip)


@pytest.mark.parametrize(
    ("chosen", "remedy"),
    [
        ("canary_auto", "\n  -> did you mean canary-auto?"),
        ("Rollback", "\n  -> did you mean rollback?"),
        ("promote", "\n  -> did you mean promote-canary?"),
        ("zzz", ""),
    ],
)
def test_an_unknown_type_is_refused_with_the_nearest(chosen, remedy):
    with pytest.raises(UsageError) as caught:
        decide({"TYPE": chosen}, "develop")
    assert caught.value.sentence == (
        f"TYPE '{chosen}' is unknown (expected stable, canary-manual, canary-auto, promote-canary, rollback){remedy}"
    )


def test_the_webhooks_names_are_documented():
    document = (ROOT / "docs/trigger.md").read_text()
    assert [name for name in webhook(SOURCE_PUSH | SOURCE_MERGE) if f"`{name}`" not in document] == []
