"""What people have met before: from a log's words to what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable

CAUSES: tuple[tuple[str, str], ...] = (
    (
        r"Access denied for user|password authentication failed|WRONGPASS|NOAUTH",
        "correct the database's user or password in the environment",
    ),
    (
        r"Unknown database|database \"[^\"]*\" does not exist",
        "create the database, or correct its name in the environment",
    ),
    (
        r"[Aa]ddress already in use|EADDRINUSE|[Pp]ort [0-9]+ was already in use",
        "free the port, or correct it in canary.yml and the Compose file: each port has one listener",
    ),
    (
        r"[Mm]igration .* failed|Validate failed: Migrations|FlywayException|Migration checksum mismatch|alembic.*Err"
        r"|failed migration to version|SQL [Ss]tate:? +42|SQLSyntaxErrorException|(Unknown|Duplicate) column",
        "mend the migration; stable runs on the same database, so it must fit both releases",
    ),
    (
        r"OutOfMemoryError|out of memory|Cannot allocate memory|MemoryError",
        "give it more memory: the container's limit, -Xmx, or --max-old-space-size",
    ),
    (
        r"Could not resolve placeholder|environment variable|KeyError: '[A-Z_]+'|Field required|is not set|must be set",
        "add the missing variable to `environment` in canary.yml",
    ),
    (
        r"UnknownHostException|getaddrinfo|[Nn]ame or service not known|Temporary failure in name resolution|ENOTFOUND",
        "correct the host name, or join the network of the stores in the Compose file",
    ),
    (
        r"[Cc]onnection refused|ECONNREFUSED|Communications link failure",
        "start what it connects to (the stores are in the shared Compose file), or correct its address",
    ),
    (r"[Pp]ermission denied|EACCES", "give the container's user the right to that file"),
    (
        r"Cannot find module|ModuleNotFoundError|ClassNotFoundException|NoClassDefFoundError|no such file or directory",
        "build the image again with all that it needs",
    ),
    (r"exec format error", "build the image for the host's processor"),
    (r"certificate", "correct the certificate or trust its authority in the image"),
)

BY_EXIT_CODE = {
    126: "its command may not be executed: correct its mode or its path in the image",
    127: "its command was not found in the image",
    137: "it was killed: most often for want of memory; raise the container's limit",
    139: "it crashed (segmentation fault): look at its native libraries",
    143: "somebody stopped it; see `docker events` and who else deploys to this host",
}

ELSEWHERE = "read its log (`pycanary logs`), mend the release, and deploy again"


def remedy(reason: str, log: Iterable[str]) -> str:
    """What to do about a service that failed, guessed from its last lines, then from how it ended."""
    lines = [*reversed(tuple(log)), reason]
    for pattern, advice in CAUSES:
        if any(re.search(pattern, line) for line in lines):
            return advice
    codes = re.findall(r"exited with code ([0-9]+)", "\n".join(lines))
    return BY_EXIT_CODE.get(int(codes[0]) if codes else 0, ELSEWHERE)
