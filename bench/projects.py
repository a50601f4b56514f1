"""Projects made for a benchmark, and the developer's runtime of one.

The services are real files in a temporary folder; what is measured with them is elsewhere.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import msgspec

from bench.processes import BenchmarkFailed, Child, child, wait_until

START_TIMEOUT = 30.0
_SERVICE = """\
from micro import Service

{name} = Service("{name}")


@{name}.tool
async def add(a: int, b: int) -> int:
    \"\"\"Add two numbers.\"\"\"
    return a + b + {constant}
"""


class Running(msgspec.Struct, frozen=True):
    """What a runtime says of itself."""

    pid: int
    addresses: tuple[str, ...]

    @property
    def port(self) -> int:
        """Where HTTP listens."""
        port = urlsplit(self.addresses[0]).port
        if port is None:
            raise BenchmarkFailed(f"{self.addresses[0]} has no port")
        return port


def service_text(name: str, constant: int = 0) -> bytes:
    """Give the source of a service whose tool adds a constant to its sum."""
    return _SERVICE.format(name=name, constant=constant).encode()


@contextmanager
def project(*services: str) -> Generator[Path]:
    """Make a project of these services, one a file, while this lasts."""
    with tempfile.TemporaryDirectory(prefix="micro-bench-") as folder:
        root = Path(folder)
        (root / "micro.toml").touch()
        for name in services:
            (root / f"{name}.py").write_bytes(service_text(name))
        yield root


@contextmanager
def dev_runtime(root: Path, *, core: int | None = None) -> Generator[tuple[Running, Child]]:
    """Run a project as ``micro dev`` does, without a screen, while this lasts.

    Raises:
        BenchmarkFailed: It does not start.
    """
    command = [sys.executable, "-m", "micro_devtool.devloop", str(root)]
    with child([*command, "--address", "127.0.0.1:0"], core=core) as process:
        if not wait_until(lambda: _serves(root), within=START_TIMEOUT, process=process):
            raise process.failed(f"served no tool within {START_TIMEOUT:g} s")
        running = announced(root)
        if running is None or running.pid != process.pid:
            raise process.failed("is not the one that serves the project")
        yield running, process


def _serves(root: Path) -> bool:
    """Whether the project's runtime listens and has tools."""
    running = announced(root)
    if running is None:
        return False
    with urlopen(f"{running.addresses[0]}/health", timeout=START_TIMEOUT) as answer:
        health: dict[str, object] = msgspec.json.decode(answer.read())
    return health.get("tools") != 0


def announced(root: Path) -> Running | None:
    """Give the runtime that says it serves a project; ``None`` if none does."""
    try:
        return msgspec.json.decode((root / ".micro/runtime.json").read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError):
        return None
