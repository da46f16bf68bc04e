"""NGINX's version, and what it decides."""

from __future__ import annotations

import re

Version = tuple[int, int, int]

ERROR_LOG_ARGUMENT: Version = (1, 19, 5)  # `-e FILE`
HTTP2_DIRECTIVE: Version = (1, 25, 1)  # `http2 on;` in place of `listen ... http2`
KEEPALIVE_MIN_TIMEOUT: Version = (1, 27, 4)  # without it a reload closes connections that clients are just using
UPSTREAM_KEEPALIVE_DEFAULT: Version = (1, 29, 7)  # connections to upstreams are kept unless `keepalive 0`


def parse(text: str) -> Version | None:
    """The version in what `nginx -v` says ("nginx version: nginx/1.22.1", also OpenResty's four numbers)."""
    match = re.search(r"/(\d+)\.(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def dotted(version: Version) -> str:
    """For people: "1.22.1"."""
    return ".".join(map(str, version))
