"""The dashboard in a browser: who gets in, and that the real screens come out."""

import re
import socket
import urllib.error
import urllib.request
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import anyio
import pytest

from devtool.fake_runtime import eventually
from devtool.harness import DEADLINE, Micro, call, micro, record, runs, shop


def served(command: Micro) -> str:
    """Give the address that was printed."""
    return command.until(lambda: next((x for x in command.out if "/?token=" in x), ""))


def status_of(url: str, **headers: str) -> int:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_only_who_has_the_token_and_comes_by_this_address_gets_in(tmp_path: Path):
    shop(tmp_path)
    with micro("dev", "--web", "--address", "127.0.0.1:0", cwd=tmp_path) as command:
        address = served(command)
        base = f"http://{urlsplit(address).netloc}"
        assert urlsplit(base).hostname == "127.0.0.1"
        assert status_of(base) == 401
        assert status_of(f"{base}/ws") == 401
        assert status_of(f"{base}/?token=wrong") == 401
        assert status_of(address, host="evil.example") == 421
        assert status_of(address, origin="http://evil.example") == 403
        jar = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        with opener.open(address, timeout=DEADLINE) as page:
            assert page.url == f"{base}/"
            assert b"textual" in page.read()
        (cookie,) = jar
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "Strict"


async def test_a_browser_sees_the_calls_and_leaves_no_process_behind(tmp_path: Path):
    shop(tmp_path)
    with micro("dev", "--web", "--address", "127.0.0.1:0", cwd=tmp_path) as command:
        address = await anyio.to_thread.run_sync(served, command)
        base = f"http://{urlsplit(address).netloc}"
        jar = aiohttp.CookieJar(unsafe=True)
        with anyio.fail_after(DEADLINE):
            async with aiohttp.ClientSession(cookie_jar=jar) as browser:
                await (await browser.get(address)).read()
                url = f"{base}/ws?width=120&height=36"
                async with browser.ws_connect(url, origin=base) as screen:
                    await _shows(screen, "LIVE")
                    api = record(tmp_path)["addresses"][0]
                    await anyio.to_thread.run_sync(lambda: call(api, "shop.price", item="tea"))
                    await _shows(screen, "price")
                    drawing = _dashboards(tmp_path)
        runtime = record(tmp_path)["pid"]
        assert drawing
        assert await anyio.to_thread.run_sync(command.end) == 130
        await anyio.to_thread.run_sync(lambda: eventually(lambda: not runs(runtime)))
        for pid in drawing:
            await anyio.to_thread.run_sync(lambda pid=pid: eventually(lambda: not runs(pid)))


async def _shows(screen: aiohttp.ClientWebSocketResponse, text: str) -> None:
    seen = b""
    while text.encode() not in re.sub(rb"\x1b\[[0-9;:]*m", b"", seen):
        part = await screen.receive_bytes()
        seen += part


def _dashboards(root: Path) -> list[int]:
    """Give the processes that draw this project for a browser."""
    found: list[int] = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = command.read_bytes()
            if b"attach\0" in words and str(root).encode() in words:
                found.append(int(command.parent.name))
    return found


def test_a_port_that_is_taken_is_said_with_the_mend(tmp_path: Path):
    shop(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        arguments = ("dev", "--web", "--web-port", port, "--address", "127.0.0.1:0")
        with micro(*arguments, cwd=tmp_path) as command:
            assert command.wait() == 3
            assert f"port {port} is taken" in command.err[-2]
            assert "--web-port" in command.err[-1]


pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
