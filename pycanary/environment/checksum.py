"""Whether two environments are equal, told without their values."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from pycanary.secret import Secret


def checksum(values: Mapping[str, Secret], *, app: str) -> str:
    """64 hex digits over names and values, keyed by the application's name.

    Only to be compared: a value that can be guessed can be guessed from it too.
    """
    text = json.dumps({name: values[name].reveal() for name in sorted(values)})
    return hmac.new(f"pycanary {app}".encode(), text.encode(), hashlib.sha256).hexdigest()
