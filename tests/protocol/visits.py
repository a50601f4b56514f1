"""What older clients do over HTTP, by the thousand and from a seed: sessions opened, used, ended.

Messages and headers are broken as ``oddities`` breaks them. Which session a visit is to belongs to
who pays it, as each server gives its own names.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from starlette.types import ASGIApp

from doors.harness import INITIALIZE, request
from protocol.lanes import Answer, post
from protocol.oddities import ODD, Headers, Oddities, Post

Method = Literal["POST", "GET", "DELETE"]
Where = Literal["none", "open", "ended", "unknown"]

VERSIONS: tuple[Any, ...] = (
    "2024-11-05",
    "2025-03-26",
    "2025-06-18",
    "2025-11-25",
    "2026-07-28",
    "1.0",
    "",
    None,
    7,
)
NOTIFICATIONS: tuple[str, ...] = (
    "notifications/initialized",
    "notifications/cancelled",
    "notifications/progress",
    "notifications/roots/list_changed",
    "notifications/unknown",
    "nonsense",
)
TOLD: tuple[Any, ...] = (
    {"requestId": 1},
    {"requestId": "x"},
    {"requestId": None},
    {},
    {"_meta": {"a": 1}},
    [],
    None,
)
INFO: tuple[Any, ...] = (
    {"name": "x", "version": "1"},
    {"name": "x" * 300, "version": "", "title": "X"},
    {"name": "x", "version": "1", "icons": [{"src": "https://x/y"}]},
    {"name": 5, "version": "1"},
    {"version": "1"},
    None,
)
ABILITIES: tuple[Any, ...] = (
    {},
    {"roots": {"listChanged": True}, "sampling": {}},
    {"elicitation": {"form": {}, "url": {}}},
    {"roots": {"listChanged": "yes"}},
    {"tasks": {"list": {}}},
    {"experimental": {"a": {"b": 1}}},
    None,
    [],
)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request, and which of the visitor's sessions it names."""

    method: Method
    where: Where
    post: Post


class Visits(Oddities):
    """Gives one visit after another. The same seed gives the same."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, modern=False)
        self._chance = random.Random(-seed)

    def visits(self, number: int) -> Iterator[Visit]:
        for sent in self.posts(number):
            method = self._chance.choices(("POST", "GET", "DELETE"), (12, 1, 1))[0]
            opening = b'"initialize"' in sent.body
            odds = (8, 2, 1, 1) if opening else (1, 16, 1, 1)
            where = self._chance.choices(("none", "open", "ended", "unknown"), odds)[0]
            if method != "POST":  # without a store of events the SDK says nothing to some
                sent = Post(body=b"", headers=_without(sent.headers, "last-event-id"))
            if sent.body[:1] != b"[":  # the SDK has no batches, which one version has
                yield Visit(method=method, where=where, post=sent)

    def _plain(self, turn: int) -> dict[str, Any]:
        pick = self._chance.choice
        match pick(("other", "other", "opening", "notification", "unknown")):
            case "opening":
                return request("initialize", self._greeting(), id=turn)
            case "notification":
                return {"jsonrpc": "2.0", "method": pick(NOTIFICATIONS)} | self._told()
            case "unknown":
                method = pick(("prompts/list", "resources/list", "tools/none", "logging/setLevel"))
                return request(method, {"level": pick(("info", "loud"))}, id=turn)
            case _:
                return super()._plain(turn)

    def _greeting(self) -> dict[str, Any]:
        pick = self._chance.choice
        greeting: dict[str, Any] = copy.deepcopy(INITIALIZE)
        for key, values in (
            ("protocolVersion", VERSIONS),
            ("clientInfo", INFO),
            ("capabilities", ABILITIES),
            ("_meta", ({}, {"progressToken": 1}, {"a": 1}, None)),
        ):
            if pick((0, 0, 0, 1)):
                greeting[key] = copy.deepcopy(pick(values))
        if pick((0, 0, 0, 0, 0, 0, 1)):
            greeting.pop(pick(tuple(greeting)))
        if pick((0, 0, 0, 0, 0, 0, 1)):
            greeting["other"] = pick(ODD)
        return greeting

    def _told(self) -> dict[str, Any]:
        params = self._chance.choice((*TOLD, "none"))
        return {} if params == "none" else {"params": copy.deepcopy(params)}


def _without(headers: Headers, name: str) -> Headers:
    return [each for each in headers if each[0] != name]


class Visitor:
    """Pays visits to one server, in its own sessions."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: list[str] = []
        self._ended: list[str] = []
        self.opened = 0

    async def pay(self, visit: Visit, turn: int) -> tuple[object, ...]:
        """Pay a visit; give what came of it."""
        names = {"open": self._open, "ended": self._ended, "unknown": ["unknown"]}
        known = names.get(visit.where, [])
        name = known[turn % len(known)] if known else ""
        headers = visit.post.headers + ([("mcp-session-id", name)] if name else [])
        answer = await post(self._app, visit.post.body, headers, method=visit.method)
        self._note(visit, name, answer)
        return answer.seen

    def _note(self, visit: Visit, name: str, answer: Answer) -> None:
        """Know the sessions that are open, and those that are not any more."""
        if visit.method == "DELETE" and answer.status == 200 and name in self._open:
            self._open.remove(name)
            self._ended.append(name)
        elif answer.is_result and not name and "mcp-session-id" in answer.headers:
            self._open.append(answer.headers["mcp-session-id"])
            self.opened += 1
