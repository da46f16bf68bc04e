"""A disk of the host that is full at any write of a deployment: a sentence, no user notices, and then it just works."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.engine.world import flawless, remembered, running, split, split_of, view
from tests.lab.beside import beside
from tests.lab.lab import Lab, Result, lab
from tests.lab.machine import wait_until

# The lease of a run that could write down nothing runs out soon, and the next deployment waits for that.
QUICK = {"steps": ["70%"], "bake_seconds": 0, "lease": {"running_seconds": 3}, "wait_seconds": 60}


@contextmanager
def disk(where: Path, size: str) -> Iterator[None]:
    """A small file system there for the time of the block."""
    where.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(where)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


@contextmanager
def full(where: Path) -> Iterator[None]:
    """Somebody writes there until nothing fits any more, and takes whatever becomes free."""
    filler = where / "somebody-elses.log"

    def fill() -> None:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(b"x" * size):
                    continue
            except OSError:
                continue

    with filler.open("ab", buffering=0) as file:
        try:
            with beside(fill, pause_seconds=0.01):
                yield
        finally:
            filler.unlink()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose application's path and NGINX's snippets are disks of their own, with a release in the stable slot."""
    app = f"lab{secrets.token_hex(3)}"
    with ExitStack() as stack:
        made = stack.enter_context(lab(tmp_path_factory.mktemp(app) / app, app, flavour="debian"))
        host = made.hosts[0]
        stack.enter_context(disk(host.directory / "app", "16m"))
        stack.enter_context(disk(host.nginx.directory / "pycanary", "1m"))
        made.configure(**QUICK)
        made.repository.commit("the first release")
        made.deploy("stable")
        yield made


def names_the_disk(result: Result) -> bool:
    words = " free on " in result.text or "the disk is full" in result.text
    return words and "Traceback" not in result.text and "connection" not in result.text


def works_again(lab: Lab) -> None:
    """Nothing has to be mended by hand, and nothing half written is left."""
    lab.deploy("canary-auto")
    assert split(lab) == "300:700"
    app = lab.hosts[0].directory / "app"
    assert not [*app.glob("state/**/*.new"), *app.glob("state/*.next"), *app.glob("environment/*.new")]
    assert not list((lab.hosts[0].nginx.directory / "pycanary").glob(".*"))


def test_before_a_deployment_it_is_refused_and_rolled_back_once_there_is_space(small: Lab) -> None:
    small.repository.commit()
    with flawless(small):
        with full(small.hosts[0].directory / "app"):
            result = small.pycanary("deploy", "canary-auto")
        assert (result.code, names_the_disk(result), "free space on the host" in result.text) == (3, True, True), result
        works_again(small)


@pytest.mark.parametrize(
    ("stage", "place"),
    [("environment", "app"), ("shift-70", "app"), ("start", "nginx/pycanary")],
)
def test_from_a_stage_on_users_stay_on_stable_and_the_next_deployment_works(small: Lab, stage: str, place: str) -> None:
    small.configure(**QUICK)
    small.repository.commit()
    with flawless(small):
        with running(small, "deploy", "canary-auto") as run:
            run.said(f"stage {stage}:")
            with full(small.hosts[0].directory / place):
                result = run.end()
        assert (result.code in (3, 4), names_the_disk(result)) == (True, True), result.text
        works_again(small)


def test_in_a_bake_the_lease_cannot_be_renewed_and_the_host_goes_back_once_there_is_space(small: Lab) -> None:
    small.configure(**{**QUICK, "bake_seconds": 6})
    small.repository.commit()
    with flawless(small):
        with running(small, "deploy", "canary-auto") as run:
            run.said("300:700 are served")
            with full(small.hosts[0].directory / "app"):
                result = run.end()
        assert (result.code in (3, 4), "Traceback" in result.text) == (True, False), result.text
        wait_until(lambda: split_of(remembered(small)).startswith("999:1"), "users to be back on stable", 30)
        small.configure(**QUICK)
        works_again(small)
    assert view(small)["last_run"] == "held"
