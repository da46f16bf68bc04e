"""Builds of one job: starting one, following it, and the last of each type."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pycanary.errors import ExitCode
from pycanary.jenkins.client import JenkinsFailed, Server

LOOK_SECONDS = 1.0
VANISHED_SECONDS = 60  # a queue item is forgotten some minutes after it ended: its build is found by its number then
RESULT_CODES = {"SUCCESS": ExitCode.DONE, "NOT_BUILT": ExitCode.NOTHING_TO_DO}


def job_path(name: str) -> str:
    """FOLDER/JOB as Jenkins's addresses have it: job/FOLDER/job/JOB/."""
    return "".join(f"job/{quote(part, safe='')}/" for part in name.strip("/").split("/"))


@dataclass(frozen=True)
class Build:
    """One build. result: SUCCESS, FAILURE, UNSTABLE, NOT_BUILT or ABORTED; empty while it runs."""

    number: int
    name: str
    result: str
    description: str
    started_ms: int


def start(server: Server, job: str, parameters: Mapping[str, str]) -> int:
    """Start a build; its number in the queue. Raises JenkinsFailed."""
    answer = server.post(f"{job_path(job)}buildWithParameters", parameters)
    number = answer.headers.get("Location", "").rstrip("/").rpartition("/")[2]
    if not number.isdecimal():
        raise JenkinsFailed(
            f"{job}: Jenkins did not say where the build waits", remedy="does the job have the parameter TYPE?"
        )
    return int(number)


def wait_for_build(server: Server, job: str, item: int, say: Callable[[str], None]) -> int:
    """The number of the build that a queue item became. Raises JenkinsFailed where it was cancelled or is gone."""
    pause, said, deadline = threading.Event(), "", time.monotonic() + VANISHED_SECONDS
    while True:
        found = _item(server, item)
        if found is None:
            number = _build_of_item(server, job, item)
            if number is not None:
                return number
            if time.monotonic() > deadline:
                raise JenkinsFailed(
                    f"{job}: item {item} is not in the queue any more, and no build came of it",
                    remedy="start it again",
                )
        else:
            deadline = time.monotonic() + VANISHED_SECONDS
            if found.get("cancelled"):
                raise JenkinsFailed(f"{job}: somebody cancelled it in the queue", remedy="start it again")
            if found.get("executable"):
                return int(found["executable"]["number"])
            why = str(found.get("why") or "")
            if why and why != said:
                say(f"in the queue: {why}")
                said = why
        pause.wait(LOOK_SECONDS)


def _item(server: Server, item: int) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = server.json(f"queue/item/{item}/api/json", patient=True)
    except JenkinsFailed as error:
        if error.status == 404:
            return None
        raise
    return found


def _build_of_item(server: Server, job: str, item: int) -> int | None:
    listed = server.json(f"{job_path(job)}api/json?tree=builds[number,queueId]", patient=True)
    return next((int(each["number"]) for each in listed.get("builds", []) if each.get("queueId") == item), None)


def follow(server: Server, job: str, number: int, show: Callable[[str], None]) -> Build:
    """Show the console as it grows, to the build's end. Outlasts a restart of Jenkins. Raises JenkinsFailed."""
    offset, pause = 0, threading.Event()
    while True:
        answer = server.text(f"{job_path(job)}{number}/logText/progressiveText?start={offset}", patient=True)
        answer.encoding = "utf-8"
        if answer.text:
            show(answer.text)
        offset = int(answer.headers.get("X-Text-Size", offset))
        if answer.headers.get("X-More-Data") != "true":
            build = info(server, job, number)
            if build.result:
                return build
        pause.wait(LOOK_SECONDS)


def info(server: Server, job: str, number: int) -> Build:
    """What is known of one build. Raises JenkinsFailed."""
    return _build(server.json(f"{job_path(job)}{number}/api/json?tree={_FIELDS}", patient=True))


def last(server: Server, job: str, count: int) -> list[Build]:
    """The last builds, newest first. Raises JenkinsFailed."""
    listed = server.json(f"{job_path(job)}api/json?tree=builds[{_FIELDS}]{{0,{count}}}")
    return [_build(each) for each in listed.get("builds", [])]


_FIELDS = "number,displayName,result,building,description,timestamp"


def _build(told: Mapping[str, Any]) -> Build:
    return Build(
        number=int(told["number"]),
        name=str(told.get("displayName") or f"#{told['number']}"),
        result="" if told.get("building") else str(told.get("result") or ""),
        description=str(told.get("description") or ""),
        started_ms=int(told.get("timestamp") or 0),
    )
