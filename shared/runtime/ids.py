"""New ids for what nothing else names: UUIDv7, ordered by time (RFC 9562)."""

import os
from datetime import datetime
from uuid import UUID


def new_id(now: datetime) -> str:
    """A UUIDv7 of `now`."""
    number = int(now.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10))
    versioned = number & ~(0xF << 76) | (0x7 << 76)
    return str(UUID(int=versioned & ~(0x3 << 62) | (0x2 << 62)))
