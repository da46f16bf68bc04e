"""`make example`: the stack of examples/shop on this machine, from the first release to a rollback by itself.

python -m tests.shop [story|faults]
"""

from __future__ import annotations

import importlib
import signal
import sys

from pycanary.errors import PycanaryError


def main(arguments: list[str]) -> int:
    """0 only when all that was shown is true."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave nothing running then either
    try:
        return int(importlib.import_module(f"tests.shop.{arguments[0] if arguments else 'story'}").tell())
    except (PycanaryError, AssertionError) as error:
        print(f"the example: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
