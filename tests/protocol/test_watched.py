"""Nobody watches what it may not read."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from micro import Service
from micro.calls import Caller
from micro.gateway.gateway import Gateway
from micro.protocol.watched import WATCHED, may_read, readable, service_of
from micro.serving import Serving
from protocol.heard import URIS, make_service

ANYBODY = Caller(door="http")


@asynccontextmanager
async def serving(service: Service) -> AsyncGenerator[Gateway]:
    serving = Serving(service)
    async with serving.started():
        yield serving.runtime.gateway


async def test_a_resource_that_is_there_may_be_watched_and_belongs_to_its_service():
    async with serving(make_service()) as gateway:
        assert readable(gateway, ANYBODY, [*URIS, "demo://none"]) == list(URIS)
        assert service_of(gateway, URIS[0]) == "demo"
        assert service_of(gateway, "demo://none") == ""


async def test_who_is_not_known_may_watch_nothing():
    stranger = Caller(door="http", rejection="There is no token")
    async with serving(make_service()) as gateway:
        assert not may_read(gateway, stranger, URIS[0])


async def test_no_more_are_watched_than_may_be():
    service = Service("demo")

    @service.resource("demo://{name}")
    def one(name: str) -> str:
        return name

    uris = [f"demo://{number}" for number in range(WATCHED + 1)]
    async with serving(service) as gateway:
        assert readable(gateway, ANYBODY, uris) == uris[:-1]
