"""One line of the table of figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A measured figure.

    measured, beside: the figure and its alternative of the same run, as text. target: what it must reach; empty where
    it is only shown. met: whether it does. how: protocol, client, number of repetitions.
    """

    figure: str
    measured: str
    beside: str
    target: str
    met: bool
    how: str

    @property
    def verdict(self) -> str:
        """For the table's last column."""
        if not self.target:
            return "shown"
        return "met" if self.met else "MISSED"


def seconds(value: float) -> str:
    """A duration for the table."""
    return f"{value:.2f} s"


def count(value: int) -> str:
    """A number with its thousands apart."""
    return f"{value:,}"
