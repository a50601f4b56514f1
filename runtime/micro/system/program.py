"""What a process that is micro's own sets for itself: its loop, its files, its garbage.

Other people's processes, in which micro is a guest, are left as they are.
"""

from __future__ import annotations

import gc
import sys
from importlib.util import find_spec

FILES = 65_536
"""Open files that a server of very many connections needs; most systems begin with 1,024."""

RARELY = (10_000, 10, 10)
"""New objects before Python looks for garbage, and looks before one that goes through older ones.

By default it is 700 or 2,000: with ten thousand calls in flight these looks were half of what they
cost.
"""

_is_ours = False


def make_ours() -> None:
    """Make this process one of micro's own; for whoever begins it."""
    global _is_ours
    _is_ours = True
    gc.set_threshold(*RARELY)
    _allow_files()


def keep_what_stands() -> None:
    """Never look again through what is there now, as imported modules are; in our own process.

    With the SDK imported a whole look stops every call for 60 ms. Not for a process that loads code
    again: what it replaces would stay for ever.
    """
    if _is_ours:
        gc.freeze()


def loop_options() -> dict[str, object]:
    """Give what ``anyio.run`` is told of the loop: uvloop's, where that is installed."""
    return {"use_uvloop": find_spec("uvloop") is not None}


def _allow_files() -> None:
    if sys.platform == "win32":
        return
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
