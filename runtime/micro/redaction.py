"""Takes secrets out of what is kept or shown: by the name they stand under, by shape, by value.

Done at the source: before ledger, events, log lines, tracebacks and exports. A text without any
sign of a secret costs a few searches and is given back as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from micro.calls import Call, ToolResult, ToolSpec
from micro.events import AnyEvent, LogWritten, ServiceFailed

MASK = "[redacted]"

SHORTEST = 8
"""Characters of an environment variable's value below which it is too common a word to look for."""

LARGEST = 1024 * 1024
"""Characters of arguments or of a result above which they are not kept: looking takes too long."""

_WORDS = ("pass", "secret", "key", "token", "auth", "credential", "cookie", "pwd", "session")
"""One of these is in every name that stands for a secret, in lower case."""
_NAME = re.compile(
    r"password|passwd|passphrase|passcode|pwd|secret|api_?key|access_?key|private_?key"
    r"|signing_?key|encryption_?key|authorization|credential|cookie|session_?id"
    r"|(?:^|_)(?!page_|next_)(?:[a-z0-9]+_)*token$|^auth$"
)
_HARMLESS = re.compile(
    r"(?:page|next|continuation|sync)_(?:page_)?token$|_(?:count|length|ttl|url)$"
)
_hump = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")

_MARKS = (
    *("://", "eyJ", "earer ", "asic ", "sk-", "sk_", "rk_", "gh", "glpat-", "xox", "AKIA", "ASIA"),
    *("AIza", "micro_", "-----BEGIN", "npm_", "pypi-", "="),
)
"""One of these is in everything that ``_SHAPES`` finds."""
_SHAPES = re.compile(
    r"(?P<dsn>[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@\"']*:)[^\s@/\"']+(?=@)"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|(?P<scheme>\b(?:[Bb]earer|[Bb]asic)\s+)[A-Za-z0-9._~+/=-]{12,}"
    r"|\b(?:sk|rk|pk)[-_][A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{30,}"
    r"|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_-]{30,}|\bmicro_[0-9a-f]{12}_[A-Za-z0-9_-]{43}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?P<named>(?i:\b(?:password|passwd|pwd|secret|api_?key|token))\s*=\s*[\"']?)[^\s\"'&,;]+",
    re.DOTALL,
)

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Redactor:
    """Finds secrets.

    Args:
        environment: Where variables are looked for whose name says that they hold a secret.
        names: Further names, in any writing, whose values are secrets.
    """

    def __init__(self, environment: Mapping[str, str], names: Iterable[str] = ()) -> None:
        values = {
            value
            for name, value in environment.items()
            if len(value) >= SHORTEST and is_secret_name(name) and not value.isdigit()
        }
        values |= {_encode(value).decode()[1:-1] for value in values}
        self._values = tuple(sorted(values, key=len, reverse=True))
        self._names = frozenset(_plain(name) for name in names)
        self._members: dict[str, tuple[ToolSpec, frozenset[str]]] = {}
        self._last = (b"", "")

    def text(self, text: str) -> str:
        """Give a text without what looks like a secret, or is the value of one."""
        if any(mark in text for mark in _MARKS):
            text = _SHAPES.sub(_masked, text)
        for value in self._values:
            if value in text:
                text = text.replace(value, MASK)
        return text

    def json(self, text: str, secrets: frozenset[str] = frozenset()) -> str:
        """Give JSON text without secrets; the same text where there are none.

        Args:
            text: JSON; what is none is treated as any text.
            secrets: Names of members that hold secrets here, whatever they are called.
        """
        low = text.lower()
        if secrets or self._names or any(word in low for word in _WORDS):
            try:
                value: object = _decode(text)
            except (msgspec.MsgspecError, RecursionError, UnicodeError):
                return self.text(text)
            clean = self._clean(value, secrets)
            if clean != value:
                return _encode(clean).decode()
        return self.text(text)

    def arguments(self, call: Call) -> str:
        """Give a call's arguments as they may be kept and shown.

        Asked again for the same call, it gives what it gave before.
        """
        if call.arguments is not self._last[0]:
            secrets = self._secrets_of(call.tool.spec) if call.tool else frozenset[str]()
            text = self._bounded(call.arguments.decode("utf-8", "replace"), secrets)
            self._last = (call.arguments, text)
        return self._last[1]

    def result(self, result: ToolResult) -> str:
        """Give a result's structured content, or else its blocks, as they may be kept and shown."""
        if result.structured is not None:
            return self._bounded(result.structured.decode("utf-8", "replace"))
        return self._bounded(msgspec.json.encode(result.content, enc_hook=str).decode())

    def event(self, event: AnyEvent) -> AnyEvent:
        """Give an event without secrets in what code wrote or raised (for the bus)."""
        match event:
            case LogWritten(text=text):
                return event if (clean := self.text(text)) is text else replace(event, text=clean)
            case ServiceFailed(error=error):
                clean = replace(
                    error, message=self.text(error.message), frames=self.text(error.frames)
                )
                return event if clean == error else replace(event, error=clean)
            case _:
                return event

    def _bounded(self, text: str, secrets: frozenset[str] = frozenset()) -> str:
        if len(text) > LARGEST:
            return _encode(f"[{len(text)} characters: too many to look through]").decode()
        return self.json(text, secrets)

    def _secrets_of(self, spec: ToolSpec) -> frozenset[str]:
        known = self._members.get(spec.full_name)
        if known is None or known[0] is not spec:
            known = (spec, secret_members(spec.input_schema))
            self._members[spec.full_name] = known
        return known[1]

    def _clean(self, value: object, secrets: frozenset[str]) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._clean(item, secrets) for item in cast("list[object]", value)]
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            return {
                self.text(name): self._member(name, member, secrets)
                for name, member in members.items()
            }
        return value

    def _member(self, name: str, value: object, secrets: frozenset[str]) -> object:
        known = name in secrets or _plain(name) in self._names or is_secret_name(name)
        if known and value not in (None, True, False, ""):
            return MASK
        return self._clean(value, secrets)


def is_secret_name(name: str) -> bool:
    """Tell whether what stands under a name is a secret: ``dbPassword``, ``API_KEY``."""
    plain = _plain(name)
    return _NAME.search(plain) is not None and _HARMLESS.search(plain) is None


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


def _plain(name: str) -> str:
    return _hump.sub("_", name).strip("_").lower()


def _masked(match: re.Match[str]) -> str:
    return (match["dsn"] or match["scheme"] or match["named"] or "") + MASK
