"""A report as a Mattermost message: a title, a colour and a few fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pycanary.model.outcome import Outcome
from pycanary.model.weights import Weights
from pycanary.notify.escape import link, literal
from pycanary.notify.report import Report

GREEN, YELLOW, RED, GREY = "#2e7d32", "#f9a825", "#c62828", "#757575"
COLOURS = {
    Outcome.DONE: GREEN,
    Outcome.HELD: YELLOW,
    Outcome.FAILED: RED,
    Outcome.ABORTED: RED,
    Outcome.PERSON_NEEDED: RED,
}
MOST_NOTES = 5


def message(report: Report, channel: str | None = None) -> dict[str, Any]:
    """The JSON that an incoming webhook takes; channel: where it is not the webhook's own."""
    title = _title(report)
    attachment: dict[str, Any] = {
        "fallback": title,
        "color": COLOURS.get(report.outcome, GREY),
        "title": title,
        "fields": [{"title": name, "value": value, "short": short} for name, value, short in _fields(report)],
    }
    to = {"channel": channel} if channel else {}
    return {**to, "attachments": [attachment]}


def _title(report: Report) -> str:
    shares = sorted({weights.percent for weights in report.weights_after.values()})
    held = f" at {' and '.join(shares)}" if report.outcome is Outcome.HELD and shares else ""
    return f"{report.app}: {report.type} {report.outcome}{held}"


def _fields(report: Report) -> list[tuple[str, str, bool]]:
    """Title, value and whether it shares its line, in the order in which people look."""
    fields = _failure(report)
    if report.commit:
        commit = report.commit
        subject = next((line for line in commit.message.splitlines() if line.strip()), "")
        fields.append(("Commit", f"{link(commit.short, report.commit_url)} {literal(subject)}", False))
        fields.append(("Author", literal(commit.author, 80), True))
    fields.append(("Started by", literal(report.who, 80), True))
    if report.reason:
        fields.append(("Reason", literal(report.reason), False))
    if report.weights_after or report.weights_before:
        fields.append(("Stable : canary", _weights(report), False))
    fields.append(("Duration", duration(report.duration_seconds), True))
    if report.run_url:
        fields.append(("Run", link("open", report.run_url), True))
    if len(report.hosts) > 1:
        fields.append(("Hosts", ", ".join(literal(host, 80) for host in report.hosts), False))
    if report.notes:
        fields.append(("Notes", "\n".join(literal(note) for note in report.notes[:MOST_NOTES]), False))
    return fields


def _failure(report: Report) -> list[tuple[str, str, bool]]:
    fields = []
    if report.remedy:
        fields.append(("What to do now", literal(report.remedy.replace("`", "")), False))
    if report.failed_stage:
        fields.append(("Failed stage", literal(report.failed_stage, 80), True))
    if report.rolled_back_to:
        fields.append(("Rolled back to", literal(report.rolled_back_to, 80), True))
    if report.failure:
        fields.append(("Why", literal(report.failure), False))
    if report.log_url and (report.failure or report.failed_stage):
        fields.append(("Log", link("open", report.log_url), True))
    return fields


def _weights(report: Report) -> str:
    """One line for all services that moved alike: "frontend, backend: 999:1 → 300:700"."""
    alike: dict[str, list[str]] = {}
    for name in report.weights_after or report.weights_before:
        alike.setdefault(_moved(name, report.weights_before, report.weights_after), []).append(name)
    lines = [f"{', '.join(names)}: {moved}" for moved, names in alike.items()]
    return "\n".join([*lines, f"{report.out} is out"] if report.out else lines)


def _moved(name: str, before: Mapping[str, Weights], after: Mapping[str, Weights]) -> str:
    was, now = before.get(name), after.get(name)
    if was is None or now is None or was == now:
        return str(now or was)
    return f"{was} → {now}"


def duration(seconds: float) -> str:
    """For people: "42 s", "3 min 5 s", "1 h 2 min"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
