"""What a Jenkins stage for each stage of the plan costs, beside the same plan in one process."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.row import Row, seconds
from tests.jenkins.job import Jenkins, job, tested
from tests.lab.lab import Lab, lab

AT_MOST_SECONDS = 1.2
BAKE_SECONDS = 1
UNPACK_AT_MOST_SECONDS = 1.0


def measure(directory: Path) -> list[Row]:
    """The Jenkinsfile in its interpreter and `pycanary deploy`, each a canary-auto of the same application."""
    classpath, _ = tested(directory)
    with lab(directory / "lab", "bench", flavour="debian") as made:
        jenkins = job(made, directory / "jenkins", classpath, directory / "cache", bake_seconds=BAKE_SECONDS)
        made.repository.commit(files=jenkins.files)
        _build(jenkins, "stable")  # installs on the agent
        plain = _plain(made, jenkins)
        _deploy(made, jenkins, "rollback")
        made.repository.commit(files=jenkins.files)
        took = _build(jenkins, "canary-auto")
    before = ("pycanary", "what to deploy")
    stages = {name: spent for name, spent in took.items() if name not in before}
    whole = sum(stages.values())
    added = (whole - plain) / len(stages)
    return [
        Row(
            "Jenkins staging, added to a stage",
            seconds(added),
            f"`pycanary deploy`, the whole plan: {seconds(plain)}; as {len(stages)} stages: {seconds(whole)}",
            f"<= {AT_MOST_SECONDS} s",
            added <= AT_MOST_SECONDS,
            "canary-auto with bakes of 1 s on one host over SSH; all `sh` steps of the stages less one process for all",
        ),
        Row(
            "Jenkins, bringing the package to a warm agent",
            seconds(took["pycanary"]),
            f"deciding and planning: {seconds(took['what to deploy'])}",
            f"< {UNPACK_AT_MOST_SECONDS:.0f} s",
            took["pycanary"] < UNPACK_AT_MOST_SECONDS,
            "the `sh` step that unpacks, from the second build on; once a build",
        ),
    ]


def _build(jenkins: Jenkins, type_: str) -> dict[str, float]:
    """Seconds of each `sh` step."""
    ended, console = jenkins.build(TYPE=type_)
    assert ended["result"] == "SUCCESS", console
    took: dict[str, float] = ended["seconds"]
    return took


def _plain(made: Lab, jenkins: Jenkins) -> float:
    made.repository.commit(files=jenkins.files)
    begun = time.monotonic()
    _deploy(made, jenkins, "canary-auto")
    return time.monotonic() - begun


def _deploy(made: Lab, jenkins: Jenkins, type_: str) -> None:
    made.deploy(type_, **jenkins.by_hand)
