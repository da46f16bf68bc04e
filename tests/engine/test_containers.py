"""The whole way with real containers: stable, canary, promotion, settle, a broken release."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import pytest

from tests.engine.world import commits, flawless, records, remembered, shares, split_of, view
from tests.lab.containers import docker
from tests.lab.lab import SERVICES, Lab, lab

ENVIRONMENT = {
    "PLAIN": "a b",
    "QUOTED": """it's "quoted" \\ and $HOME ${HOME} $$ `id` #no comment""",
    "UNICODE": "서울 ☃ é",
    "EDGES": "  spaces and = signs  ",
}


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of containers with a release in the stable slot."""
    app = f"lab{secrets.token_hex(3)}"
    with lab(tmp_path_factory.mktemp(app) / app, app, flavour="debian", compose=True) as made:
        made.environment.update(ENVIRONMENT)
        made.configure(environment={name: {} for name in ENVIRONMENT}, bake_seconds=1, keep={"releases": 2})
        made.repository.commit("the first release")
        made.deploy("stable")
        yield made


def containers(lab: Lab, slot: str) -> dict[str, tuple[str, str, int]]:
    """Id, start time and restart count of each service's container."""
    found = docker("ps", "-q", "--filter", f"label=pycanary-lab={lab.app}", "--filter", f"label=slot={slot}").split()
    inspected = json.loads(docker("inspect", *found)) if found else []
    return {
        each["Config"]["Labels"]["service"]: (each["Id"], each["State"]["StartedAt"], each["RestartCount"])
        for each in inspected
    }


def images(lab: Lab) -> set[str]:
    """The commits of which images are left."""
    listed = docker("image", "ls", "--format", "{{.Tag}}", "--filter", f"reference={lab.app}-*").split()
    return set(listed)


def test_from_the_first_release_to_a_broken_one(composed: Lab) -> None:
    first = commits(remembered(composed))["stable"]
    stable = containers(composed, "stable")
    second = composed.repository.commit()
    with flawless(composed) as users:
        composed.deploy("canary-auto")
        assert containers(composed, "stable") == stable
        assert set(containers(composed, "canary")) == set(SERVICES)
        assert 0.3 < shares(users)[second[:8]] < 0.98
        composed.deploy("promote-canary")
        assert containers(composed, "stable") == stable
        canary = containers(composed, "canary")
        third = composed.repository.commit()
        composed.deploy("canary-auto")
        found = view(composed)
        assert (split_of(found), commits(found)) == ("300:700", {"stable": second[:8], "canary": third[:8]})
        assert not set(containers(composed, "canary").values()) & set(canary.values())
        stable = containers(composed, "stable")
        fourth = composed.repository.commit(behaviour={"backend": {"exits_with": 3}})
        result = composed.pycanary("deploy", "canary-auto")
        assert (result.code, "backend in the canary slot: it exited with code 3" in result.stdout) == (3, True)
        assert split_of(view(composed)) == "999:1, canary out"
        assert shares(users) == {second[:8]: 1.0}
        assert containers(composed, "stable") == stable
    assert [record["outcome"] for record in records(composed)[:4]] == ["failed", "held", "done", "held"]
    assert first not in images(composed)
    assert {second[:8], third[:8], fourth[:8]} >= images(composed) >= {second[:8]}


def test_the_environment_and_the_time_zone_reach_every_container_as_they_are(composed: Lab) -> None:
    for service in SERVICES:
        for name, value in {**ENVIRONMENT, "TZ": "Asia/Seoul"}.items():
            assert composed.get(service, "stable", f"/environment/{name}").decode() == value
