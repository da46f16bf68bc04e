"""When an order arrives."""

from __future__ import annotations

from datetime import datetime

import pytest

from shop.delivery import delivery_date


@pytest.mark.parametrize(
    ("ordered", "arrives"),
    [
        ("2026-11-24 13:59", "2026-11-25"),
        ("2026-11-24 14:00", "2026-11-26"),
        ("2026-11-28 09:00", "2026-11-30"),  # Saturday: not on Sunday
        ("2026-11-27 15:00", "2026-11-30"),
    ],
)
def test_delivery_date(ordered: str, arrives: str) -> None:
    assert delivery_date(datetime.fromisoformat(ordered)).isoformat() == arrives
