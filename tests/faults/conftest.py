"""The labs of the engine's tests, for faults too."""

from tests.engine.conftest import fresh, ready, shared

__all__ = ["fresh", "ready", "shared"]
