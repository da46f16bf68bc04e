"""What people see while a run works: an aligned line for each event, in colour on a terminal, plain in a log."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TextIO
from zoneinfo import ZoneInfo

from pycanary.lasting import lasting
from pycanary.model.traffic import Traffic
from pycanary.printable import lines
from pycanary.secret import Masker

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

MARKS = {"stage": "▶", "info": " ", "done": "✓", "warning": "!", "error": "✗", "skip": "-"}
STYLES = {"stage": "bold cyan", "info": "", "done": "green", "warning": "yellow", "error": "bold red", "skip": "dim"}
WORDS = {"stage": "stage", "info": "", "done": "ok", "warning": "warn", "error": "ERROR", "skip": "skip"}


class Reporter(Protocol):
    """Where a run tells what it does. text may have several lines; kinds are the keys of MARKS."""

    masker: Masker

    def say(self, kind: str, text: str) -> None:
        """One event."""

    def progress(self, text: str) -> None:
        """What goes on right now; replaced by the next one, and by every event."""

    def moving(self, traffic: Traffic) -> None:
        """From here on, until they are proven, users are moved to these weights."""

    def served(self, traffic: Traffic, *, proven: bool) -> None:
        """These weights are what the running NGINX serves: proven by requests, or said by it."""

    def watched(self, traffic: Traffic, seconds: int, *, wrong: str) -> None:
        """A bake of that many seconds at these weights was passed; wrong: what a few of its looks found."""


class Sentences:
    """The sentences of the events that have a meaning of their own."""

    def say(self, kind: str, text: str) -> None:
        """One event."""
        raise NotImplementedError

    def progress(self, text: str) -> None:
        """What goes on right now."""
        raise NotImplementedError

    def moving(self, traffic: Traffic) -> None:
        """From here on, until they are proven, users are moved to these weights."""
        self.progress(f"moving users to {traffic.summary}")

    def served(self, traffic: Traffic, *, proven: bool) -> None:
        """These weights are what the running NGINX serves: proven by requests, or said by it."""
        how = "proven on the running NGINX" if proven else "as the running NGINX says"
        self.say("done", f"weights {traffic.summary} are served, {how}")

    def watched(self, traffic: Traffic, seconds: int, *, wrong: str) -> None:
        """A bake of that many seconds at these weights was passed; wrong: what a few of its looks found."""
        self.say("done", f"watched {traffic.summary} for {seconds} s, {wrong or 'healthy all the time'}")


class PlainReporter(Sentences):
    """Timestamped lines for logs and pipes."""

    def __init__(self, time_zone: str, stream: TextIO | None = None) -> None:
        self.masker = Masker()
        self._zone = ZoneInfo(time_zone)
        self._stream = lasting(stream or sys.stdout)

    def say(self, kind: str, text: str) -> None:
        """One line with time and word; further lines are indented below it."""
        first, *rest = lines(self.masker.mask(text))
        now = datetime.now(self._zone)
        shown = [f"{now:%H:%M:%S} {WORDS[kind]:<5} {first}", *(f"{'':<14} {line}" for line in rest)]
        print("\n".join(shown), file=self._stream, flush=True)

    def progress(self, text: str) -> None:
        """Nothing: a log shows events only."""


class TerminalReporter(Sentences):
    """Colour and a live last line, by rich."""

    def __init__(self, time_zone: str, console: Console | None = None) -> None:
        from rich.console import Console as RichConsole

        self.masker = Masker()
        self._zone = ZoneInfo(time_zone)
        self._console = console or RichConsole(highlight=False, file=lasting(sys.stdout))
        self._status: Status | None = None

    def say(self, kind: str, text: str) -> None:
        """One coloured line; ends the live line."""
        from rich.text import Text

        self._end_progress()
        first, *rest = lines(self.masker.mask(text))
        now = datetime.now(self._zone)
        line = Text.assemble((f"{now:%H:%M:%S} ", "dim"), (f"{MARKS[kind]} {first}", STYLES[kind]))
        self._console.print(line, soft_wrap=True)
        for more in rest:
            self._console.print(Text(f"{'':<11}{more}", STYLES[kind]), soft_wrap=True)

    def progress(self, text: str) -> None:
        """Show what goes on with a spinner."""
        from rich.text import Text

        line = Text(self.masker.mask(text), "dim")
        if self._status is None:
            self._status = self._console.status(line)
            self._status.start()
        else:
            self._status.update(line)

    def _end_progress(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def reporter_for(time_zone: str, *, plain: bool = False) -> Reporter:
    """The reporter that suits standard output."""
    return PlainReporter(time_zone) if plain or not sys.stdout.isatty() else TerminalReporter(time_zone)
