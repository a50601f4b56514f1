"""What ``import micro`` gives, and what it must not cost."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import micro

HEAVY = {"mcp", "mcp_types", "starlette", "uvicorn", "textual", "rich", "typer", "watchfiles"}


def modules_after(code: str) -> set[str]:
    """Run code in a fresh interpreter and give the top-level modules that it has then."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_importing_micro_loads_no_server_and_no_screen():
    assert not modules_after("import micro") & HEAVY


def test_declaring_and_binding_a_service_loads_no_server():
    code = """
from micro import Service
service = Service("a")
@service.tool
def greet(name: str) -> str:
    "Greet."
    return name
service.bind()
"""
    assert not modules_after(code) & HEAVY


def test_what_serves_is_there_when_it_is_asked_for():
    loaded = modules_after("from micro import serve, asgi")
    assert "starlette" in loaded
    assert not loaded & (HEAVY - {"starlette"})


def test_a_server_is_loaded_by_who_serves_http_here_alone():
    by_asgi = modules_after("import micro\nmicro.asgi(micro.Service('a'))")
    by_stdio = modules_after("import micro\nmicro.serve(micro.Service('a'), 'stdio')")
    assert "uvicorn" not in by_asgi | by_stdio


def test_the_face_is_all_there():
    for name in micro.__all__:
        assert getattr(micro, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'sreve'"):
        _ = micro.sreve  # pyright: ignore
