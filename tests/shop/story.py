"""What the example does and shows, and whether what it showed is true."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass, field

from pycanary.errors import ExitCode, PersonNeeded, PycanaryError
from pycanary.model.deployment import DeploymentType
from tests.shop.boxed import in_a_container
from tests.shop.browser import Browser, elsewhere
from tests.shop.inspection import look, used
from tests.shop.phases import Teller
from tests.shop.shoppers import Shoppers
from tests.shop.stack import ADDRESS, Stack, stack

HEADLINE = ("frontend/app/page.tsx", "<h1>Shop</h1>", "<h1>Shop: tea at half price</h1>")
SHOWN = 40
# worker_shutdown_timeout of the stack's NGINX, and a little for the machine
CLOSED_SECONDS = 60 + 10


@dataclass
class Story:
    """wrong: what contradicts it. seen: further sentences for people."""

    shop: Stack
    teller: Teller
    names: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def chapters(self) -> None:
        """From the first release to the rollback, then once more behind an NGINX in a container."""
        releases = self.shop.releases
        self.release("release 1", releases.first())
        self.deploy("the first release", DeploymentType.STABLE)
        self.look_at_plain_http()
        users = Shoppers(ADDRESS, 443, self.shop.certificate, visit=2, order=1, upload=1)
        with (
            elsewhere(self.shop.directory) as (chromium, here),
            users,
            Browser(f"https://{here}/", users, chromium) as browser,
            self.teller.watching(users, browser=True),
        ):
            self.release("release 2", releases.edit("Sell tea", *HEADLINE))
            self.deploy("a canary", DeploymentType.CANARY_AUTO)
            self.look_at_containers()
            self.deploy("promoted", DeploymentType.PROMOTE_CANARY)
            self.release("release 3", releases.failing_migration())
            self.deploy("a migration that fails", DeploymentType.CANARY_AUTO, ExitCode.PUT_BACK)
            told = "\n".join(self.teller.errors)
            self.expect(
                "backend in the canary slot" in told and "never_there" in told, f"the cause is not told: {told}"
            )
            self.teller.enough()
        self.look_at_browser(browser)
        with in_a_container(self.shop):
            self.release("release 4", releases.revert())
            self.deploy("NGINX in a container", DeploymentType.CANARY_MANUAL, canary=250)
            users = Shoppers(ADDRESS, 443, self.shop.certificate, visit=2, order=1, upload=1)
            with users, self.teller.watching(users, browser=False):
                self.deploy("a rollback there", DeploymentType.ROLLBACK)
                self.teller.enough()

    def release(self, name: str, commit: str) -> None:
        """How the table names that commit."""
        self.names[commit[:8]] = name

    def deploy(
        self, title: str, kind: DeploymentType, expected: ExitCode = ExitCode.DONE, canary: int | None = None
    ) -> None:
        """A chapter that is one deployment. Raises PersonNeeded where it ends otherwise."""
        self.teller.chapter(title)
        code = self.shop.deploy(kind, self.teller, canary)
        if code != expected:
            raise PersonNeeded(f"{title}: ended with {int(code)}, expected {int(expected)}")

    def expect(self, true: object, otherwise: str) -> None:
        """Remember what was not as told."""
        if not true:
            self.wrong.append(otherwise)

    def look_at_plain_http(self) -> None:
        """Port 80 sends everybody to HTTPS."""
        connection = http.client.HTTPConnection(ADDRESS, 80, timeout=10)
        connection.request("GET", "/page?a=b", headers={"Host": ADDRESS})
        answer = connection.getresponse()
        found = (answer.status, answer.getheader("Location"))
        connection.close()
        self.expect(found == (301, f"https://{ADDRESS}/page?a=b"), f"port 80 answers {found}")

    def look_at_containers(self) -> None:
        """While both slots run."""
        self.wrong += look(self.shop)
        self.seen.append("\n".join(["while both slots run:", *used()]))

    def look_at_browser(self, browser: Browser) -> None:
        """Its protocol, its long stream, its WebSocket."""
        long = browser.long
        ended = time.time()
        lived = [f"{(each['closed'] or ended) - each['opened']:.0f} s" for each in long.sockets]
        self.seen.append(
            f"Chromium spoke {', '.join(browser.protocols)}; {long.whole} streams of 20 s arrived whole; "
            f"{long.echoes} echoes over WebSockets that lived for {', '.join(lived)}"
        )
        self.expect(browser.protocols == {"h2"}, f"Chromium spoke {browser.protocols}")
        self.expect(long.whole and not long.torn, f"{long.whole} whole streams, and torn ones: {long.torn}")
        self.expect(long.echoes, f"no WebSocket answered: {long.sockets[:3]}")
        for each in long.sockets:
            shift = next((at for at in self.teller.shifts if at > each["opened"]), ended)
            late = (each["closed"] or ended) - shift
            self.expect(late < CLOSED_SECONDS, f"a WebSocket was still open {late:.0f} s after a shift")


def tell() -> int:
    """The whole story: 0 only when every chapter ended as told and no user met a failure."""
    begun = time.monotonic()
    with stack() as shop:
        story = Story(shop, Teller("Asia/Seoul"))
        try:
            story.chapters()
        except (PycanaryError, AssertionError) as error:
            story.wrong.append(str(error))
    teller = story.teller
    teller.chapter("what users saw")
    teller.print_table(story.names)
    for phase in teller.phases:
        bad = [*map(str, phase.seen.failures), *(f"a mixed page: {each}" for each in phase.seen.mixed if phase.steady)]
        story.wrong += [f"{phase.chapter}, {phase.step}: {each}" for each in bad]
    for sentence in story.seen:
        teller.say("info", sentence)
    requests = sum(phase.seen.requests for phase in teller.phases)
    failed = sum(len(phase.seen.failures) for phase in teller.phases)
    summary = f"{requests} requests, {failed} failed, {time.monotonic() - begun:.0f} s"
    teller.say("error" if story.wrong else "done", "\n".join([summary, *story.wrong[:SHOWN]]))
    return 1 if story.wrong else 0
