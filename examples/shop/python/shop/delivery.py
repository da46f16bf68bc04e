"""When an order arrives. Days are the shop's, so the zone of the process matters."""

from __future__ import annotations

from datetime import date, datetime, timedelta

SAME_DAY_UNTIL_HOUR = 14
SUNDAY = 7


def delivery_date(ordered: datetime) -> date:
    """The next day, one later for orders of the afternoon, and never a Sunday."""
    days = 1 if ordered.hour < SAME_DAY_UNTIL_HOUR else 2
    day = ordered.date() + timedelta(days=days)
    return day + timedelta(days=1) if day.isoweekday() == SUNDAY else day
