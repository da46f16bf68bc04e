"""Users in flight: what each asked, who answered, and every request that failed with its reason.

Bounded by the block they live in, and addressed to this machine only.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

UPLOAD = bytes(range(256)) * (20_000_000 // 256)
UPLOAD_DIGEST = hashlib.sha256(UPLOAD).hexdigest()
ANSWER_SECONDS = 60
KINDS = ("visit", "keep-alive", "post", "upload")


@dataclass(frozen=True)
class Failure:
    """One request that a user did not get a good answer to."""

    kind: str
    request: str
    reason: str
    at: float  # time.time()


@dataclass
class Seen:
    """What users met in one span of time."""

    answers: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # (kind, slot, release)
    users: Counter[str] = field(default_factory=Counter)  # new users by the slot of their whole first page
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)  # pages whose services were not of one slot
    since: float = field(default_factory=time.monotonic)

    @property
    def requests(self) -> int:
        """Good answers and failures together."""
        return self.answers.total() + len(self.failures)

    def share(self, slot: str) -> float:
        """The part of new users, 0 to 1, that met this slot."""
        return self.users[slot] / self.users.total() if self.users else 0.0

    def releases(self, slot: str | None = None) -> set[str]:
        """The releases (8 digits) that answered, in one slot or in any."""
        return {release for _, where, release in self.answers if slot in (None, where)}

    def of_kind(self, kind: str) -> int:
        """Good answers to one kind of user."""
        return sum(count for (each, _, _), count in self.answers.items() if each == kind)


class Users:
    """Users of one NGINX, from the start of the block to its end.

    counts: threads for each kind. A "visit" is a new user without keep-alive: a page of every service and one of its
    hashed chunks, with the cookie, as a browser. "keep-alive" asks over one connection without pause. "post" and
    "upload" (20 MB, read slowly) are checked for what arrived.
    """

    def __init__(
        self,
        address: str,
        port: int,
        services: Sequence[str],
        *,
        pause_seconds: float = 0.02,
        upload_seconds: float = 1.0,
        **counts: int,
    ) -> None:
        self._address, self._port = address, port
        self._paths = {name: "/" if at == 0 else f"/{name}/" for at, name in enumerate(services)}
        self._pause, self._upload_seconds = pause_seconds, upload_seconds
        self._stop, self._lock = threading.Event(), threading.Lock()
        self.all, self._now = Seen(), Seen()
        work = self.work()
        kinds = {name.replace("_", "-"): count for name, count in (counts or {"visit": 2, "post": 1}).items()}
        self._threads = [
            threading.Thread(target=self._repeat, args=(work[kind],), name=f"{kind}-{number}", daemon=True)
            for kind, count in kinds.items()
            for number in range(count)
        ]

    def work(self) -> dict[str, Callable[[], None]]:
        """What each kind of user does, again and again."""
        return {"visit": self._visit, "keep-alive": self._keep_alive, "post": self._post, "upload": self._upload}

    def __enter__(self) -> Users:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(ANSWER_SECONDS + 5)
            assert not thread.is_alive(), f"{thread.name} still waits for an answer"

    @property
    def now(self) -> Seen:
        """What was seen since the last `span`, going on."""
        return self._now

    def span(self) -> Seen:
        """What was seen since the last call; counting begins anew."""
        with self._lock:
            seen, self._now = self._now, Seen()
        return seen

    def wait_for(self, users: int, seconds: float = 60) -> None:
        """Return once that many new users came since the last `span`."""
        deadline = time.monotonic() + seconds
        while self._now.users.total() < users:
            assert time.monotonic() < deadline, f"{self._now.users.total()} of {users} users in {seconds} s"
            time.sleep(self._pause)

    def _repeat(self, work: Callable[[], None]) -> None:
        while not self._stop.wait(self._pause):
            work()

    def _visit(self) -> None:
        user, begun = User(self, "visit"), time.monotonic()
        seen = {user.ask("GET", path, Accept="text/html") for path in self._paths.values()}
        if len(seen) == 1 and (only := next(iter(seen))) is not None:
            user.ask("GET", f"/_next/static/{only[1]}/chunk.js")
        self.page(seen, begun)

    def page(self, met: set[tuple[str, str] | None], begun: float) -> None:
        """Count a page by the (slot, release) that its parts met; None is a part that failed."""
        if None in met:
            return
        parts = sorted(part for part in met if part)
        with self._lock:
            # Between the parts of a page that was under way when a span began, a shift may lie.
            for each in (self.all, self._now) if begun >= self._now.since else (self.all,):
                if len(parts) == 1:
                    each.users[parts[0][0]] += 1
                else:
                    each.mixed.append(" and ".join(" ".join(part) for part in parts))

    def _keep_alive(self) -> None:
        user = User(self, "keep-alive", keep_alive=True)
        for _ in range(200):
            path = secrets.choice(list(self._paths.values()))
            if user.ask("GET", path, Accept="text/html") is None or self._stop.is_set():
                break
        user.leave()

    def _post(self) -> None:
        body = secrets.token_bytes(secrets.randbelow(8192) + 1)
        path = secrets.choice(list(self._paths.values()))
        User(self, "post").ask("POST", path, body, expected={"length": len(body)})

    def _upload(self) -> None:
        path = f"{secrets.choice(list(self._paths.values()))}upload?seconds={self._upload_seconds}"
        User(self, "upload").ask("PUT", path, UPLOAD, expected={"length": len(UPLOAD), "sha256": UPLOAD_DIGEST})

    def connect(self) -> http.client.HTTPConnection:
        """A new connection to NGINX."""
        return http.client.HTTPConnection(self._address, self._port, timeout=ANSWER_SECONDS)

    def good(self, kind: str, slot: str, release: str, status: int) -> None:
        """Count a good answer."""
        with self._lock:
            for each in (self.all, self._now):
                each.answers[kind, slot, release] += 1
                each.statuses[status] += 1

    def fail(self, kind: str, request: str, reason: str) -> None:
        """Keep a failed request of now."""
        self.bad(Failure(kind, request, reason, time.time()), None)

    def bad(self, failure: Failure, status: int | None) -> None:
        """Keep a failed request."""
        with self._lock:
            for each in (self.all, self._now):
                each.failures.append(failure)
                if status is not None:
                    each.statuses[status] += 1


class User:
    """One browser: its cookies, and its connection where it keeps one."""

    def __init__(self, users: Users, kind: str, *, keep_alive: bool = False) -> None:
        self._users, self._kind, self._keep_alive = users, kind, keep_alive
        self._cookies: dict[str, str] = {}
        self._connection: http.client.HTTPConnection | None = None
        self.said = b""  # the last answer's body

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        *,
        expected: dict[str, object] | None = None,
        **headers: str,
    ) -> tuple[str, str] | None:
        """(slot, release) that answered well; None, and a failure kept, where the answer was not what it should be."""
        connection = self._connection or self._users.connect()
        headers["Connection"] = "keep-alive" if self._keep_alive else "close"
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        status = None
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            status, said = answer.status, answer.read()
            self.said = said
            self._take_cookies(answer)
            slot, release = answer.getheader("X-Slot", ""), answer.getheader("X-Release", "")
            problem = "" if 200 <= status <= 299 else f"status {status} from {slot or 'NGINX'}: {said[:200]!r}"
            if not problem and not slot:
                problem = f"answered by something else: {said[:200]!r}"
            if not problem and expected and not expected.items() <= (got := json.loads(said)).items():
                problem = f"expected {expected}, got {got}"
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
        self._connection = connection if self._keep_alive and not problem else None
        if self._connection is None:
            connection.close()
        if problem:
            self._users.bad(Failure(self._kind, f"{method} {path}", problem, time.time()), status)
            return None
        self._users.good(self._kind, slot, release, status)
        return slot, release

    def leave(self) -> None:
        """Close the connection that was kept."""
        if self._connection is not None:
            self._connection.close()

    def _take_cookies(self, answer: http.client.HTTPResponse) -> None:
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name.strip()] = value.strip()
