"""A real SSH server in this process: it runs what it is sent by `sh`, as sshd does."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path

import asyncssh

CHUNK = 65536


class SshServer:
    """Listens on a loopback port of its own choosing, for one generated client key."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ssh-server", daemon=True)
        self.port = 0

    def start(self) -> None:
        """Make keys, listen, and write `id` and `known_hosts` into the directory."""
        host_key, client_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        identity = self._directory / "id"
        identity.touch(mode=0o600)
        client_key.write_private_key(identity)
        authorized = asyncssh.import_authorized_keys(client_key.export_public_key().decode())
        self._thread.start()

        async def listen() -> int:
            server = await asyncssh.listen(
                "127.0.0.1",
                0,
                server_host_keys=[host_key],
                authorized_client_keys=authorized,
                process_factory=_run,
                encoding=None,
            )
            return server.get_port()

        self.port = asyncio.run_coroutine_threadsafe(listen(), self._loop).result(timeout=10)
        public = host_key.export_public_key().decode().strip()
        (self._directory / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {public}\n")

    def stop(self) -> None:
        """End the server with everything that it still runs."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)


async def _run(process: asyncssh.SSHServerProcess[bytes]) -> None:
    child = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        process.command or "exec sh",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # as under sshd: Ctrl-C at the demo's terminal is not for the host's processes
    )
    feeding = asyncio.ensure_future(_feed(process, child))
    try:
        await asyncio.gather(_copy(child.stdout, process.stdout), _copy(child.stderr, process.stderr))
        status = await child.wait()
        process.exit(status if status >= 0 else 128 - status)
    except (OSError, asyncssh.Error):
        process.close()  # the client is gone; what it started ends by itself, as under sshd
    finally:
        feeding.cancel()


async def _feed(process: asyncssh.SSHServerProcess[bytes], child: asyncio.subprocess.Process) -> None:
    """The client's bytes to the command, until either end closes."""
    if child.stdin is None:
        return
    with contextlib.suppress(OSError, asyncssh.Error):
        while chunk := await process.stdin.read(CHUNK):
            child.stdin.write(chunk)
            await child.stdin.drain()
    child.stdin.close()


async def _copy(source: asyncio.StreamReader | None, target: asyncssh.SSHWriter[bytes]) -> None:
    while source is not None and (chunk := await source.read(CHUNK)):
        target.write(chunk)
        await target.drain()
