"""Text of other people, and a path, that every tool takes for its own: they do nothing, and nothing is lost."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.engine.world import flawless, mattermost, records, split
from tests.lab.lab import Lab, lab

# TRAPPED stands for an absolute path in the lab: wherever a shell takes the text for a command, its trace is found.
PATH = 'it\'s $(touch TRAPPED); `touch TRAPPED` & "more"/app'
QUICK: dict[str, Any] = {"steps": ["70%"], "bake_seconds": 0, "mattermost": {}}
TRAP = "$(touch TRAPPED) `touch TRAPPED`; touch TRAPPED & | ' \" \\ ; } server { # %s {{7*7}} **b** @all [x](y)"
# What git takes as a branch, an author and a message.
BRANCH = st.text(st.sampled_from("abz$();&|'\"`<>#{}!%é-_"), min_size=1, max_size=20).map(lambda text: f"x{text}x")
NAME = st.text(st.sampled_from("ab $();&|'\"`#{}*_[]@~\\é"), min_size=1, max_size=30).map(lambda text: f"x{text}x")
TEXT = st.text(st.sampled_from("ab $();&|'\"`<>#{}*_[]@~\\é\n"), min_size=1, max_size=60).map(lambda text: f"x{text}x")


def armed(lab: Lab, text: str) -> str:
    return text.replace("TRAPPED", str(lab.directory / "trapped"))


def path_of(lab: Lab) -> Path:
    return lab.hosts[0].directory / armed(lab, PATH)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose application lives at a path of quotes, spaces and commands, with a release in the stable slot."""
    app = f"lab{secrets.token_hex(3)}"
    with lab(tmp_path_factory.mktemp(app) / app, app, flavour="debian") as made:
        path = path_of(made)
        path.mkdir(parents=True)
        (made.hosts[0].directory / "app").symlink_to(path)
        made.configure(path=str(path), **QUICK)
        made.repository.commit("the first release")
        made.deploy("stable")
        yield made


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(branch=BRANCH, author=NAME, message=TEXT)
@example(branch="x$(id);`id`&|'\"", author=TRAP, message=f"{TRAP}\n\n{TRAP}\npycanary:lease:x\n")
def test_a_deployment_takes_all_of_it_as_text(hostile: Lab, branch: str, author: str, message: str) -> None:
    author, message = armed(hostile, author), armed(hostile, message)
    commit = hostile.repository.commit(message, author=author, branch=branch)
    hostile.configure(path=str(path_of(hostile)), git={"branch": branch}, **QUICK)
    with mattermost(hostile) as told, flawless(hostile):
        hostile.deploy("canary-auto", "--reason", message, PYCANARY_WHO=author)
    assert split(hostile) == "300:700"
    target = records(hostile)[0]["target"]["commit"]
    assert (target["id"], target["message"].split()) == (commit, message.split())
    for name in ("Author", "Started by", "Reason"):
        kinds = [token.type for token in MarkdownIt().parse(told.last[name])[1].children or ()]
        assert kinds == ["code_inline"], f"{name}: {told.last[name]}"
    assert not (hostile.directory / "trapped").exists()
