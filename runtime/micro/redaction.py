"""Takes secrets out of what is kept or shown: by the name they stand under, by shape, by value.

Done at the source: before ledger, events, log lines, error texts, tracebacks and exports. A text
without any sign of a secret costs a few searches and is given back as it is. A client gets what a
tool gave it: what is its own to know is not ours to judge.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import cast

import msgspec
from msgspec.structs import replace

from micro.calls import Call, ToolResult, ToolSpec
from micro.events import AnyEvent, LogWritten, ServiceFailed, ServiceLoaded
from micro.secretnames import WORDS, plain
from micro.secretnames import is_secret_name as is_secret_name
from micro.secretnames import secret_members as secret_members

MASK = "[redacted]"

SHORTEST = 8
"""Characters of an environment variable's value below which it is too common a word to look for."""

LARGEST = 1024 * 1024
"""Characters of arguments or of a result above which they are not kept: looking takes too long."""

REMEMBERED = 2_000
"""Calls whose secret arguments are looked for in what else is told of them; those are few."""

BARE = 4
"""Characters of a secret argument below which it is looked for in quotes alone."""

_MARKS = re.compile(
    r"://|eyJ|earer |asic |sk-|sk_|rk_|gh|glpat-|xox|AKIA|ASIA|AIza|micro_|-----BEGIN|npm_|pypi-|="
)
"""One of these is in everything that ``_SHAPES`` finds; a single search, of every call's text."""
_SIGNS = re.compile(f"{_MARKS.pattern.lower()}|{'|'.join(WORDS)}")
"""One of these is, in lower case, in JSON that holds any secret but known values."""
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
        self._environment: Callable[[], Mapping[str, str]] = lambda: environment
        self._values: tuple[str, ...] = ()
        self._learnt: Mapping[str, str] = {}
        self._learn()
        self._names = frozenset(plain(name) for name in names)
        self._found: list[str] = []
        self._of_calls: OrderedDict[int, tuple[tuple[str, str], ...]] = OrderedDict()
        self._members: dict[str, tuple[ToolSpec, frozenset[str]]] = {}
        self._last = (0, b"", "")

    def follow(self, environment: Callable[[], Mapping[str, str]]) -> None:
        """Look there from now on, and again whenever a service was loaded."""
        self._environment = environment
        self._learn()

    def text(self, text: str) -> str:
        """Give a text without what looks like a secret, or is the value of one."""
        if _MARKS.search(text):
            text = _SHAPES.sub(_masked, text)
        return self._without_values(text)

    def of_call(self, call: int, text: str) -> str:
        """Give a text that came of a call without that, and without the call's own secrets."""
        for value, instead in self._of_calls.get(call, ()):
            if value in text:
                text = text.replace(value, instead)
        return self.text(text)

    def json(self, text: str, secrets: frozenset[str] = frozenset()) -> str:
        """Give JSON text without secrets; the same text where there are none.

        Args:
            text: JSON; what is none is treated as any text.
            secrets: Names of members that hold secrets here, whatever they are called.
        """
        if not (secrets or self._names or _SIGNS.search(text.lower())):
            return self._without_values(text)
        try:
            value: object = _decode(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return self.text(text)
        clean = self._clean(value, secrets)
        return self.text(text) if clean == value else _encode(clean).decode()

    def arguments(self, call: Call) -> str:
        """Give a call's arguments as they may be kept and shown.

        Asked again for the same call, it gives what it gave before.
        """
        if call.id != self._last[0] or call.arguments is not self._last[1]:
            self._found.clear()
            secrets = self._secrets_of(call.tool.spec) if call.tool else frozenset[str]()
            text = self._bounded(call.arguments.decode("utf-8", "replace"), secrets)
            if self._found:
                self._remember(call.id)
                text = self.of_call(call.id, text)
            self._last = (call.id, call.arguments, text)
        return self._last[2]

    def result(self, call: Call, result: ToolResult) -> str:
        """Give a result's structured content, or else its blocks, as they may be kept and shown."""
        if result.structured is not None:
            text = self._bounded(result.structured.decode("utf-8", "replace"))
        else:
            text = self._bounded(msgspec.json.encode(result.content, enc_hook=str).decode())
        return self.of_call(call.id, text) if call.id in self._of_calls else text

    def event(self, event: AnyEvent) -> AnyEvent:
        """Give an event without secrets in what code wrote or raised (for the bus)."""
        match event:
            case LogWritten(text=text, call=call):
                clean = self.text(text) if call is None else self.of_call(call, text)
                return event if clean is text else replace(event, text=clean)
            case ServiceLoaded():
                self._learn()
                return event
            case ServiceFailed(error=error):
                self._learn()
                clean = replace(
                    error,
                    message=self.text(error.message),
                    frames=self.text(error.frames),
                    mend=self.text(error.mend),
                )
                return event if clean == error else replace(event, error=clean)
            case _:
                return event

    def _bounded(self, text: str, secrets: frozenset[str] = frozenset()) -> str:
        if len(text) > LARGEST:
            return _encode(f"[{len(text)} characters: too many to look through]").decode()
        return self.json(text, secrets)

    def _without_values(self, text: str) -> str:
        for value in self._values:
            if value in text:
                text = text.replace(value, MASK)
        return text

    def _learn(self) -> None:
        """Know the secrets that the environment has now, and all that it had."""
        environment = dict(self._environment())
        if environment == self._learnt:
            return
        self._learnt = environment
        values = {
            value
            for name, value in environment.items()
            if len(value) >= SHORTEST and is_secret_name(name) and not value.isdigit()
        }
        utf8 = (value.encode("utf-8", "replace").decode() for value in values)
        values |= {_encode(value).decode()[1:-1] for value in utf8}
        self._values = tuple(sorted(values.union(self._values), key=len, reverse=True))

    def _remember(self, call: int) -> None:
        """Keep the secrets that were found among a call's arguments."""
        found = {(text, MASK) for text in self._found if len(text) >= BARE}
        for text in self._found:
            quoted = _encode(text).decode()
            found.add((quoted, f'"{MASK}"'))
            if len(text) >= BARE:
                found.add((quoted[1:-1], MASK))
        self._of_calls[call] = tuple(sorted(found, key=lambda each: len(each[0]), reverse=True))
        if len(self._of_calls) > REMEMBERED:
            self._of_calls.popitem(last=False)

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
        known = name in secrets or plain(name) in self._names or is_secret_name(name)
        if known and value not in (None, True, False, ""):
            self._found += _texts(value)
            return MASK
        return self._clean(value, secrets)


def _texts(value: object) -> list[str]:
    """Give every text in a value."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, dict):
        value = list(cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return [text for item in cast("list[object]", value) for text in _texts(item)]
    return []


def _masked(match: re.Match[str]) -> str:
    return (match["dsn"] or match["scheme"] or match["named"] or "") + MASK
