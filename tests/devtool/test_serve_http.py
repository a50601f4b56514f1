"""`micro mcp serve --address` in its forms: a Unix socket, HTTPS, HTTP+SSE, and what is refused."""

from __future__ import annotations

import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from devtool.harness import DEADLINE, micro, record, run, shop


def serving(root: Path, *options: str) -> Any:
    return micro("mcp", "serve", str(root), *options, cwd=root)


def call(client: httpx2.Client) -> Any:
    return client.post("/mcp/call/shop/price", json={"item": "tea"}).json()["result"]


def certificate(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    command += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=micro"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_a_unix_socket_is_served_and_gone_afterwards(tmp_path: Path):
    shop(tmp_path)
    path = tmp_path / "web.sock"
    with serving(tmp_path, "--address", f"unix:{path}") as running:
        running.until((tmp_path / ".micro" / "runtime.json").is_file)
        assert record(tmp_path)["addresses"] == [f"unix:{path}"]
        assert path.stat().st_mode & 0o777 == 0o600
        transport = httpx2.HTTPTransport(uds=str(path))
        with httpx2.Client(
            transport=transport, base_url="http://localhost", timeout=DEADLINE
        ) as client:
            assert call(client) == "tea costs 1"
        assert running.end() == 130
    assert not path.exists()


@pytest.mark.parametrize("by", ["flags", "settings"])
def test_https_is_spoken_with_a_certificate(tmp_path: Path, by: str):
    shop(tmp_path)
    certificate(tmp_path)
    options = ["--tls-cert", "cert.pem", "--tls-key", "key.pem"]
    if by == "settings":
        options = []
        settings = '[http]\ntls_cert = "cert.pem"\ntls_key = "key.pem"\n'
        (tmp_path / "micro.toml").write_text(settings)
    with serving(tmp_path, "--address", "127.0.0.1:0", *options) as running:
        running.until((tmp_path / ".micro" / "runtime.json").is_file)
        (url,) = record(tmp_path)["addresses"]
        assert url.startswith("https://127.0.0.1:")
        trust = ssl.create_default_context(cafile=tmp_path / "cert.pem")
        with httpx2.Client(verify=trust, base_url=url, trust_env=False, timeout=DEADLINE) as client:
            assert call(client) == "tea costs 1"


def test_a_certificate_that_is_no_good_is_said_at_once(tmp_path: Path):
    shop(tmp_path)
    done = run(
        "mcp", "serve", ".", "--address", "127.0.0.1:0", "--tls-cert", "no.pem", cwd=tmp_path
    )
    assert done.returncode == 2
    assert "no.pem cannot be read" in done.stderr
    assert "--tls-cert" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("asked", [True, False])
def test_http_sse_is_there_for_who_asks_for_it(tmp_path: Path, asked: bool):
    shop(tmp_path)
    options = ["--sse"] if asked else []
    with serving(tmp_path, "--address", "127.0.0.1:0", *options) as running:
        running.until((tmp_path / ".micro" / "runtime.json").is_file)
        host, port = record(tmp_path)["addresses"][0].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=DEADLINE) as sock:
            sock.sendall(b"GET /mcp/sse HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert sock.recv(12).endswith(b"200" if asked else b"404")
