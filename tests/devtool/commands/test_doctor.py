import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from devtool.harness import dev, run, shop

HERE = str(Path(sys.executable).parent)


def checks(root: Path, **environment: str) -> dict[str, Any]:
    environment = {"HOME": str(root), "PATH": f"{HERE}:{os.environ['PATH']}"} | environment
    ended = run("doctor", "--json", cwd=root, **environment)
    found = {each["what"]: each for each in json.loads(ended.stdout)}
    bad = [each for each in found.values() if each["state"] == "problem"]
    assert ended.returncode == bool(bad)
    assert all(bool(each["mend"]) == (each["state"] != "ok") for each in found.values())
    return {what: each["state"] for what, each in found.items()}


def settled(root: Path) -> None:
    (root / "micro.toml").write_text('address = "127.0.0.1:0"\n')


def test_a_sound_project_has_no_problem_whether_it_runs_or_not(tmp_path: Path):
    shop(tmp_path)
    settled(tmp_path)
    assert "problem" not in checks(tmp_path).values()
    with dev(tmp_path):
        assert "problem" not in checks(tmp_path).values()


def test_wrong_settings_are_a_finding_and_the_rest_is_looked_at(tmp_path: Path):
    (tmp_path / "micro.toml").write_text("adress = 'x'\n")
    found = checks(tmp_path)
    assert found["settings"] == "problem"
    assert found["interpreter"] == "ok"


def test_another_micro_before_ours_is_told(tmp_path: Path):
    settled(tmp_path)
    other = tmp_path / "bin" / "micro"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    assert checks(tmp_path, PATH=f"{other.parent}:{HERE}")["command"] == "warning"
    assert checks(tmp_path, PATH=str(tmp_path))["command"] == "warning"


def test_a_taken_port_an_open_folder_and_what_a_crash_left_are_told(tmp_path: Path):
    state = tmp_path / ".micro"
    state.mkdir()
    state.chmod(0o755)
    (state / "runtime.json").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "micro.toml").write_text(f'address = "127.0.0.1:{port}"\n')
        found = checks(tmp_path)
    assert (found["address"], found["state"], found["runtime"]) == ("problem", "problem", "warning")


def test_an_environment_that_makes_every_start_slow_is_told(tmp_path: Path):
    settled(tmp_path)
    assert "bytecode" not in checks(tmp_path, PYTHONDONTWRITEBYTECODE="")
    assert checks(tmp_path, PYTHONDONTWRITEBYTECODE="1")["bytecode"] == "warning"


def test_a_client_that_starts_what_is_gone_is_told(tmp_path: Path):
    settled(tmp_path)
    shop(tmp_path)
    assert run("connect", "claude-code", cwd=tmp_path).returncode == 0
    assert checks(tmp_path)["claude-code"] == "ok"
    settings = tmp_path / ".mcp.json"
    settings.write_text(settings.read_text().replace(sys.executable, "/gone/python"))
    assert checks(tmp_path)["claude-code"] == "problem"


def changed(root: Path, code: str) -> str:
    """Give a PYTHONPATH on which this code runs before anything else of a process."""
    folder = root / "before"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(code)
    return str(folder)


def test_a_folder_of_another_user_is_told(tmp_path: Path):
    settled(tmp_path)
    if os.geteuid() == 0:
        (tmp_path / ".micro").mkdir(mode=0o700)
        os.chown(tmp_path / ".micro", 12_345, -1)
    else:
        (tmp_path / ".micro").symlink_to("/usr")
    assert checks(tmp_path)["state"] == "problem"


def test_a_clock_that_differs_from_that_of_the_files_is_told(tmp_path: Path):
    settled(tmp_path)
    code = "import time\nreal = time.time\ntime.time = lambda: real() + 3600\n"
    assert checks(tmp_path, PYTHONPATH=changed(tmp_path, code))["clock"] == "warning"


def test_a_package_that_is_not_installed_is_told(tmp_path: Path):
    settled(tmp_path)
    code = (
        "import importlib.metadata as installed\n"
        "real = installed.version\n"
        "def version(name):\n"
        "    if name == 'textual':\n"
        "        raise installed.PackageNotFoundError(name)\n"
        "    return real(name)\n"
        "installed.version = version\n"
    )
    assert checks(tmp_path, PYTHONPATH=changed(tmp_path, code))["versions"] == "problem"
