"""A registry with one image, as much of its protocol as a pull needs."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.lab.containers import docker_host

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@contextmanager
def registry(image: str) -> Iterator[int]:
    """The port on which any name and tag is that local image. Docker speaks plain HTTP to the loopback."""
    answers = _answers(image)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, body = answers.get(self.path.rpartition("/")[2], (MANIFEST, answers["manifest"][1]))
            if self.path == "/v2/":
                kind, body = "application/json", b"{}"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Docker-Content-Digest", _digest(body))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _answers(image: str) -> dict[str, tuple[str, bytes]]:
    """What is asked for by its last path component: the manifest, and blobs by their digests."""
    saved = subprocess.run(["docker", "--host", docker_host(), "save", image], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(saved)) as tar:

        def member(name: str) -> bytes:
            file = tar.extractfile(name)
            assert file
            return file.read()

        [described] = json.loads(member("manifest.json"))
        config = member(described["Config"])
        layers = [gzip.compress(member(name)) for name in described["Layers"]]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _blob("application/vnd.docker.container.image.v1+json", config),
        "layers": [_blob("application/vnd.docker.image.rootfs.diff.tar.gzip", layer) for layer in layers],
    }
    blobs = {_digest(blob): ("application/octet-stream", blob) for blob in (config, *layers)}
    return {"manifest": (MANIFEST, json.dumps(manifest).encode()), **blobs}


def _blob(kind: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": kind, "size": len(blob), "digest": _digest(blob)}


def _digest(blob: bytes) -> str:
    return "sha256:" + hashlib.sha256(blob).hexdigest()
