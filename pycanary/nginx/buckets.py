"""Which side NGINX's `hash` sends a key to, computed here.

Source of the rule: ngx_http_upstream_hash_module, which is compatible with Cache::Memcached:
(crc32(key) >> 16) & 0x7fff, modulo the sum of the weights; servers take the buckets in the order they are written.
"""

from __future__ import annotations

import zlib

from pycanary.model.slot import Slot
from pycanary.model.weights import TOTAL, Weights


def hash_of(key: str) -> int:
    """NGINX's hash of a key: 0 to 32767."""
    return (zlib.crc32(key.encode()) >> 16) & 0x7FFF


def bucket_of(key: str) -> int:
    """The bucket of a key: 0 to 999."""
    return hash_of(key) % TOTAL


def side_of(key: str, weights: Weights, out: Slot | None = None) -> Slot:
    """The slot that serves a key."""
    if out is not None:
        return out.other
    return Slot.STABLE if bucket_of(key) < weights.stable else Slot.CANARY
