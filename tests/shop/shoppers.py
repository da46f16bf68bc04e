"""Users of the shop over HTTPS: pages with their hashed files and all three services, orders, 20 MB uploads."""

from __future__ import annotations

import http.client
import re
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.lab.users import UPLOAD, UPLOAD_DIGEST, User, Users

BLOCK = 1_000_000
CHUNK = re.compile(rb'"(/_next/static/[^"\\]+\.js)"')


class Shoppers(Users):
    """kinds: "visit", "order", "upload". certificate: the one that NGINX shows."""

    def __init__(self, address: str, port: int, certificate: Path, **counts: int) -> None:
        self._tls = ssl.create_default_context(cafile=str(certificate))
        super().__init__(address, port, ("frontend", "backend", "python"), pause_seconds=1.0, **counts)

    def work(self) -> dict[str, Callable[[], None]]:
        """What each kind of user does, again and again."""
        return {"visit": self._visit, "order": self._order, "upload": self._upload}

    def connect(self) -> http.client.HTTPConnection:
        """A new connection to NGINX."""
        return http.client.HTTPSConnection(self._address, self._port, timeout=60, context=self._tls)

    def _visit(self) -> None:
        user, begun = User(self, "visit"), time.monotonic()
        met = {user.ask("GET", "/", Accept="text/html")}
        chunks = sorted(set(CHUNK.findall(user.said)))
        if None not in met and not chunks:
            self.fail("visit", "GET /", "the page names no hashed file")
        met |= {user.ask("GET", chunk.decode()) for chunk in chunks[:3]}
        met |= {user.ask("GET", path) for path in ("/backend/time", "/python/time")}
        self.page(met, begun)

    def _order(self) -> None:
        body = b'{"customer": "Kim", "productId": 1, "quantity": 2}'
        User(self, "order").ask("POST", "/backend/orders", body, **{"Content-Type": "application/json"})

    def _upload(self) -> None:
        """Slowly, so that every shift meets one in flight."""
        headers = {"Content-Length": str(len(UPLOAD)), "Content-Type": "application/octet-stream"}
        expected = {"size": len(UPLOAD), "sha256": UPLOAD_DIGEST}
        User(self, "upload").ask("POST", "/backend/uploads", self._slowly(), expected=expected, **headers)

    def _slowly(self) -> Iterator[bytes]:
        for begin in range(0, len(UPLOAD), BLOCK):
            yield UPLOAD[begin : begin + BLOCK]
            time.sleep(0.15)
