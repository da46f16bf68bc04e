"""Keeps the lease on every host while this process lives, on channels of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pycanary.errors import PycanaryError
from pycanary.host import lease
from pycanary.host.connection import Conversation, Host

LOOK_SECONDS = 0.5  # how soon a run that was taken over yields
RENEWALS = 6  # per lease time, so that several may fail


class Keeper:
    """Renews the lease in one thread for each host that was taken, and reports its loss once."""

    def __init__(self, state: str, run_id: str, seconds: int, on_lost: Callable[[str], None]) -> None:
        self._script = lease.keep(state, run_id)
        self._seconds = seconds
        self._on_lost = on_lost
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def keep(self, host: Host) -> None:
        """Renew from now on what this run has just taken there."""
        thread = threading.Thread(target=self._keep, args=(host,), name=f"lease-{host.name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """End the renewals; the lease stays as it is."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2 * LOOK_SECONDS + 1)

    def _keep(self, host: Host) -> None:
        while not self._stop.is_set():
            try:
                conversation = host.converse(self._script)
            except PycanaryError:  # the stage meets the same broken connection and reports it
                self._stop.wait(LOOK_SECONDS)
                continue
            answer = self._renew(conversation)
            if answer.startswith("lost"):
                if not self._stop.is_set():
                    self._on_lost(_who(answer))
                conversation.close()
                return
            if self._stop.is_set():
                conversation.close()
            else:
                # A peer that does not answer is gone or frozen: no command shall wait on it. The connection may have
                # been opened anew meanwhile, by a rollback: that one stays, and the lease is renewed over it.
                conversation.abandon()

    def _renew(self, conversation: Conversation) -> str:
        """Renew until this is over, the lease is lost or the other end is gone; the last answer."""
        answer, renew_at = "ok", 0.0
        while answer in ("ok", "failed") and not self._stop.wait(LOOK_SECONDS):
            due = time.monotonic() >= renew_at
            answer = conversation.ask(f"renew {self._seconds}" if due else "look 0")
            if due:
                renew_at = time.monotonic() + self._seconds / RENEWALS
            if answer == "failed":  # a full disk, say: the lease stands until it runs out, so try again
                renew_at = time.monotonic()
        return answer


def _who(answer: str) -> str:
    kind, _, who = answer.removeprefix("lost ").partition("\t")
    if kind == "nobody":
        return ""
    return f"{kind} by {who}" if who else kind
