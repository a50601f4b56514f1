"""Token buckets, exact under concurrency: each is one number, the moment at which it is full again.

Lives in this process. A store that several runtimes share would be another ``RateStore``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from micro.policies import RateLimit
from micro.snapshots import RateView

KEPT = 10_000
"""Buckets kept; more than that, and the full ones are forgotten, which changes no verdict."""

_SECOND = 1_000_000_000


class Grant(NamedTuple):
    """What taking tokens gave.

    Attributes:
        remaining: Calls that could follow at once, by the tightest bucket.
        retry_after: Seconds until the same can be had; 0 if it was given.
        short: Key of the bucket that had too little; empty if it was given.
    """

    remaining: int
    retry_after: float = 0.0
    short: str = ""


class RateStore(Protocol):
    """Where buckets live."""

    def take(self, demands: Sequence[tuple[str, RateLimit]]) -> Grant | Awaitable[Grant]:
        """Take one token from each bucket, or none from any; at once, or once it is awaited."""
        ...

    def views(self) -> tuple[RateView, ...]:
        """Give every bucket that is not full now."""
        ...


class Buckets:
    """The buckets of one runtime.

    Args:
        clock: Nanoseconds that never go back.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, demands: Sequence[tuple[str, RateLimit]]) -> Grant:
        """Take one token from each bucket, or none from any."""
        now, buckets = self._clock(), list[_Bucket]()
        is_short = False
        for key, limit in demands:
            bucket = self._buckets.get(key)
            if bucket is None or (bucket.limit is not limit and bucket.limit != limit):
                bucket = self._add(key, limit, now)
            if bucket.full_at - now > bucket.tolerance:
                is_short = True
            buckets.append(bucket)
        if is_short:
            return _short(buckets, now)
        remaining = sys.maxsize
        for bucket in buckets:
            left = bucket.take(now)
            if left < remaining:
                remaining = left
        return Grant(remaining)

    def views(self) -> tuple[RateView, ...]:
        """Give every bucket that is not full now."""
        now = self._clock()
        return tuple(
            RateView(key=key, limit=str(bucket.limit), remaining=bucket.remaining(now))
            for key, bucket in self._buckets.items()
            if bucket.full_at > now
        )

    def _add(self, key: str, limit: RateLimit, now: int) -> _Bucket:
        if len(self._buckets) >= KEPT:
            self._buckets = {k: b for k, b in self._buckets.items() if b.full_at > now}
        bucket = self._buckets[key] = _Bucket(key, limit, now)
        return bucket


def _short(buckets: Sequence[_Bucket], now: int) -> Grant:
    """Say which bucket it takes longest to fill, and how long."""
    last = max(buckets, key=lambda bucket: bucket.wait(now))
    return Grant(0, last.wait(now) / _SECOND, last.key)


class _Bucket:
    """One bucket, in whole nanoseconds, so that sums are exact."""

    __slots__ = ("full_at", "interval", "key", "limit", "tolerance")

    def __init__(self, key: str, limit: RateLimit, now: int) -> None:
        self.key = key
        self.limit = limit
        self.full_at = now
        self.interval = -(-round(limit.period * _SECOND) // limit.calls)
        self.tolerance = self.interval * (limit.capacity - 1)

    def wait(self, now: int) -> int:
        """Give the time until there is a token; 0 or less if there is one."""
        return self.full_at - now - self.tolerance

    def take(self, now: int) -> int:
        """Take a token; gives how many are left."""
        begins = now if now > self.full_at else self.full_at
        self.full_at = begins + self.interval
        return (self.tolerance + now - begins) // self.interval

    def remaining(self, now: int) -> int:
        """Count the whole tokens in it."""
        used = max(0, self.full_at - now)
        return (self.tolerance + self.interval - used) // self.interval
