"""The demo's screen: the run's own lines above, what users meet below."""

from __future__ import annotations

import math
import sys
import threading

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pycanary.demo.users import Users
from pycanary.lasting import lasting
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import TOTAL
from pycanary.run.reporter import PlainReporter, Reporter, Sentences, TerminalReporter
from pycanary.secret import Masker

COLOURS = ("green", "cyan", "magenta", "yellow", "blue")
WIDTH = 40
REFRESH_SECONDS = 0.25
# A share measured over n pages differs from the planned one by chance; beyond 4.5 standard deviations (once in
# 150,000 spans) plus the 0.2 % that verification leaves open, it is no chance.
DEVIATIONS = 4.5
UNPROVEN = 0.002


class Screen(Sentences):
    """Live on a terminal; in a log the same facts as lines."""

    masker: Masker

    def __init__(self, time_zone: str) -> None:
        self.wrong: list[str] = []  # where users met other weights than those served
        self._live: Live | None = None
        self._users: Users | None = None
        self._releases: dict[str, str] = {}
        self._doing = ""
        # A failing canary's requests are answered by the other slot: then a page may be mixed, not lost.
        self.retries_expected = False
        self._stop = threading.Event()
        self._lines: Reporter
        if sys.stdout.isatty():
            console = Console(highlight=False, file=lasting(sys.stdout))
            self._live = Live(console=console, auto_refresh=False, transient=True)
            self._lines = TerminalReporter(time_zone, console)
        else:
            self._lines = PlainReporter(time_zone)
        self.masker = self._lines.masker

    def watch(self, users: Users) -> None:
        """Show what these users meet, until `close`."""
        self._users = users
        if self._live is not None:
            self._live.start()
            threading.Thread(target=self._refresh, daemon=True, name="screen").start()

    def close(self) -> None:
        """End the live part."""
        self._stop.set()
        if self._live is not None:
            self._live.stop()

    def name(self, release: str, title: str) -> None:
        """How a release is shown."""
        self._releases[release[:8]] = title

    def title(self, text: str) -> None:
        """A chapter of the story."""
        self._lines.say("info", "")
        self._lines.say("info", f"=== {text}")

    def say(self, kind: str, text: str) -> None:
        """An event of the run."""
        self._doing = ""
        self._lines.say(kind, text)

    def progress(self, text: str) -> None:
        """What the run does now."""
        self._doing = text

    def served(self, traffic: Traffic, *, proven: bool) -> None:
        """From here on the users' own counts are about these weights."""
        super().served(traffic, proven=proven)
        if self._users is not None:
            self._users.span()

    def watched(self, traffic: Traffic, seconds: int, *, wrong: str) -> None:
        """Hold what the users met against what was planned."""
        super().watched(traffic, seconds, wrong=wrong)
        if self._users is None or len(set(traffic.weights.values())) != 1:
            return
        planned = next(iter(traffic.weights.values())).canary / TOTAL
        seen = self._users.span()
        met = seen.slots[Slot.CANARY] / seen.total if seen.total else 0.0
        text = f"users met: canary {met:.1%} of {seen.total} pages (planned {planned:.1%}), {seen.mixed} mixed"
        by_chance = DEVIATIONS * math.sqrt(planned * (1 - planned) / max(seen.total, 1)) + UNPROVEN
        whole = self.retries_expected or not seen.mixed
        if seen.total and whole and abs(met - planned) <= by_chance:
            self.say("done", text)
        else:
            self.wrong.append(text)
            self.say("error", text)

    def _refresh(self) -> None:
        while not self._stop.wait(REFRESH_SECONDS):
            if self._live is not None:
                self._live.update(self._view(), refresh=True)

    def _view(self) -> Group:
        if self._users is None:
            return Group()
        seen = self._users.peek()
        table = Table.grid(padding=(0, 1))
        for number, (release, title) in enumerate(self._releases.items()):
            share = seen.share(release)
            colour = COLOURS[number % len(COLOURS)]
            bar = Text("█" * round(share * WIDTH), colour) + Text("░" * (WIDTH - round(share * WIDTH)), "dim")
            table.add_row(Text(title, colour), bar, f"{share:5.0%}")
        failed = len(self._users.all.failures)
        verdict = Text(f"{failed} failed requests", "bold red" if failed else "bold green")
        return Group(Text(""), table, Text(f"{self._users.all.total} pages, ") + verdict, Text(self._doing, "dim"))
