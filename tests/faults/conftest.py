"""The labs of the engine's tests, for faults too."""

from tests.engine.conftest import fresh, ready

__all__ = ["fresh", "ready"]
