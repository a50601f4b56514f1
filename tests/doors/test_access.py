"""Whose requests the HTTP door takes: Host and Origin."""

from __future__ import annotations

import socket

import pytest

from doors.harness import serving
from doors.web_client import http, raw_http
from micro.doors.access import Access
from micro.doors.asgi import Problem
from micro.doors.listen import Address

PATHS = ("/mcp", "/health", "/mcp/tools", "/mcp/call", "/nowhere")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "", "[::1", "a b"])
async def test_a_foreign_host_is_refused_on_every_path(host: str):
    async with serving() as served:
        for path in PATHS:
            answer = await raw_http(served, f"GET {path}", headers={"host": host})
            assert answer.startswith(b"HTTP/1.1 421 ")
            assert b'"bad_host"' in answer


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost.evil.example"])
async def test_a_foreign_origin_is_refused_on_every_path(origin: str):
    async with serving() as served, http(served) as client:
        for path in PATHS:
            answer = await client.request("GET", path, headers={"origin": origin})
            assert answer.status_code == 403
            assert answer.json()["error"]["kind"] == "bad_origin"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]:99", "LOCALHOST:3000"])
async def test_loopback_names_are_ours_with_and_without_a_port(host: str):
    async with serving() as served, http(served) as client:
        headers = {"host": host, "origin": "http://localhost:5173"}
        answer = await client.get("/health", headers=headers)
        assert answer.status_code == 200


def allowed(access: Access, host: str, origin: str | None = None) -> bool:
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    try:
        access.check({"type": "http", "headers": headers})
    except Problem:
        return False
    return True


def test_a_door_on_every_address_takes_ip_addresses_and_its_own_name():
    access = Access.of(Address(host="0.0.0.0", port=3000))
    assert allowed(access, "192.0.2.7:3000", "http://192.0.2.7:3000")
    assert allowed(access, "[2001:db8::1]:3000")
    assert allowed(access, f"{socket.gethostname()}:3000")
    assert not allowed(access, "evil.example")


def test_a_door_on_one_address_takes_that_one_only():
    access = Access.of(Address(host="192.0.2.7", port=3000))
    assert allowed(access, "192.0.2.7:3000")
    assert allowed(access, "localhost:3000")
    assert not allowed(access, "192.0.2.8:3000")


def test_a_named_host_is_taken_and_a_star_takes_every_one():
    assert allowed(Access("api.example"), "API.example:443", "https://api.example")
    assert not allowed(Access("api.example"), "api.example.evil")
    assert allowed(Access("*"), "anything.example", "https://other.example")
    assert not allowed(Access("*"), "")


def test_a_request_with_two_hosts_is_refused():
    headers = [(b"host", b"localhost"), (b"host", b"evil.example")]
    with pytest.raises(Problem, match="localhost, evil"):
        Access().check({"type": "http", "headers": headers})


def test_who_passed_once_lets_nobody_else_pass():
    access = Access()
    for _ in range(2):
        assert allowed(access, "localhost")
        assert allowed(access, "localhost", "http://localhost:3000")
        assert not allowed(access, "localhost", "https://evil.example")
        assert not allowed(access, "evil.example")
