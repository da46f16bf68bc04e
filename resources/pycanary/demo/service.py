"""One service of the demo's shop: standard library only, so that a slot is one process.

The release is the commit in COMMIT; what it does wrong is in behaviour.json beside this file.
"""

import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVICE, SLOT, RELEASE = os.environ["SERVICE"], os.environ["SLOT"], os.environ["COMMIT"][:8]
BEHAVIOUR = json.loads(Path(__file__).with_name("behaviour.json").read_text()).get(SERVICE, {})
answered = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self):
        global answered
        answered += self.path != "/health"
        broken = answered > BEHAVIOUR.get("works_for_requests", 10**9)
        body = json.dumps({"service": SERVICE, "slot": SLOT, "release": RELEASE}).encode()
        self.send_response(500 if broken else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Release", RELEASE)
        self.send_header("X-Slot", SLOT)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = False  # a request in flight is finished before the process ends


server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print(f"{SERVICE} {RELEASE} listens", flush=True)
server.serve_forever(poll_interval=0.05)
server.server_close()
print(f"{SERVICE} {RELEASE} stopped", flush=True)
