"""What the runtime orders a host to load, and to give to the next one.

What else the two say to each other is in ``messages``.
"""

from __future__ import annotations

import msgspec

from micro.events import LoadError


class Load(msgspec.Struct, frozen=True, kw_only=True, tag="load"):
    """To the host: find and load services.

    ``numbers``: the generations there were. ``expected``: the files of services whose calls come in
    from the start; those that are called are loaded first. ``only``: of this file, if not empty;
    else of all files but ``without``, which others serve. ``follows``: another host leads, and has
    exclusive services to itself.
    """

    numbers: dict[str, int]
    expected: dict[str, str] = {}
    only: str = ""
    without: tuple[str, ...] = ()
    follows: bool = False


class Reload(msgspec.Struct, frozen=True, kw_only=True, tag="reload"):
    """To the host: these files changed. Answered by ``Reloaded``.

    ``numbers`` and ``follows`` as for ``Load``, from now on; as before, if ``numbers`` is ``None``.
    ``without``: files that others serve from now on. ``awaited``: services that should be among
    those that serve then; their calls wait.
    """

    id: int
    paths: tuple[str, ...]
    numbers: dict[str, int] | None = None
    without: tuple[str, ...] = ()
    follows: bool = False
    awaited: tuple[str, ...] = ()


class ReloadService(msgspec.Struct, frozen=True, kw_only=True, tag="reload_service"):
    """To the host: load a service again, or all if the name is empty. Answered by ``Reloaded``."""

    id: int
    service: str


class HandOver(msgspec.Struct, frozen=True, kw_only=True, tag="hand_over"):
    """To the host: another takes its place; what have services to hand over? ``HandedOver``."""

    id: int


class TakeOver(msgspec.Struct, frozen=True, kw_only=True, tag="take_over"):
    """To the host: what the last one's services handed over, packed. Answered by ``Reloaded``."""

    id: int
    states: dict[str, bytes]


class Settled(msgspec.Struct, frozen=True, kw_only=True, tag="settled"):
    """To the host: what became of an ``Elsewhere``: served there, unless there is an error."""

    id: int
    error: LoadError | None


Order = Reload | ReloadService | HandOver | TakeOver
"""What is answered once it was carried out."""
