"""Simulated users: each page asks every service, follows the cookie, and remembers who answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

PATHS = ("/", "/backend/", "/python/")
HEADERS = {"Accept": "text/html,application/json", "Connection": "close"}
ANSWER_SECONDS = 10


@dataclass
class Seen:
    """What users met in one span of time; `pages` counts whole pages by the release that answered all of it."""

    pages: Counter[str] = field(default_factory=Counter)
    slots: Counter[str] = field(default_factory=Counter)  # the same pages by slot
    failures: list[str] = field(default_factory=list)
    mixed: int = 0  # pages whose services answered from different slots
    since: float = field(default_factory=time.monotonic)

    @property
    def total(self) -> int:
        """Pages in all."""
        return sum(self.pages.values())

    def share(self, release: str) -> float:
        """The part of all pages, 0 to 1, that this release answered."""
        return self.pages[release] / self.total if self.total else 0.0


class Users:
    """New users all the time, from a few threads, each visiting one page of three services."""

    def __init__(self, port: int, *, threads: int = 4, pages_per_second: float = 40.0) -> None:
        self._port = port
        self._pause = threads / pages_per_second
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._visit, daemon=True, name=f"user-{n}") for n in range(threads)]
        self._now = Seen()
        self.all = Seen()

    def start(self) -> None:
        """Begin to visit."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the visits under way end."""
        self._stop.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout=ANSWER_SECONDS + 1)

    def wait_for(self, pages: int) -> None:
        """Return once that many pages were visited since the last `span`."""
        while self.peek().total < pages and not self._stop.wait(self._pause):
            continue

    def span(self) -> Seen:
        """What was seen since the last call; counting begins anew."""
        with self._lock:
            seen, self._now = self._now, Seen()
        return seen

    def peek(self) -> Seen:
        """What was seen since the last `span`, going on."""
        with self._lock:
            now = self._now
            return Seen(Counter(now.pages), Counter(now.slots), list(now.failures), now.mixed, now.since)

    def _visit(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            self._count(begun, *self._page())
            self._stop.wait(max(0.0, self._pause - (time.monotonic() - begun)))

    def _page(self) -> tuple[set[tuple[str, str]], list[str]]:
        """Who answered, as (release, slot), and what went wrong."""
        answered: set[tuple[str, str]] = set()
        failures: list[str] = []
        cookie = ""
        for path in PATHS:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_SECONDS)
            try:
                connection.request("GET", path, headers={**HEADERS, **({"Cookie": cookie} if cookie else {})})
                answer = connection.getresponse()
                body = answer.read()
                cookie = cookie or (answer.getheader("Set-Cookie") or "").partition(";")[0]
                if answer.status == 200:
                    said = json.loads(body)
                    answered.add((said["release"], said["slot"]))
                else:
                    failures.append(f"{path}: {answer.status}")
            except (OSError, http.client.HTTPException, ValueError) as error:
                failures.append(f"{path}: {type(error).__name__} {error}")
            finally:
                connection.close()
        return answered, failures

    def _count(self, begun: float, answered: set[tuple[str, str]], failures: list[str]) -> None:
        with self._lock:
            # A page that was under way when a span began belongs to neither: a shift may lie between its requests.
            for seen in (self.all, self._now) if begun >= self._now.since else (self.all,):
                seen.failures += failures
                seen.mixed += len(answered) > 1
                if len(answered) == 1 and not failures:
                    release, slot = next(iter(answered))
                    seen.pages[release] += 1
                    seen.slots[slot] += 1
