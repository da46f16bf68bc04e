"""The table of what was tried and what held: for a terminal, and for README.md."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.table import Table

from tests.faults.invariants import NAMES, NO_SECRET_IS_SEEN
from tests.faults.matrix import KINDS
from tests.faults.rest import TARGET_SECONDS
from tests.faults.scenarios import SCENARIOS
from tests.faults.trial import Outcome

BEGIN, END = "<!-- faults -->", "<!-- /faults -->"


def grid(outcomes: Iterable[Outcome]) -> list[tuple[str, ...]]:
    """How many faults of each kind were tried with each type; the first line is the head."""
    tried = Counter((each.scenario, each.kind) for each in outcomes if each.injected)
    head = ("deployment", *(kind.replace("-", " ") for kind in KINDS))  # it may be wrapped there
    lines = [(one.name, *(str(tried[one.name, kind]) for kind in KINDS)) for one in SCENARIOS]
    return [head, *lines]


def totals(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    """The figures, each with its name."""
    late = [seconds for each in outcomes for seconds in each.right_after]
    came = [each for each in outcomes if each.injected]
    broken = sum(len(set(each.broken) & set(NAMES)) for each in came)
    checked = len(came) * len(NAMES)
    following = Counter(type_ for each in outcomes for type_ in each.then.split(", "))
    return [
        ("faults injected", f"{len(came):,}"),
        ("of them on one of two hosts", f"{sum(each.injected and each.hosts == 2 for each in outcomes):,}"),
        ("faults that did not come, and count for nothing below", f"{len(outcomes) - len(came):,}"),
        ("invariants checked", f"{checked:,}"),
        ("invariants held", f"{checked - broken:,}"),
        ("requests sent meanwhile", f"{sum(each.requests for each in outcomes):,}"),
        ("requests lost", f"{sum(each.lost for each in outcomes):,}"),
        ("secrets seen", f"{sum(len(each.broken.get(NO_SECRET_IS_SEEN, ())) for each in outcomes):,}"),
        ("hosts that put themselves right after their lease ran out", f"{len(late):,}"),
        ("until such a host was right again, median", f"{statistics.median(late):.1f} s" if late else "–"),
        (
            f"until such a host was right again, worst (target: {TARGET_SECONDS} s)",
            f"{max(late):.1f} s" if late else "–",
        ),
        ("deployed next", ", ".join(f"{count} {type_}" for type_, count in sorted(following.items())) or "–"),
    ]


def tables(outcomes: Sequence[Outcome]) -> tuple[Table, Table]:
    """For a terminal."""
    head, *lines = grid(outcomes)
    tried, figures = Table(*head, title="faults tried"), Table("figure", "measured")
    for line in lines:
        tried.add_row(*line)
    for name, value in totals(outcomes):
        figures.add_row(name, value)
    return tried, figures


def markdown(outcomes: Sequence[Outcome], how: str) -> str:
    """For README.md: what was tried, the figures, and how they came about."""
    head, *lines = grid(outcomes)
    kinds = "; ".join(f"*{kind.replace('-', ' ')}*: {words}" for kind, words in KINDS.items())
    text = [_line(head), _line(["---"] * len(head)), *map(_line, lines), "", kinds + ".", ""]
    text += [_line(("figure", "measured")), _line(("---", "---")), *map(_line, totals(outcomes)), ""]
    text += ["After each fault: " + "; ".join(NAMES) + ".", "", how]
    return "\n".join(text)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
