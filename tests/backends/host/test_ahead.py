"""A zygote that is forked ahead: where there is one, and how its end is heard."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from micro.backends.host.ahead import ForkedChild, fork_zygote
from micro.backends.host.standby import NO_FORK
from micro.secretnames import INTROSPECTION
from patience import DEADLINE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="hosts are forked on Linux alone")


@pytest.mark.parametrize("name", [NO_FORK, INTROSPECTION])
def test_none_is_forked_where_the_environment_forbids_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(name, "1")
    assert fork_zygote(tmp_path, tmp_path / "preload.json") is None


def test_none_is_forked_for_a_project_with_a_python_of_its_own(tmp_path: Path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    (tmp_path / ".venv" / "bin" / "python").touch()
    assert fork_zygote(tmp_path, tmp_path / "preload.json") is None


def reader() -> subprocess.Popen[bytes]:
    """Start a process that ends with its stdin; nobody has waited for it yet."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit(3)"]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


@pytest.mark.parametrize(("killed", "status"), [(True, -9), (False, 3)])
async def test_whoever_waits_hears_how_it_ended(killed: bool, status: int):
    with reader() as process:
        assert process.stdin is not None
        child = ForkedChild(process.pid)
        heard: list[int] = []

        async def listen() -> None:
            heard.append(await child.wait())

        with anyio.fail_after(DEADLINE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listen)
                tasks.start_soon(child.aclose)
                await anyio.wait_all_tasks_blocked()
                if killed:
                    child.kill()
                else:
                    process.stdin.close()
        assert heard == [status]
        assert await child.wait() == status
        with pytest.raises(ProcessLookupError):
            child.kill()
