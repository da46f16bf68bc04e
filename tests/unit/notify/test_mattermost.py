"""Sending to a real local server: whatever it does, at most a warning comes back, and never the URL."""

import contextlib
import datetime
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pycanary.notify import mattermost
from pycanary.secret import Secret

HOOK = "/hooks/hunter2"
SLOW = "Mattermost was not told: it did not answer within 0.5 s"


@contextlib.contextmanager
def server(answer, tls=None):
    """A server whose POST is `answer(handler)`; gives its port and the bodies that it got."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer(self)

        def log_message(self, *_):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    if tls:
        running.socket = tls.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running.server_port, bodies
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def status(code, **headers):
    def answer(handler):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.fixture
def patience(monkeypatch):
    """Half a second instead of five, and an event that ends what still drips."""
    monkeypatch.setattr(mattermost, "TOTAL_SECONDS", 0.5)
    over = threading.Event()
    yield over
    over.set()


def sent(port, scheme="http"):
    warning = mattermost.send(Secret(f"{scheme}://127.0.0.1:{port}{HOOK}"), {"text": "é"})
    assert warning is None or ("hunter2" not in warning and str(port) not in warning)
    return warning


def test_a_message_arrives_as_json():
    with server(status(200)) as (port, bodies):
        assert sent(port) is None
    assert bodies == [b'{"text": "\\u00e9"}']


@pytest.mark.parametrize("code", [400, 403, 404, 429, 500, 503])
def test_a_refusal_is_a_warning(code):
    with server(status(code)) as (port, _):
        assert sent(port) == f"Mattermost was not told: it answered {code}"


def test_a_redirect_is_not_followed():
    with (
        server(status(200)) as (other, bodies),
        server(status(307, Location=f"http://127.0.0.1:{other}/")) as (port, _),
    ):
        assert sent(port) == "Mattermost was not told: it answered 307, a redirect, which is not followed"
    assert bodies == []


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert sent(port) == "Mattermost was not told: it could not be reached"


def test_a_connection_that_is_dropped():
    with server(lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)) as (port, _):
        assert sent(port) == "Mattermost was not told: it could not be reached"


def test_an_answer_that_is_no_http():
    with server(lambda handler: handler.wfile.write(b"nonsense\r\n\r\n")) as (port, _):
        assert sent(port) == "Mattermost was not told: it could not be reached"


def test_no_answer_in_time(patience):
    with server(lambda handler: patience.wait(10)) as (port, _):
        assert sent(port) == SLOW
        patience.set()


def test_an_answer_that_drips_is_not_waited_for(patience):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        with contextlib.suppress(OSError):
            while not patience.wait(0.1):
                handler.wfile.write(b"X: y\r\n")

    with server(drip) as (port, _):
        assert sent(port) == SLOW
        patience.set()


def test_a_body_that_never_ends_is_of_no_interest(patience):
    def endless(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        patience.wait(10)

    with server(endless) as (port, _):
        assert sent(port) is None
        patience.set()


def test_a_certificate_that_nobody_vouches_for(tmp_path):
    with server(status(200), self_signed(tmp_path)) as (port, bodies):
        assert sent(port, "https") == "Mattermost was not told: its TLS certificate was not accepted"
    assert bodies == []


@pytest.mark.parametrize("url", ["", "hunter2", "ftp://h/hunter2", "http://", "http://[hunter2", "https://h:x/hunter2"])
def test_what_is_no_web_address(url):
    assert mattermost.send(Secret(url), {}) == "Mattermost was not told: the webhook's URL is not a web address"


def self_signed(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "tls.pem").write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    return context
