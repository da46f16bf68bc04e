"""What users send and read while slots are started and stopped."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable

import pytest

from tests.engine.world import flawless, records, running, split
from tests.lab.lab import Lab
from tests.lab.nginx import FLAVOURS


@pytest.mark.parametrize("whose", FLAVOURS)
def test_no_post_and_no_upload_is_lost_over_any_restart_of_a_slot(make_lab: Callable[..., Lab], whose: str) -> None:
    lab = make_lab(flavour=whose)
    lab.repository.commit()
    lab.deploy("stable")
    lab.configure(steps=["70%"], bake_seconds=0)
    with flawless(lab, visit=1, post=1, upload=2, upload_seconds=2.0) as users:
        for type_ in ("canary-auto", "promote-canary", "canary-auto", "stable"):
            if type_ != "promote-canary":
                lab.repository.commit()
            lab.deploy(type_)
    assert users.all.of_kind("upload") > 4
    assert len(users.all.releases()) == 4


class Stream(threading.Thread):
    """A user who reads a stream; how it ended."""

    def __init__(self, lab: Lab, path: str) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", lab.http_port, timeout=60)
        self.connection.request("GET", path, headers={"Connection": "close"})
        self.answer = self.connection.getresponse()
        self.open = True
        self.start()

    def run(self) -> None:
        """Read to its end."""
        while self.answer.read(64):
            continue
        self.open = False


def test_a_stream_that_outlives_the_draining_is_cut_and_said(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(bake_seconds=0, drain_seconds=2, mattermost=None)
    note = "long requests (streams, WebSockets) were still open after 2 s and are cut when the slot stops"
    with flawless(ready):
        stream = Stream(ready, "/stream?seconds=30")
        with running(ready, "deploy", "stable") as run:
            run.said("1:999, stable out are served")
            assert stream.open
            assert run.said(note).end().code == 0
        stream.join(5)
    assert not stream.open
    assert [note in each for each in records(ready)[0]["notes"]].count(True) == 1


def test_a_stream_that_ends_in_time_is_waited_for(ready: Lab) -> None:
    ready.repository.commit()
    ready.configure(bake_seconds=0, drain_seconds=30)
    with flawless(ready):
        stream = Stream(ready, "/stream?seconds=6")
        said = ready.deploy("stable").stdout
    assert "are cut" not in said
    assert not stream.open
    assert split(ready) == "999:1"
