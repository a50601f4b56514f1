"""HTTPS: a door that shows a certificate, and certificates that are no good."""

from __future__ import annotations

import json
import ssl
import subprocess
from pathlib import Path

import anyio
import httpx2
import pytest
from websockets.asyncio.client import connect

from doors.harness import DEADLINE, MODERN, call, serving
from doors.web_client import modern
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind
from micro.doors.tls import read_tls
from micro.doors.web import serve_web
from micro.errors import ConfigError


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a certificate, its key, and the key of another."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("cert", "other"):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
        command += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=micro"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
        command += ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (folder / "both.pem").write_text(
        (folder / "cert.pem").read_text() + (folder / "cert.key").read_text()
    )
    locked = ["openssl", "pkey", "-in", "cert.key", "-aes256", "-passout", "pass:secret"]
    subprocess.run([*locked, "-out", "locked.key"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize(("cert", "key"), [("cert.pem", "cert.key"), ("both.pem", "")])
async def test_calls_go_over_https_and_wss(files: Path, cert: str, key: str):
    sock = bind(Address(host="127.0.0.1"))
    async with serving() as served, anyio.create_task_group() as tasks:
        app, tls = HttpApp(served.endpoint), read_tls(cert, key, root=files)

        async def serve(*, task_status: anyio.abc.TaskStatus[None]) -> None:
            await serve_web(app, [sock], tls=tls, task_status=task_status)

        await tasks.start(serve)
        trust = ssl.create_default_context(cafile=files / "cert.pem")
        url = address_of(sock).url_for(secure=True)
        async with httpx2.AsyncClient(verify=trust, trust_env=False, timeout=DEADLINE) as client:
            message = call("demo_echo", {"text": "x"}, _meta=MODERN)
            answer = await client.post(
                f"{url}/mcp", json=message, headers=modern("tools/call", "demo_echo")
            )
            assert answer.json()["result"]["structuredContent"] == {"text": "x"}
        where = f"{url.replace('https', 'wss')}/mcp/ws"
        async with connect(where, ssl=trust, proxy=None) as peer:
            await peer.send(json.dumps(call("demo_echo", _meta=MODERN)))
            with anyio.fail_after(DEADLINE):
                assert json.loads(await peer.recv())["result"]["isError"] is False
        tasks.cancel_scope.cancel()


def test_there_is_no_tls_where_no_certificate_is_named(tmp_path: Path):
    assert read_tls("", "", root=tmp_path) is None


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("none.pem", "", "none.pem cannot be read"),
        ("cert.pem", "none.key", "none.key cannot be read"),
        ("cert.pem", "other.key", "key values mismatch"),
        ("cert.pem", "locked.key", "locked.key cannot be used"),
        ("cert.key", "", "cannot be used"),
        ("", "cert.key", "a key without a certificate"),
    ],
)
def test_what_is_no_good_is_said_before_the_door_opens(files: Path, cert: str, key: str, said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        read_tls(cert, key, root=files)
    assert caught.value.mend
