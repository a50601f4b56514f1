"""Which names stand for secrets: by how they are written, or because a JSON Schema says so.

What secrets look like themselves, and how they are taken out, is in ``redaction``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

WORDS = ("pass", "secret", "key", "token", "auth", "credential", "cookie", "pwd", "session")
"""One of these is in every name that stands for a secret, in lower case."""

INTROSPECTION = "MICRO_INTROSPECTION_SECRET"
"""The variable with the secret of who asks about tokens. The project's code is not given it."""

_NAME = re.compile(
    r"password|passwd|passphrase|passcode|pwd|secret|api_?key|access_?key|private_?key"
    r"|signing_?key|encryption_?key|authorization|credential|cookie|session_?id"
    r"|(?:^|_)(?!page_|next_)(?:[a-z0-9]+_)*token$|^auth$"
)
_HARMLESS = re.compile(
    r"(?:page|next|continuation|sync)_(?:page_)?token$|_(?:count|length|ttl|url)$"
)
_hump = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


def plain(name: str) -> str:
    """Give a name in one writing, whatever it was written in: ``dbPassword`` as ``db_password``."""
    return _hump.sub("_", name).strip("_").lower()


def is_secret_name(name: str) -> bool:
    """Tell whether what stands under a name is a secret: ``dbPassword``, ``API_KEY``."""
    written = plain(name)
    return _NAME.search(written) is not None and _HARMLESS.search(written) is None


def secret_members(schema: Mapping[str, Any]) -> frozenset[str]:
    """Give the names that a JSON Schema says are secrets: ``writeOnly``, or of format password."""
    found: set[str] = set()
    waiting: list[object] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += cast("list[object]", part)
        elif isinstance(part, dict):
            table = cast("dict[str, object]", part)
            properties = table.get("properties")
            if isinstance(properties, dict):
                members = cast("dict[str, object]", properties)
                found |= {name for name, member in members.items() if _is_secret(member)}
            waiting += table.values()
    return frozenset(found)


def _is_secret(member: object) -> bool:
    """Tell whether a member's schema, or one of its alternatives, is a secret's."""
    if not isinstance(member, dict):
        return False
    table = cast("dict[str, Any]", member)
    if table.get("writeOnly") is True or table.get("format") == "password":
        return True
    return any(_is_secret(part) for part in cast("list[object]", table.get("anyOf", [])))
