"""Saves are heard of: soon, whole, and for the cost of the folders that may hold code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from micro_devtool.watching import Wanted, Watcher, make_watcher
from micro_devtool.watching.inotify import Inotify
from micro_devtool.watching.portable import PortableWatcher
from patience import DEADLINE


def inotify(root: Path) -> Watcher:
    watcher, problem = make_watcher(root)
    assert not problem
    return watcher


def portable(root: Path) -> Watcher:
    return PortableWatcher(root)


def polling(root: Path) -> Watcher:
    return PortableWatcher(root, polling=True)


async def hear(
    watcher: Watcher, act: Callable[[], object], until: Callable[[set[Path]], bool]
) -> set[Path]:
    """Act until something is heard that will do: a watcher of another thread begins when it can."""
    heard: set[Path] = set()

    async def repeat() -> None:
        while True:
            act()
            await anyio.sleep(0.2)

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(repeat)
            async for batch in watcher.changes():
                heard |= set(batch)
                if until(heard):
                    break
            tasks.cancel_scope.cancel()
    return heard


@pytest.mark.parametrize("make", [inotify, portable, polling])
async def test_a_save_in_place_and_one_by_rename_are_heard_of(
    tmp_path: Path, make: Callable[[Path], Watcher]
):
    number = iter(range(1000))

    def save() -> None:
        (tmp_path / "a.py").write_text(f"a = {next(number)}")
        (tmp_path / "b.py~").write_text(f"b = {next(number)}")
        (tmp_path / "b.py~").replace(tmp_path / "b.py")
        (tmp_path / "notes.txt").write_text("nothing")

    wanted = {tmp_path / "a.py", tmp_path / "b.py"}
    assert await hear(make(tmp_path), save, wanted.issubset) == wanted


@pytest.mark.parametrize("make", [inotify, portable])
async def test_files_in_a_new_folder_are_heard_of(tmp_path: Path, make: Callable[[Path], Watcher]):
    def save() -> None:
        folder = tmp_path / "new" / "deep"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.py").write_text("a = 1")

    await hear(make(tmp_path), save, {tmp_path / "new" / "deep" / "a.py"}.issubset)


@pytest.mark.parametrize("make", [inotify, portable, polling])
def test_a_save_of_a_known_file_is_known_at_once(tmp_path: Path, make: Callable[[Path], Watcher]):
    (tmp_path / "a.py").write_text("a = 1")
    watcher = make(tmp_path)
    assert watcher.drain() == ()
    (tmp_path / "a.py").write_text("a = 10")
    assert watcher.drain() == (tmp_path / "a.py",)
    assert watcher.drain() == ()
    (tmp_path / "a.py").unlink()
    assert watcher.drain() == (tmp_path / "a.py",)


@pytest.mark.parametrize("make", [inotify, portable])
def test_other_files_are_heard_of_once_they_are_wanted(
    tmp_path: Path, make: Callable[[Path], Watcher]
):
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (elsewhere / "library.py").touch()
    watcher = make(project)
    watcher.extend(
        Wanted(folders=frozenset({elsewhere}), patterns=frozenset({f"{project}/pages/*.html"}))
    )
    watcher.drain()
    (elsewhere / "library.py").write_text("number = 1")
    assert watcher.drain() == (elsewhere / "library.py",)
    (project / "page.html").touch()
    assert watcher.drain() == ()


def test_a_file_is_not_heard_of_before_its_writer_closes_it(tmp_path: Path):
    watcher = inotify(tmp_path)
    with (tmp_path / "a.py").open("w") as file:
        file.write("half")
        file.flush()
        assert watcher.drain() == ()
    assert watcher.drain() == (tmp_path / "a.py",)
    assert watcher.drain() == ()


def test_links_and_removals_are_heard_of(tmp_path: Path):
    (tmp_path / "a.py").touch()
    (tmp_path / "folder").mkdir()
    watcher = inotify(tmp_path)
    (tmp_path / "linked.py").symlink_to(tmp_path / "a.py")
    os.link(tmp_path / "a.py", tmp_path / "hard.py")
    assert {path.name for path in watcher.drain()} == {"linked.py", "hard.py"}
    (tmp_path / "a.py").unlink()
    (tmp_path / "folder").rmdir()
    assert {path.name for path in watcher.drain()} == {"a.py", "folder"}


def test_nothing_is_told_while_git_changes_the_work_tree(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    watcher = inotify(tmp_path)
    (tmp_path / ".git" / "index.lock").touch()
    (tmp_path / "a.py").touch()
    assert watcher.drain() == ()
    (tmp_path / ".git" / "index.lock").unlink()
    assert watcher.drain() == (tmp_path / "a.py",)


def test_a_virtualenv_beside_the_code_costs_no_watch(tmp_path: Path):
    for number in range(200):
        (tmp_path / ".venv" / "lib" / str(number)).mkdir(parents=True)
        (tmp_path / "node_modules" / str(number)).mkdir(parents=True)
    (tmp_path / "shop").mkdir()
    watching = Inotify(tmp_path)
    assert watching.watches == 2
    watching.close()


def test_a_call_that_ends_after_the_watching_has_is_told_of_nothing(tmp_path: Path):
    watching = Inotify(tmp_path)
    watching.close()
    (tmp_path / "late.py").touch()
    assert watching.read() == set()
    assert watching.extend(Wanted()) == set()


def test_after_an_overflow_every_file_is_told(tmp_path: Path):
    (tmp_path / "quiet.py").touch()
    watching = Inotify(tmp_path)
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    for number in range(limit + 100):
        (tmp_path / f"{number % 50}.py").write_text("")
    assert tmp_path / "quiet.py" in watching.read()
    watching.close()


LIMITED = """
import sys
from pathlib import Path
from micro_devtool.watching import make_watcher

root = Path(sys.argv[1])
watcher, problem = make_watcher(root)
assert "max_user_watches" in problem, problem
assert watcher.trouble() == ""
for name in ("f9/a.py", "f0/b.py", "f9/new/c.py", "top.py"):
    assert watcher.drain() == (), name
    path = root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(name)
    assert watcher.drain() == (path,), name
(root / "f9/a.py").unlink()
assert watcher.drain() == (root / "f9/a.py",)
print("heard")
"""


def test_where_no_watches_are_left_files_are_polled_and_that_is_told(tmp_path: Path):
    for number in range(10):
        (tmp_path / f"f{number}").mkdir()
        (tmp_path / f"f{number}" / "a.py").touch()
    limited = 'echo 4 > /proc/sys/user/max_inotify_watches && exec "$@"'
    command = ["unshare", "-Ur", "sh", "-c", limited, "sh", sys.executable, "-c", LIMITED]
    ended = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True)
    if "unshare" in ended.stderr or "max_inotify_watches" in ended.stderr.partition("Trace")[0]:
        pytest.skip("this system lets nobody have a namespace of their own")
    assert ended.stdout == "heard\n", ended.stderr
