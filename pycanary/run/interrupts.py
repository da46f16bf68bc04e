"""Signals: the first one stops the run in an orderly way, later ones do not disturb that."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pycanary.errors import Aborted, LeaseLost, PycanaryError

LOST = signal.SIGUSR1  # sent by the lease keeper's thread: a real signal is what wakes a blocked main thread


class Interrupts:
    """While entered, SIGINT, SIGTERM, SIGHUP and a lost lease raise in the main thread, once."""

    def __init__(self) -> None:
        self._deferring = 0
        self._pending: PycanaryError | None = None
        self._raised = False
        self._lost_to = ""
        self.told = False  # whether a signal asked this process to stop, also where nothing could be stopped any more

    def __enter__(self) -> Interrupts:
        self._previous = {
            number: signal.signal(number, self._receive)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, LOST)
        }
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            # A process that was told to stop ends now, with its own exit code: a second signal must not change that.
            # Python's own end would give the signal back to the system's default, but leaves an ignored one ignored.
            signal.signal(number, signal.SIG_IGN if self.told else handler)

    def lease_lost(self, to: str) -> None:
        """Called by any thread: the host has another owner now."""
        self._lost_to = to
        signal.pthread_kill(threading.main_thread().ident or 0, LOST)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """A signal that comes meanwhile raises at the end: what runs inside is all or nothing."""
        self._deferring += 1
        try:
            yield
        finally:
            self._deferring -= 1
        self._raise_pending()

    def settle(self) -> None:
        """From here on no signal raises: the run is being rolled back or finished."""
        self._raised = True

    def _receive(self, number: int, _: FrameType | None) -> None:
        self.told = self.told or number != LOST
        if self._raised or self._pending:  # a run that ends gives its lease back
            return
        if number == LOST:
            self._pending = LeaseLost.to(self._lost_to)
        else:
            self._pending = Aborted(f"stopped by {signal.Signals(number).name}")
        if not self._deferring:
            self._raise_pending()

    def _raise_pending(self) -> None:
        if self._pending is not None and not self._raised:
            self._raised = True
            raise self._pending
