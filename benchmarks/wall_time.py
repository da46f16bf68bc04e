"""What `deploy canary-auto` costs beyond the work of the application itself."""

from __future__ import annotations

from pathlib import Path

from benchmarks.deployments import Timed, deploy
from benchmarks.row import Row, seconds
from tests.lab.lab import lab

AT_MOST_SECONDS = 10
BAKE_SECONDS = 1
STEPS = 3


def measure(directory: Path) -> list[Row]:
    """One deployment on one host, services as processes, nobody else there."""
    with lab(directory / "lab", "bench", flavour="debian") as made:
        made.configure(bake_seconds=BAKE_SECONDS)
        made.repository.commit()
        deploy(made, "stable")
        made.repository.commit()
        timed = deploy(made, "canary-auto")
    own = timed.seconds - sum(_subtracted(timed).values())
    parts = ", ".join(f"{name} {seconds(took)}" for name, took in _subtracted(timed).items())
    return [
        Row(
            "deploy canary-auto, own time",
            seconds(own),
            f"whole: {seconds(timed.seconds)}; {len(timed.scripts)} remote commands",
            f"<= {AT_MOST_SECONDS} s",
            own <= AT_MOST_SECONDS,
            f"one process, one host over SSH; the whole less {parts}",
        )
    ]


def _subtracted(timed: Timed) -> dict[str, float]:
    return {
        "bakes": float(STEPS * BAKE_SECONDS),
        "stopping and starting the application": timed.spent_in("commands_each"),
        "waiting for its health": timed.stages["health"],
        "drain": timed.spent_in("drain"),
        "settle": timed.stages["settle"],
    }
