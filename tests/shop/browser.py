"""A headless Chromium: new visitors of the page, one who comes back, and a page with a stream and a WebSocket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Error, Page, Response, sync_playwright

from pycanary.host.script import words
from tests.lab.machine import program
from tests.lab.namespace import namespace
from tests.lab.users import Users

# Chromium gives a request up where its network changes, and a namespace that was just made may still settle.
DISTURBED = "net::ERR_NETWORK_CHANGED"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--ignore-certificate-errors"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SERVICES = ("frontend", "backend", "python")
# What the footer says: [who asked, service, slot, release], as the server rendered it and as the browser asked later.
FOOTER = """() => [...document.querySelectorAll('footer [data-service]')]
    .map(({dataset: each}) => [each.by, each.service, each.slot, each.release])"""
LIVE = "body[data-hydrated][data-live]"
PROTOCOL = "() => performance.getEntriesByType('navigation')[0].nextHopProtocol"
# A stream of 20 ticks after another, and a WebSocket that is opened anew when it is closed.
LONG = """() => {
    const long = window.long = {whole: 0, torn: [], echoes: 0, sockets: []};
    (async () => { for (;;) {
        let ticks = 0;
        try {
            const reader = (await fetch('/backend/stream?seconds=20')).body.getReader();
            for (let part; !(part = await reader.read()).done;)
                ticks += (new TextDecoder().decode(part.value).match(/data:/g) || []).length;
        } catch (error) { long.torn.push(`${ticks} ticks, then ${error}`); continue; }
        if (ticks >= 20) long.whole++; else long.torn.push(`ended after ${ticks} ticks`);
    } })();
    (function open() {
        const socket = new WebSocket(`wss://${location.host}/python/ws`);
        const told = {opened: Date.now() / 1000, closed: null, code: null};
        let timer;
        long.sockets.push(told);
        socket.onopen = () => timer = setInterval(() => socket.send('still there?'), 500);
        socket.onmessage = () => long.echoes++;
        socket.onclose = event => {
            clearInterval(timer);
            Object.assign(told, {closed: Date.now() / 1000, code: event.code});
            setTimeout(open, 200);
        };
    })();
}"""


@dataclass
class Long:
    """What became of the page that has a stream and a WebSocket open all the time."""

    whole: int = 0  # streams of 20 s that arrived to their end
    torn: list[str] = field(default_factory=list)
    echoes: int = 0
    sockets: list[dict[str, Any]] = field(default_factory=list)  # when each was `opened` and `closed`, and its `code`


class Browser:
    """Visits from the start of the block to its end; what it met is counted among `users`, as kind "browser".

    program: Chromium, or what starts it (`elsewhere`).
    """

    def __init__(self, url: str, users: Users, program: str) -> None:
        self._url, self._users, self._program = url, users, program
        self.protocols: set[str] = set()
        self.long = Long()
        self._stop, self._loaded = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="browser", daemon=True)

    def __enter__(self) -> Browser:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=self._program, args=list(FLAGS))
                regular, long = chromium.new_context(), chromium.new_context().new_page()
                self._open(long)
                long.evaluate(LONG)
                while not self._stop.wait(1):
                    with _visitor(chromium) as context:
                        self._visit(context.new_page())
                    self._visit(regular.new_page())
                    self.long = Long(**long.evaluate("window.long"))
                chromium.close()
        except Exception as error:  # a thread's end is told to nobody else
            self._users.fail("browser", self._url, f"the browser itself: {error}")

    def _open(self, page: Page) -> None:
        """Its first page; what it asks later is a user's."""
        while True:
            try:
                page.goto(self._url)
                return
            except Error as error:
                if DISTURBED not in str(error):
                    raise

    def _visit(self, page: Page) -> None:
        """One page, whole: every file, the script that comes to life, the footer, and what the page asks later."""
        begun = time.monotonic()
        answers: list[Response] = []
        wrong: list[str] = []
        page.on("response", lambda answer: answers.append(answer))  # a builtin is refused
        page.on("requestfailed", lambda request: wrong.append(f"{request.url}: {request.failure}"))
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        try:
            page.goto(self._url)
            page.wait_for_selector(LIVE, state="attached", timeout=20_000)
            footer = page.evaluate(FOOTER)
            self.protocols.add(page.evaluate(PROTOCOL))
        except Error as error:
            wrong.append(str(error).splitlines()[0])
            footer = []
        wrong += [f"{each.url}: {each.status}" for each in answers if each.status >= 400]
        named = {(by, service) for by, service, _, _ in footer}
        if not wrong and named != {(by, service) for by in ("server", "browser") for service in SERVICES}:
            wrong.append(f"the footer names {sorted(named)}")
        for sentence in wrong:
            self._users.fail("browser", self._url, sentence)
        page.close()
        if not wrong:
            said = {(slot, release) for _, _, slot, release in footer}
            heads = {(each.headers.get("x-slot", ""), each.headers.get("x-release", "")) for each in answers}
            self._users.page(said | {head for head in heads if all(head)}, begun)
            for slot, release in said:
                self._users.good("browser", slot, release, 200)


@contextmanager
def elsewhere(directory: Path) -> Iterator[tuple[str, str]]:
    """A program that starts Chromium in a network of its own, and the address by which it reaches this machine.

    Each container that starts changes this machine's network, and Chromium drops what it is just asking when its own
    network changes. Users are on other machines.
    """
    with namespace() as own:
        script = directory / "chromium"
        script.write_text(f'#!/bin/sh\nexec {words(*own.prefix, program("chromium"))} "$@"\n')
        script.chmod(0o755)
        yield str(script), own.outer_address


@contextmanager
def _visitor(chromium: Chromium) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    try:
        yield context
    finally:
        context.close()
