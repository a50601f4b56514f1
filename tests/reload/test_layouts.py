"""Where code lies, and how it gets on the path: editable installs, namespaces, links, checkouts."""

from __future__ import annotations

import os
import site
import subprocess
from pathlib import Path

import pytest

import micro
from reload.harness import Served, serving
from reload.packages import fetched
from reload.test_python import virtualenv

SERVICE = """
    from micro import Service
    IMPORTS

    it = Service("it")
    calls = 0

    @it.tool
    def value() -> int:
        "Give the value."
        return VALUE

    @it.tool
    def count() -> int:
        "Count the calls of this generation."
        global calls
        calls += 1
        return calls
"""


def service(imports: str, value: str, name: str = "it") -> str:
    text = SERVICE.replace("IMPORTS", imports).replace("VALUE", value)
    return text.replace('"it"', f'"{name}"')


def package(folder: Path, files: dict[str, str], *, setup: str) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    head = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    about = '[project]\nname = "pricing"\nversion = "1"\n'
    (folder / "pyproject.toml").write_text(head + about + setup)


def install_editable(project: Path, folder: Path) -> list[str]:
    """Install a package editable into a project's own virtualenv; give what was put there."""
    tools = fetched("setuptools==80.9.0", "wheel==0.45.1")
    paths = [str(tools), *site.getsitepackages(), str(Path(micro.__file__).parents[1])]
    packages = virtualenv(project / ".venv", *paths)
    before = set(os.listdir(packages))
    python = str(project / ".venv" / "bin" / "python")
    words = ["-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", "--no-index", "-e"]
    subprocess.run([python, *words, str(folder)], check=True, capture_output=True)
    return sorted(set(os.listdir(packages)) - before)


FLAT = {
    "pricing/__init__.py": "from pricing.core import number\n",
    "pricing/core.py": "from rates import rate\nnumber = 1 * rate\n",
    "rates.py": "rate = 1\n",
    "docs/conf.py": "nothing = 0\n",
}


async def test_a_package_that_setuptools_finders_lead_to_is_watched_and_reloaded(tmp_path: Path):
    folder, project = tmp_path / "pricing", tmp_path / "project"
    modules = '[tool.setuptools]\npackages = ["pricing"]\npy-modules = ["rates"]\n'
    package(folder, FLAT, setup=modules)
    project.mkdir()
    assert any("finder" in name for name in install_editable(project, folder))
    files = {
        "it.py": service("from pricing import number", "number"),
        "other.py": service("", "0", name="other"),
    }
    async with serving(project, files) as served:
        assert await served.call("it.value") == 1
        await served.call("other.count")
        await served.settle()
        (folder / "pricing" / "core.py").write_text("from rates import rate\nnumber = 2 * rate\n")
        assert await served.call("it.value") == 2
        (folder / "rates.py").write_text("rate = 10\n")
        assert await served.call("it.value") == 20
        (folder / "pricing" / "more.py").write_text("number = 3\n")
        (folder / "pricing" / "__init__.py").write_text("from pricing.more import number\n")
        assert await served.call("it.value") == 3
        assert await served.call("other.count") == 2


async def test_an_editable_package_of_a_src_layout_is_watched_and_reloaded(tmp_path: Path):
    folder, project = tmp_path / "pricing", tmp_path / "project"
    package(folder, {"src/pricing/__init__.py": "number = 1\n"}, setup="")
    project.mkdir()
    install_editable(project, folder)
    files = {"it.py": service("from pricing import number", "number")}
    async with serving(project, files) as served:
        assert await served.call("it.value") == 1
        await served.settle()
        (folder / "src" / "pricing" / "__init__.py").write_text("number = 2\n")
        assert await served.call("it.value") == 2


async def change_each(served: Served, *files: str) -> None:
    """Change the number in each file, and see that the first answer has it."""
    for step, name in enumerate(files, start=1):
        served.write(name, f"number = {step * 100}\n")
        assert await served.call("it.value") == step * 100
        served.write(name, "number = 0\n")
        assert await served.call("it.value") == 0


async def test_namespace_packages_are_followed_over_all_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    elsewhere, project = tmp_path / "elsewhere", tmp_path / "project"
    (elsewhere / "company").mkdir(parents=True)
    (elsewhere / "company" / "far.py").write_text("number = 0\n")
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    files = {
        "company/near.py": "number = 0\n",
        "it.py": service("from company import far, near", "far.number + near.number"),
    }
    async with serving(project, files) as served:
        await served.settle()
        await change_each(served, "company/near.py")
        (elsewhere / "company" / "far.py").write_text("number = 7\n")
        assert await served.call("it.value") == 7
        served.write("company/new.py", "number = 30\n")
        served.write("it.py", service("from company import new", "new.number"))
        assert await served.call("it.value") == 30


async def test_a_linked_file_is_reloaded_when_what_it_leads_to_is_saved(tmp_path: Path):
    elsewhere, project = tmp_path / "elsewhere", tmp_path / "project"
    elsewhere.mkdir()
    project.mkdir()
    (elsewhere / "shared.py").write_text("number = 1\n")
    (project / "shared.py").symlink_to(elsewhere / "shared.py")
    async with serving(project, {"it.py": service("import shared", "shared.number")}) as served:
        assert await served.call("it.value") == 1
        await served.settle()
        (elsewhere / "shared.py").write_text("number = 2\n")
        assert await served.call("it.value") == 2
        (elsewhere / "other.py").write_text("number = 3\n")
        (project / "shared.py").unlink()
        (project / "shared.py").symlink_to(elsewhere / "other.py")
        assert await served.call("it.value") == 3


async def test_a_linked_folder_is_reloaded_when_what_is_in_it_is_saved(tmp_path: Path):
    elsewhere, project = tmp_path / "elsewhere", tmp_path / "project"
    elsewhere.mkdir()
    project.mkdir()
    (elsewhere / "__init__.py").write_text("")
    (elsewhere / "core.py").write_text("number = 1\n")
    (project / "shared").symlink_to(elsewhere)
    files = {"it.py": service("from shared.core import number", "number")}
    async with serving(project, files) as served:
        assert await served.call("it.value") == 1
        await served.settle()
        (elsewhere / "core.py").write_text("number = 2\n")
        assert await served.call("it.value") == 2


async def test_a_project_that_is_reached_by_a_link_is_served(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    async with serving(tmp_path / "link", {"it.py": service("", "1")}) as served:
        assert await served.call("it.value") == 1
        served.edit("it.py", "return 1", "return 2")
        assert await served.call("it.value") == 2


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


async def test_a_git_checkout_of_300_files_is_one_reload(tmp_path: Path):
    numbers = range(299)

    def write(step: int) -> None:
        """Let every file need the base of its own step, so that a mixture does not load."""
        (tmp_path / "parts" / "__init__.py").write_text(f"step{step} = {step}\n")
        for number in numbers:
            text = f"from parts import step{step}\nnumber = step{step}\n"
            (tmp_path / "parts" / f"m{number}.py").write_text(text)

    (tmp_path / "parts").mkdir()
    (tmp_path / ".gitignore").write_text(".micro/\n__pycache__/\n")
    every = ", ".join(f"m{number}" for number in numbers)
    files = {"it.py": service(f"from parts import {every}", f"sum(m.number for m in ({every}))")}
    git(tmp_path, "init", "-q")
    for step in (1, 2):
        write(step)
        git(tmp_path, "checkout", "-q", "-b", f"step{step}")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", f"step {step}")
    async with serving(tmp_path, files) as served:
        assert await served.call("it.value") == 2 * 299
        git(tmp_path, "checkout", "-q", "step1")
        assert await served.call("it.value") == 299
        await served.settle()
        assert len(served.loaded("it")) == 1
        assert not served.failed("it")
