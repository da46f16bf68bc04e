"""What a host sees of a slot's services at one moment: answers, states, logs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pycanary.config.model import Config
from pycanary.config.sections import Service
from pycanary.host.layout import Layout
from pycanary.host.script import Script, Value
from pycanary.model.slot import Slot
from pycanary.runtime.commands import slot_values

SHOWN_LINES = 20
SEARCHED_LINES = 1000  # of a log's start and of its end, where a pattern is looked for
SPARE_SECONDS = 60

# https://curl.se/libcurl/c/libcurl-errors.html
FAILURES = {
    7: "connection refused",
    28: "no answer in time",
    52: "connection closed without an answer",
    55: "connection reset",
    56: "connection reset",
    1: "no HTTP",
    8: "no HTTP",
    -1: "not asked yet",
}


@dataclass(frozen=True)
class Observation:
    """One service as it was seen."""

    service: str
    status: int | None  # of the HTTP answer; None: it did not answer, and `failure` says how
    failure: str = ""
    state: str = "running"  # Docker's words, and "missing"; "stopped" where the `running` command says no
    exit_code: int = 0
    restarts: int = 0
    out_of_memory: bool = False  # the kernel killed something in it
    started_at: str = "-"
    container: str = "-"
    restarted: bool = False  # between the first and the last look
    log: tuple[str, ...] = ()  # the last lines; empty where it answers 2xx
    log_head: tuple[str, ...] = ()  # the first lines, where patterns are looked for
    log_before: tuple[str, ...] = ()  # the last lines of the run before, where Docker started it again


def observe(config: Config, slot: Slot, services: Iterable[str], *, wait_seconds: int) -> Script:
    """Watch these services until all answer 2xx, one of them stops running, or that many seconds have passed.

    0: one look. Reads only, so it needs no lease.
    """
    wanted = [(name, config.services[name]) for name in services]
    patience = max((service.answer_seconds for _, service in wanted), default=0)
    return Script(
        "observe",
        {
            "SERVICES": "\n".join(_line(name, service, slot) for name, service in wanted),
            "WAIT_SECONDS": wait_seconds,
            **_runtime_values(config, slot),
        },
        timeout_seconds=wait_seconds + patience + SPARE_SECONDS,
        libraries=("masked", *(("commands", "observe_commands") if config.commands else ("observe_compose",))),
    )


def _line(name: str, service: Service, slot: Slot) -> str:
    port = service.stable if slot is Slot.STABLE else service.canary
    lines = SEARCHED_LINES if service.ready_log or service.fatal_log else SHOWN_LINES
    return f"{name} {port} {service.answer_seconds} {lines} {service.health}"


def _runtime_values(config: Config, slot: Slot) -> dict[str, Value]:
    own = slot_values(config, slot) if config.commands else {"PROJECT": f"{config.app}-{slot}"}
    return {"STATE": Layout.of(config).state, **own}


def parse_observations(output: str) -> dict[str, Observation]:
    """What `observe` printed, by service."""
    # Log lines are prefixed, so no application can write a line that begins a block.
    blocks = re.split(r"^service ", output, flags=re.MULTILINE)[1:]
    return {seen.service: seen for seen in map(_observation, blocks)}


def _observation(block: str) -> Observation:
    head, *lines = block.split("\n")  # not splitlines: a log line may hold any other separator
    name, status, curl = head.split()
    looks: dict[str, dict[str, Any]] = {}
    log: dict[str, list[str]] = {"<": [], ">": [], "!": []}
    for line in lines:
        if line[:1] in log:
            log[line[0]].append(_printable(line[1:]))
        elif line:
            word, *fields = line.split()
            looks[word] = _state(*fields)
    seen = Observation(
        name,
        **_answer(status, int(curl)),
        **looks["last"],
        log=tuple(log[">"]),
        log_head=tuple(log["<"]),
        log_before=tuple(log["!"]),
    )
    return replace(seen, restarted=is_restart(replace(seen, **looks["first"]), seen))


def is_restart(before: Observation, now: Observation) -> bool:
    """Whether the service was started anew between two looks."""
    if before.state == "created":
        return False
    return (before.restarts, before.started_at, before.container) != (now.restarts, now.started_at, now.container)


def _answer(status: str, curl: int) -> dict[str, Any]:
    if status != "000" and curl == 0:
        return {"status": int(status)}
    return {"status": None, "failure": FAILURES.get(curl, f"curl failed with status {curl}")}


def _state(state: str, exit_code: str, restarts: str, memory: str, started: str, container: str) -> dict[str, Any]:
    return {
        "state": state,
        "exit_code": int(exit_code),
        "restarts": int(restarts),
        "out_of_memory": memory == "true",
        "started_at": started,
        "container": container,
    }


def _printable(line: str) -> str:
    """Without colours and whatever else would move a terminal's cursor."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line)
    return "".join(character for character in plain if character.isprintable() or character == "\t").rstrip()
