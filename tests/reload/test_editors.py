"""The ways in which editors save: each is one reload, and the first call has the new code."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from patience import DEADLINE
from reload.harness import Served, serving

ONE = """
    from micro import Service

    one = Service("one")

    @one.tool
    def value() -> int:
        "Give the value."
        return 1
"""
Save = Callable[[Path, str], None]


def renamed_over(path: Path, text: str) -> None:
    """PyCharm, and VS Code where it saves atomically."""
    beside = path.with_name(f"{path.name}.tmp")
    beside.write_text(text)
    beside.replace(path)


def in_place(path: Path, text: str) -> None:
    """VS Code and nano, as they are: the file is emptied and written anew."""
    with path.open("r+") as file:
        file.truncate()
        file.flush()
        file.write(text)


def moved_aside(path: Path, text: str) -> None:
    """Vim with backupcopy=no: the old file becomes the backup, a new one takes the name."""
    trial, backup = path.with_name("4913"), path.with_name(f"{path.name}~")
    trial.touch()
    trial.unlink()
    path.rename(backup)
    path.write_text(text)
    backup.unlink()


def copied_aside(path: Path, text: str) -> None:
    """Vim with backupcopy=yes: the backup is a copy, the file itself is written in place."""
    backup = path.with_name(f"{path.name}~")
    shutil.copy(path, backup)
    in_place(path, text)
    backup.unlink()


def linked_in(path: Path, text: str) -> None:
    """Some write a file without a name and link it: no writer ever closes that name."""
    hidden = path.with_name(".one.new")
    hidden.write_text(text)
    path.unlink()
    os.link(hidden, path)
    hidden.unlink()


async def save_again_and_again(served: Served, save: Callable[[int], None]) -> None:
    for number in range(2, 8):
        save(number)
        assert await served.call("one.value") == number
        await served.settle()
    assert len(served.loaded("one")) == 6
    assert not served.failed("one")
    assert served.list_changes == 0


@pytest.mark.parametrize("save", [renamed_over, in_place, moved_aside, copied_aside, linked_in])
async def test_each_way_to_save_is_one_reload(tmp_path: Path, save: Save):
    async with serving(tmp_path, {"one.py": ONE}) as served:
        text = (tmp_path / "one.py").read_text()
        await save_again_and_again(
            served,
            lambda number: save(tmp_path / "one.py", text.replace("return 1", f"return {number}")),
        )


@pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
@pytest.mark.parametrize(
    ("backup", "copy"),
    [("backup", "no"), ("writebackup", "yes"), ("writebackup", "auto"), ("nowritebackup", "auto")],
)
async def test_vim_itself_saves_once(tmp_path: Path, backup: str, copy: str):
    vim = ["vim", "-u", "NONE", "-es", "-c", f"set {backup} backupcopy={copy} fsync swapfile"]

    def save(number: int) -> None:
        edit = ["-c", f"%s/return [0-9]*/return {number}/", "-c", "wq"]
        subprocess.run([*vim, *edit, str(tmp_path / "one.py")], check=True, timeout=DEADLINE)

    async with serving(tmp_path, {"one.py": ONE}) as served:
        await save_again_and_again(served, save)
