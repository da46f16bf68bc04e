"""`python -m shop`: the service on port 8000, or on the one of PORT."""

from __future__ import annotations

import os

import uvicorn

from shop.app import create
from shop.settings import Settings


def main() -> None:
    """Serve until SIGTERM; then finish what is in flight."""
    settings = Settings.read()
    uvicorn.run(
        create(settings),
        host="0.0.0.0",  # noqa: S104  a container's own network
        port=int(os.environ.get("PORT", "8000")),
        # From the server and not the application: so errors and WebSocket handshakes have them too.
        headers=[("X-Release", settings.release), ("X-Slot", settings.slot)],
        proxy_headers=True,
        forwarded_allow_ips="*",  # only NGINX and the frontend reach the port
        timeout_keep_alive=20,  # longer than a reverse proxy keeps an idle connection
        timeout_graceful_shutdown=25,  # below the Compose file's stop_grace_period
    )


if __name__ == "__main__":
    main()
