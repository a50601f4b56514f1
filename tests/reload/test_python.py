"""The project's own Python runs it, and packages may come while it does: rows 38 and 39."""

from __future__ import annotations

import site
import venv
from pathlib import Path

import anyio
import pytest

import micro
from micro.backends.host.python import find_python
from micro.events import HostExited, ProblemFound
from reload.harness import serving

ONE = """
    import sys
    from pathlib import Path
    import anyio
    from micro import Service

    one = Service("one")
    state = {"calls": 0}

    @one.tool
    def prefix() -> str:
        "Give the Python's folder."
        return sys.prefix

    @one.tool
    def count() -> int:
        "Count calls."
        state["calls"] += 1
        return state["calls"]

    @one.tool
    async def wait(file: str) -> str:
        "Wait for a file."
        print("waiting")
        while not Path(file).exists():
            await anyio.sleep(0.01)
        return "waited"

    @one.on_handover
    def give() -> dict[str, int]: return state

    @one.on_takeover
    def take(given: dict[str, int]) -> None: state.update(given)
"""
NEEDY = """
    from micro import Service
    import onlyhere

    needy = Service("needy")

    @needy.tool
    def number() -> int:
        "Give the number."
        return onlyhere.number
"""


def virtualenv(folder: Path, *paths: str) -> Path:
    """Make one that has these paths, too; give its folder of packages."""
    venv.create(folder, symlinks=True)
    packages = next((folder / "lib").glob("python*/site-packages"))
    (packages / "paths.pth").write_text("\n".join(paths))
    return packages


def with_micro(folder: Path) -> Path:
    return virtualenv(folder, *site.getsitepackages(), str(Path(micro.__file__).parents[1]))


def install(packages: Path, name: str, text: str) -> None:
    """Put a package there as pip does: its modules, then what tells of it."""
    (packages / f"{name}.py").write_text(text)
    (packages / f"{name}-1.0.dist-info").mkdir()


async def test_the_projects_own_virtualenv_runs_its_code(tmp_path: Path):
    packages = with_micro(tmp_path / ".venv")
    install(packages, "onlyhere", "number = 7")
    async with serving(tmp_path, {"one.py": ONE, "needy.py": NEEDY}) as served:
        assert await served.call("one.prefix") == str(tmp_path / ".venv")
        assert await served.call("needy.number") == 7
        served.edit("needy.py", "onlyhere.number", "onlyhere.number + 1")
        assert await served.call("needy.number") == 8
        assert not served.of(ProblemFound)


async def test_a_virtualenv_without_micro_is_told_of_and_micros_own_python_serves(tmp_path: Path):
    virtualenv(tmp_path / ".venv")
    async with serving(tmp_path, {"one.py": ONE}) as served:
        assert await served.call("one.count") == 1
        problem = served.runtime.snapshot().problems[0]
        assert ".venv/bin/python has no micro" in problem.message
        assert problem.mend is not None
        assert problem.mend.endswith("-m pip install --upgrade micro-runtime")


async def test_packages_that_are_installed_meanwhile_are_used_and_no_call_is_lost(tmp_path: Path):
    packages = with_micro(tmp_path / ".venv")
    async with serving(tmp_path, {"one.py": ONE, "needy.py": NEEDY}) as served:
        assert await served.call("one.count") == 1
        results: list[str] = []
        seen = tmp_path / "seen"

        async def call() -> None:
            results.append(await served.call("one.wait", file=str(seen)))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await served.until(lambda: "waiting" in served.lines)
            install(packages, "onlyhere", "number = 7")
            await served.until(lambda: served.loaded("needy"))
            assert await served.call("needy.number") == 7
            assert results == []
            seen.touch()
        assert results == ["waited"]
        assert await served.call("one.count") == 2
        assert not served.of(HostExited)


async def test_a_package_that_was_just_installed_can_be_imported_at_the_next_save(tmp_path: Path):
    packages = with_micro(tmp_path / ".venv")
    async with serving(tmp_path, {"one.py": ONE}) as served:
        install(packages, "onlyhere", "number = 7")
        served.write("needy.py", NEEDY)
        assert await served.call("needy.number") == 7


def test_the_virtualenv_of_a_repository_serves_the_projects_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    project = tmp_path / "repository" / "apps" / "shop"
    project.mkdir(parents=True)
    virtualenv(tmp_path / ".venv")
    outside = find_python(project)
    assert not outside.startswith(str(tmp_path))
    virtualenv(tmp_path / "repository" / ".venv")
    assert find_python(project) == str(tmp_path / "repository" / ".venv" / "bin" / "python")
    virtualenv(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert find_python(tmp_path / "active") == str(tmp_path / ".venv" / "bin" / "python")


async def test_a_virtualenv_that_is_made_meanwhile_runs_the_project_once_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    async with serving(tmp_path, {"one.py": ONE, "needy.py": NEEDY}) as served:
        assert await served.call("one.count") == 1
        packages = virtualenv(tmp_path / ".venv")
        await served.until(
            lambda: any("has no micro" in each.message for each in served.of(ProblemFound))
        )
        assert await served.call("one.count") == 2
        assert await served.call("one.prefix") != str(tmp_path / ".venv")
        install(packages, "onlyhere", "number = 7")
        paths = [*site.getsitepackages(), str(Path(micro.__file__).parents[1])]
        (packages / "micro.pth").write_text("\n".join(paths))
        await served.until(lambda: served.loaded("needy"))
        assert await served.call("needy.number") == 7
        assert await served.call("one.prefix") == str(tmp_path / ".venv")
        assert await served.call("one.count") == 3
        assert not served.of(HostExited)
