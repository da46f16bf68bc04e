"""What the demo does and shows, and whether what it showed is true."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pycanary.cli.session import session
from pycanary.cli.settings import Settings
from pycanary.config.model import Config
from pycanary.demo.screen import Screen
from pycanary.demo.users import Users
from pycanary.demo.world import TIME_ZONE, World
from pycanary.errors import ExitCode, PersonNeeded
from pycanary.model.deployment import DeploymentType
from pycanary.plan import Request, make_plan, new_run_id
from pycanary.run.execute import deploy

BAKE_SECONDS = 4


@dataclass
class Findings:
    """What contradicts the story; empty when all of it was true."""

    wrong: list[str] = field(default_factory=list)

    def expect(self, true: bool, otherwise: str) -> None:
        """Remember what was not as told."""
        if not true:
            self.wrong.append(otherwise)


def tell() -> ExitCode:
    """The whole story. Returns DONE only when every chapter ended as told and no user request failed."""
    screen, findings = Screen(TIME_ZONE), Findings()
    begun = time.monotonic()
    with World(BAKE_SECONDS) as world:
        users = Users(world.http_port)
        try:
            _chapters(world, users, screen, findings)
        finally:
            users.stop()
            screen.close()
        findings.wrong += screen.wrong
        findings.expect(not users.all.failures, f"users met failed requests: {users.all.failures[:5]}")
        findings.expect(users.all.total > 0, "no user saw a page")
        summary = (
            f"{users.all.total} pages of three services, {len(users.all.failures)} failed requests, "
            f"shares as planned while watched, {time.monotonic() - begun:.0f} s"
        )
    screen.title("what users saw")
    screen.say("error" if findings.wrong else "done", "\n".join([summary, *findings.wrong]))
    return ExitCode.PERSON_NEEDED if findings.wrong else ExitCode.DONE


def _chapters(world: World, users: Users, screen: Screen, findings: Findings) -> None:
    config = world.config()

    def chapter(title: str, kind: DeploymentType, expected: ExitCode) -> None:
        screen.title(title)
        code = _deploy(world, config, kind, screen)
        if code != expected:
            raise PersonNeeded(f"{title}: ended with {int(code)}, expected {int(expected)}")

    one = world.repository.commit("Open the shop")
    screen.name(one, "release 1")
    chapter("the first stable release", DeploymentType.STABLE, ExitCode.DONE)
    users.start()
    screen.watch(users)
    two = world.repository.commit("Sell tea")
    screen.name(two, "release 2")
    chapter("a canary: 10 -> 40 -> 70 %", DeploymentType.CANARY_AUTO, ExitCode.DONE)
    chapter("promote it", DeploymentType.PROMOTE_CANARY, ExitCode.DONE)
    three = world.repository.commit("Sell coffee")
    screen.name(three, "release 3")
    chapter("the next canary: settles first", DeploymentType.CANARY_AUTO, ExitCode.DONE)
    four = world.repository.commit("Break the backend", {"backend": {"works_for_requests": 4}})
    screen.name(four, "release 4")
    screen.retries_expected = True
    chapter("a release that breaks: rolled back by itself", DeploymentType.CANARY_AUTO, ExitCode.PUT_BACK)
    users.span()
    users.wait_for(pages=40)
    after = users.span()
    findings.expect(after.pages[four[:8]] == 0, "users still meet the broken release after its rollback")


def _deploy(world: World, config: Config, kind: DeploymentType, screen: Screen) -> ExitCode:
    plan = make_plan(config, Request(type=kind, who="the demo", reason="to show it"), new_run_id())
    with session(Settings(str(world.root / "canary.yml")), config, plan, between_stages=False, reporter=screen) as run:
        code = deploy(run)
        # Either the deployment was ended by it, or it was ending already and the demo is not.
        if run.interrupts.told:
            raise KeyboardInterrupt
        return code
