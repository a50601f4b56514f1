"""What it costs to watch a project that has many folders beside its code, while nothing happens."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.harness import Options, Report, figure, middle, progress, rounds_of
from bench.processes import Child, child, cpu_seconds, process_tree
from bench.projects import dev_runtime, project

FOLDERS, QUICK_FOLDERS = 20_000, 2_000
REST, QUICK_REST = 10.0, 1.0
"""Seconds that are looked at."""
QUIET = 2.0
"""Seconds before, for what a start leaves to do."""
SERVICES = 10
START_TIMEOUT = 60.0

HOW = """\
A project of 10 services that nobody calls and nobody saves, without and with 20,000 folders beside
its code, half of them in `.venv` and half in `node_modules`. "start" is how long the watcher takes
until it hears of changes, in a process of its own; "watches" are those that the kernel holds for
it; "CPU" is what was used over 10 s at rest, in share of one core. `micro dev` is the whole runtime
with zygote and host, `watchfiles` the library that `uvicorn --reload` watches with, by its defaults
on the project's folder. Medians over three rounds at most."""

COLUMNS = ("process", "folders beside", "start ms", "watches", "CPU %")

_MICRO = """\
import time
from pathlib import Path
from micro_devtool.watching import make_watcher
began = time.perf_counter()
watcher = make_watcher(Path(".").resolve())
print(time.perf_counter() - began, flush=True)
input()
"""
_WATCHFILES = """\
import time
from watchfiles._rust_notify import RustNotify
began = time.perf_counter()
watcher = RustNotify(["."], False, False, 300, True, False)
print(time.perf_counter() - began, flush=True)
while True:
    watcher.watch(1600, 50, 5000, None)
"""


@dataclass(slots=True, kw_only=True)
class Case:
    """A way to watch, in a project with so many folders beside its code."""

    name: str
    folders: int
    root: Path
    program: str
    starts: list[float] = field(default_factory=list[float])
    watches: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])


def run(options: Options) -> Report:
    """Measure every way, each by itself.

    Raises:
        BenchmarkFailed: One does not start.
    """
    folders = QUICK_FOLDERS if options.quick else FOLDERS
    rest = QUICK_REST if options.quick else REST
    with ExitStack() as stack:
        cases: list[Case] = []
        for beside in (0, folders):
            root = stack.enter_context(project(*(f"bench{n}" for n in range(SERVICES))))
            _fill(root, beside)
            for name, program in (("micro dev", _MICRO), ("watchfiles", _WATCHFILES)):
                cases.append(Case(name=name, folders=beside, root=root, program=program))
        for _, case in rounds_of(cases, min(options.rounds, 3)):
            _measure(case, rest)
    return Report(
        title="Watching at rest", how=HOW, columns=COLUMNS, rows=[_row(case) for case in cases]
    )


def _fill(root: Path, folders: int) -> None:
    """Make folders as package managers do: three deep, each with a file."""
    if folders:
        progress(f"watching: {folders:,} folders")
        (root / ".venv").mkdir()
        (root / ".venv" / "pyvenv.cfg").touch()
    for number in range(folders // 2):
        for top in (".venv/lib/python3/site-packages", "node_modules"):
            folder = root / top / f"p{number // 100}" / f"q{number // 10 % 10}" / f"r{number % 10}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "index").touch()


def _measure(case: Case, rest: float) -> None:
    progress(f"watching: {case.name}, {case.folders:,} folders beside")
    with _watcher(case) as (process, took):
        case.starts.append(took)
        case.watches.append(_watches_of(process.pid))
        if case.program != _MICRO:
            case.cpu.append(_cpu_share(process.pid, rest))
    if case.program == _MICRO:
        with dev_runtime(case.root) as (_, process):
            case.cpu.append(_cpu_share(process.pid, rest))


@contextmanager
def _watcher(case: Case) -> Generator[tuple[Child, float]]:
    """Run nothing but a watcher; with the seconds that its start took."""
    with child([sys.executable, "-c", case.program], folder=case.root, reads=True) as process:
        yield process, float(process.read_line(within=START_TIMEOUT))


def _cpu_share(pid: int, seconds: float) -> float:
    """Give what a process and its descendants use of a core, in percent."""
    time.sleep(QUIET)
    before, began = _cpu_of(pid), time.perf_counter()
    time.sleep(seconds)
    return (_cpu_of(pid) - before) / (time.perf_counter() - began) * 100


def _cpu_of(pid: int) -> float:
    return sum(map(cpu_seconds, process_tree(pid)))


def _watches_of(pid: int) -> int:
    """Count the inotify watches that the kernel holds for a process."""
    count = 0
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        with suppress(OSError):
            count += info.read_text().count("inotify wd:")
    return count


def _row(case: Case) -> list[str]:
    return [
        case.name,
        f"{case.folders:,}",
        figure(middle(case.starts) * 1e3, 1),
        figure(middle(case.watches)),
        figure(middle(case.cpu), 2),
    ]
