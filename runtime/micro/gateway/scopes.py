"""Whether what a caller holds is enough for what a tool needs.

Grants may end in a wildcard: ``*`` is everything, ``orders:*`` all that begins with ``orders:``.
What is needed may name alternatives: ``orders:read|orders:admin`` is one of the two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable


def missing_scopes(needed: Iterable[str], held: Collection[str]) -> tuple[str, ...]:
    """Give what of ``needed`` the grants do not cover, in order; empty if they are enough."""
    if "*" in held:
        return ()
    return tuple(words for words in needed if not _is_met(words, held))


def _is_met(words: str, held: Collection[str]) -> bool:
    return any(covers(grant, scope) for scope in words.split("|") for grant in held)


def covers(grant: str, scope: str) -> bool:
    """Tell whether one grant covers one scope."""
    if grant == scope or grant == "*":
        return True
    return grant.endswith(":*") and scope.startswith(grant[:-1])
