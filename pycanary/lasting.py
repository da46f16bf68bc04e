"""Whoever reads standard output or error may leave, or its disk fill up; a deployment goes on all the same."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, TextIO, cast


def lasting(stream: TextIO) -> TextIO:
    """The stream, which writes nowhere from its first failure on, and raises nothing, whichever thread writes."""
    return cast("TextIO", _Lasting(stream))


class _Lasting:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, where that can be done."""
        try:
            return self._stream.write(text)
        except OSError:
            _hush(self._stream)
        return len(text)

    def flush(self) -> None:
        """Flush, where that can be done."""
        flush(self._stream)


def flush(stream: TextIO) -> None:
    """Flush the stream, or end it: else Python tries again at its own end, fails, and changes the exit code."""
    try:
        stream.flush()
    except OSError:
        _hush(stream)


def _hush(stream: TextIO) -> None:
    """From here on, what is written there goes nowhere, what could not be written yet too."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
    with contextlib.suppress(OSError):
        stream.flush()
