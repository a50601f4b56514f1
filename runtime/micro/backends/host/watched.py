"""What several hosts want watched, as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from micro.backends.host.messages import Watching


def every(watching: Iterable[Watching]) -> Watching:
    """Give what several hosts want watched, together."""
    watching = tuple(watching)

    def of(names: Callable[[Watching], tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(sorted({name for each in watching for name in names(each)}))

    return Watching(
        folders=of(lambda each: each.folders),
        patterns=of(lambda each: each.patterns),
        installed=of(lambda each: each.installed),
    )
