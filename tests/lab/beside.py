"""Something that goes on beside a test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beside(step: Callable[[], object], *, pause_seconds: float) -> Iterator[None]:
    """Repeat step in a thread of its own, with that pause before each, for the time of the block."""
    stop = threading.Event()

    def repeat() -> None:
        while not stop.wait(pause_seconds):
            step()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
