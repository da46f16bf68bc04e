"""Every deployment type from the state that it is begun in, and the weights that it may leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.engine.world import remembered, split_of, state_directory
from tests.lab.lab import Lab

LEASE = {"running_seconds": 3, "between_seconds": 3}
BAKING_SECONDS = 60  # of a deployment that works beside a harmed one: longer than that takes
SECRET = "API_KEY"  # the name of the one value of `.env`
STABLE = ("999:1", "999:1, canary out")
HELD = ("300:700",)


@dataclass(frozen=True)
class Scenario:
    """A deployment that is to be harmed.

    begin: brings a lab to where it starts. done: the weights of a success. back: those that a failure may bring back,
    by whoever does it: the deployer, the host's watchdog, or the next command.
    """

    name: str
    command: tuple[str, ...]
    begin: Callable[[Lab], None]
    done: tuple[str, ...]
    back: tuple[str, ...]
    empty_host: bool = False
    beside: tuple[str, ...] = ()  # the deployment that works meanwhile, and bakes until it is taken over

    def allowed(self, code: int) -> tuple[str, ...]:
        """The weights that the design allows after this exit code; a killed deployer has none of its own."""
        return {0: self.done, 3: self.back}.get(code, (*self.done, *self.back))


def configure(lab: Lab, **changes: object) -> None:
    """Short times, so that a fault costs seconds."""
    short: dict[str, object] = {
        "environment": {SECRET: {}},
        "lease": LEASE,
        "drain_seconds": 3,
        "bake_seconds": 0,
        "wait_seconds": 15,
        "steps": ["70%"],
    }
    lab.configure(**{**short, **changes})


def _nothing(lab: Lab) -> None:
    configure(lab)


def _stable(lab: Lab) -> None:
    configure(lab)
    if not _known(lab):
        lab.repository.commit()
        lab.deploy("stable")
    if "stable out" in _split(lab):
        lab.deploy("stable")
    if _split(lab) != "999:1, canary out":  # always from the same state, so that the same commands follow
        lab.deploy("rollback", "--out")


def _held(lab: Lab) -> None:
    configure(lab)
    if _known(lab) and remembered(lab)["held_since"] and _split(lab) in HELD:
        return
    _stable(lab)
    lab.repository.commit()
    lab.deploy("canary-auto")


def _promoted(lab: Lab) -> None:
    configure(lab)
    if _known(lab) and _split(lab) == "1:999":
        return
    _held(lab)
    lab.deploy("promote-canary")


def _known(lab: Lab) -> bool:
    return (state_directory(lab) / "state.json").exists()


def _split(lab: Lab) -> str:
    return split_of(remembered(lab))


SCENARIOS = (
    Scenario("first stable", ("stable",), _nothing, ("999:1, canary out",), ("nothing", *STABLE), empty_host=True),
    Scenario("stable", ("stable",), _stable, ("999:1",), (*STABLE, "1:999, stable out", "1:999")),
    Scenario("canary-auto", ("canary-auto",), _stable, HELD, STABLE),
    Scenario("canary-manual", ("canary-manual", "--weight", "25%"), _stable, ("750:250",), STABLE),
    Scenario("promote-canary", ("promote-canary",), _held, ("1:999",), HELD),
    Scenario("rollback", ("rollback",), _held, STABLE, (*HELD, *STABLE)),
    Scenario(
        "canary-auto after a promotion", ("canary-auto",), _promoted, HELD, ("1:999", "1:999, stable out", *STABLE)
    ),
    Scenario("canary-auto from a hold", ("canary-auto",), _held, HELD, (*HELD, *STABLE)),
    Scenario("canary-manual from a hold", ("canary-manual", "--weight", "25%"), _held, ("750:250",), (*HELD, *STABLE)),
    Scenario("stable after a promotion", ("stable",), _promoted, ("999:1",), ("1:999", "1:999, stable out", *STABLE)),
    Scenario(
        "rollback during a canary-manual",
        ("rollback",),
        _stable,
        STABLE,
        STABLE,
        beside=("canary-manual", "--weight", "25%"),
    ),
    Scenario("rollback during a promotion", ("rollback",), _held, STABLE, (*HELD, *STABLE), beside=("promote-canary",)),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
