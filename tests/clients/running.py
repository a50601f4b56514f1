"""A project that is served for real, and programs of others that use it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devtool.harness import micro, record

HERE = Path(__file__).parent
DRIVERS = HERE / "drivers"
DRIVER_TIMEOUT = 120.0
WITHOUT_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""A variable with which the larger clients take half a minute to import."""

TOOLS = ["shop_add", "shop_pack", "shop_price", "shop_take"]

USED: dict[str, Any] = {
    "server": "project",
    "tools": TOOLS,
    "call": "42",
    "structured": {"item": "tea", "cents": 199},
    "error": [True, "nothing is not for sale"],
    "unknown": -32602,
    "progress": [1, 2, 3],
    "again": "2",
}
"""What a client finds, by step.

It hears of progress while the call runs: only then does it end the call, by another one.
"""


@dataclass
class Shop:
    """The project, while it is served."""

    root: Path
    url: str
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def target(self, transport: str) -> str:
        """Give where a client connects by a transport."""
        match transport:
            case "streamable":
                return f"{self.url}/mcp"
            case "sse":
                return f"{self.url}/mcp/sse"
            case "websocket":
                return f"{self.url.replace('http', 'ws', 1)}/mcp/ws"
            case _:
                return str(self.root)

    def change(self) -> str:
        """Save the code with another tool in it; give its name."""
        name = f"fresh{next(self._numbers)}"
        code = (HERE / "project" / "shop.py").read_text("utf-8")
        new = f'\n\n@shop.tool\ndef {name}() -> str:\n    """Be new."""\n    return "{name}"\n'
        (self.root / "shop.py").write_text(code + new, "utf-8")
        return f"shop_{name}"

    def use(self, command: Sequence[str | Path], **environment: str) -> dict[str, Any]:
        """Run a driver to its end; give what it said, by step."""
        fresh = ""

        def save() -> None:
            nonlocal fresh
            fresh = self.change()

        said = drive(command, {"waiting": save}, **environment)
        said["tools"] = [name for name in said["tools"] if "fresh" not in name]
        assert fresh in said.pop("changed")
        return said


def drive(
    command: Sequence[str | Path], steps: Mapping[str, Callable[[], None]], **environment: str
) -> dict[str, Any]:
    """Run a driver to its end, and do what it waits for; give what it said else, by step."""
    said: dict[str, Any] = {}
    with _driver(command, environment) as (process, errors):
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            step = json.loads(line)
            if step["step"] in steps:
                steps[step["step"]]()
                process.stdin.write("done\n")
                process.stdin.flush()
            else:
                said[step["step"]] = step["value"]
        process.wait()
        assert process.returncode == 0, (said, "".join(errors)[-3000:])
    return said


@contextmanager
def _driver(
    command: Sequence[str | Path], environment: dict[str, str]
) -> Generator[tuple[subprocess.Popen[str], list[str]]]:
    """Start a driver, and end it should it not end by itself."""
    inherited = {key: value for key, value in os.environ.items() if key != WITHOUT_BYTECODE}
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=inherited | {"PYTHONPATH": str(DRIVERS)} | environment,
    )
    errors: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=errors.extend, args=(process.stderr,))
    timer = threading.Timer(DRIVER_TIMEOUT, process.kill)
    reader.start()
    timer.start()
    try:
        with process:
            yield process, errors
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        reader.join()


@contextmanager
def served(folder: Path) -> Generator[Shop]:
    """Serve a copy of the project by every door."""
    root = folder / "project"
    shutil.copytree(HERE / "project", root)
    (root / "micro.toml").write_text("")
    command = ["mcp", "serve", str(root), "--address", "127.0.0.1:0", "--sse"]
    with micro(*command, cwd=folder) as running:
        running.until((root / ".micro" / "runtime.json").is_file)
        yield Shop(root=root, url=record(root)["addresses"][0])


def python_driver(python: str | Path, name: str, shop: Shop, transport: str) -> list[str | Path]:
    """Give the command of a Python driver; the last word is who starts our bridge."""
    return [python, DRIVERS / f"{name}.py", transport, shop.target(transport), sys.executable]
