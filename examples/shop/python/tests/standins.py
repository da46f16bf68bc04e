"""Claude and S3 as far as the service asks them, over real HTTP. `python tests/standins.py PORT` serves both."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """POST /v1/messages is Claude's API; PUT of any other path is an object of S3."""

    protocol_version = "HTTP/1.1"
    server: StandIns

    def do_POST(self) -> None:
        asked = json.loads(self._body())
        if self.headers["Authorization"] != f"Bearer {self.server.api_key}" or not self.headers["anthropic-version"]:
            return self._answer(
                401, {"type": "error", "error": {"type": "authentication_error", "message": "wrong key"}}
            )
        text = f"An answer to: {asked['messages'][0]['content']}"
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": asked["model"],
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        return self._answer(200, message)

    def do_PUT(self) -> None:
        body = self._body()
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
            return self._answer(403, {})
        self.server.objects[self.path] = body
        return self._answer(200, {})

    def _body(self) -> bytes:
        if self.headers.get("Expect"):
            self.send_response_only(100)
            self.end_headers()
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, status: int, body: dict[str, object]) -> None:
        content = json.dumps(body).encode() if body else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is its own."""


class StandIns(ThreadingHTTPServer):
    """What was stored is in `objects`, by path."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1", port: int = 0, api_key: str = "a-key") -> None:
        super().__init__((host, port), Handler)
        self.objects: dict[str, bytes] = {}
        self.api_key = api_key
        self.address = f"http://127.0.0.1:{self.server_port}"


@contextmanager
def standins() -> Iterator[StandIns]:
    """Serve both on a free port."""
    with StandIns() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


if __name__ == "__main__":
    StandIns("0.0.0.0", int(sys.argv[1])).serve_forever()
