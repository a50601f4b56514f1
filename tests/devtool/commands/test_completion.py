import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devtool.harness import DEADLINE, run


@pytest.mark.parametrize(
    ("words", "index", "offered"),
    [
        ("micro mc", "1", {"mcp"}),
        ("micro connect cl", "2", {"claude-code", "claude-desktop"}),
        ("micro mcp test --all", "3", {"--all-examples"}),
    ],
)
def test_bash_is_told_what_could_come_next(
    tmp_path: Path, words: str, index: str, offered: set[str]
):
    asked = {"COMP_WORDS": words, "COMP_CWORD": index, "_MICRO_COMPLETE": "complete_bash"}
    assert set(run(cwd=tmp_path, **asked).stdout.split()) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_are_told_too(tmp_path: Path, shell: str):
    asked = {"_MICRO_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "micro mc"}
    ended = run(cwd=tmp_path, _TYPER_COMPLETE_FISH_ACTION="get-args", **asked)
    assert "mcp" in ended.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_one_that_it_takes(tmp_path: Path, shell: str):
    script = run("completion", shell, cwd=tmp_path).stdout
    assert "_MICRO_COMPLETE" in script
    if program := shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([program, "-n", "script"], cwd=tmp_path, check=True, timeout=DEADLINE)


def test_bash_completes_with_the_script_as_it_is(tmp_path: Path):
    scripts = Path(sys.executable).parent
    asked = (
        f'PATH="{scripts}:$PATH"; eval "$(micro completion bash)"; '
        "COMP_WORDS=(micro do); COMP_CWORD=1; _micro_completion micro; echo ${COMPREPLY[@]}"
    )
    ended = subprocess.run(
        ["bash", "-c", asked], cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE
    )
    assert ended.stdout.split() == ["doctor"]
