"""How long after a save the first call is answered by the new code."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from bench.client import MODERN, McpClient, WrongAnswer, connect
from bench.connection import ConnectionEnded
from bench.harness import Options, Report, figure, progress, quantile
from bench.processes import BenchmarkFailed
from bench.projects import dev_runtime, project, service_text

SAVES, QUICK_SAVES = 40, 5
PAUSE = 0.1
"""Seconds from one new answer to the next save."""
BETWEEN_CALLS = 0.001
NEW_CODE_TIMEOUT = 10.0
MANY = 100
HELPER = b"constant = %d\n"

HOW = """\
`micro dev` on a project of 1, 10 and 100 services, a file each. A save changes a constant in the
body of one tool, of each service in turn; "in place" writes the file, "replaced" writes another
beside it and renames that over it, as many editors do. At once after the save the tool is called
over HTTP, and again 1 ms after each answer until one comes from the new code: the time runs from
before the write to that answer. "old answers" are those of the old code in between, for each save
(none where the call itself waits for the reload). "helper" saves a module that all 100 services
import, until one of them answers from it, and until all have, asked one after another. Runtime,
host and client share all cores."""

COLUMNS = ("services", "save", "saves", "p50 ms", "p95 ms", "worst ms", "old answers", "failed")

Save = Callable[[Path, bytes], None]


@dataclass(slots=True, kw_only=True)
class Case:
    """A way to save, in a project of some size, and what came of it."""

    services: int
    label: str
    save: Save
    took: list[float] = field(default_factory=list[float])
    old_answers: int = 0
    errors: list[str] = field(default_factory=list[str])


def in_place(path: Path, text: bytes) -> None:
    """Write a file where it is."""
    path.write_bytes(text)


def replaced(path: Path, text: bytes) -> None:
    """Write a file beside it, and rename that over it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(text)
    os.replace(beside, path)


def run(options: Options) -> Report:
    """Measure every way to save.

    Raises:
        BenchmarkFailed: The runtime does not start, or a save is never served.
    """
    saves = QUICK_SAVES if options.quick else SAVES
    cases: list[Case] = []
    for services in (1, 10, MANY):
        names = [f"bench{number}" for number in range(services)]
        both = [
            Case(services=services, label="in place", save=in_place),
            Case(services=services, label="replaced", save=replaced),
        ]
        progress(f"reload: {services} services")
        with project(*names) as root, dev_runtime(root) as (running, process):
            try:
                anyio.run(_measure, both, sorted(root.glob("bench*.py")), running.port, saves)
            except (ConnectionEnded, OSError) as error:
                raise process.failed(f"broke the connection: {error}") from error
        cases += both
    cases += _helper(saves)
    faults = [f"{case.services}, {case.label}: {error}" for case in cases for error in case.errors]
    return Report(
        title=f"Reload: save to first new answer, {saves} saves each",
        how=HOW,
        columns=COLUMNS,
        rows=[_row(case) for case in cases],
        faults=faults,
    )


def _helper(saves: int) -> list[Case]:
    """Measure the save of a module that many services import."""
    cases = [
        Case(services=MANY, label="helper, one", save=replaced),
        Case(services=MANY, label="helper, all", save=replaced),
    ]
    names = [f"bench{number}" for number in range(MANY)]
    progress(f"reload: a helper of {MANY} services")
    with project(*names) as root:
        (root / "helper.py").write_bytes(HELPER % 0)
        for name in names:
            text = service_text(name).replace(b"+ 0", b"+ constant")
            (root / f"{name}.py").write_bytes(b"from helper import constant\n" + text)
        with dev_runtime(root) as (running, process):
            try:
                anyio.run(_measure_helper, cases, root / "helper.py", running.port, saves)
            except (ConnectionEnded, OSError) as error:
                raise process.failed(f"broke the connection: {error}") from error
    return cases


async def _measure_helper(cases: Sequence[Case], helper: Path, port: int, saves: int) -> None:
    one, every = cases
    clients = [await connect(port, tool=f"bench{n}_add", era=MODERN) for n in range(one.services)]
    for number in range(1, saves + 1):
        await anyio.sleep(PAUSE)
        called = clients[number % len(clients)]
        began = time.perf_counter()
        one.save(helper, HELPER % number)
        await _until_new(called, number, one)
        one.took.append(time.perf_counter() - began)
        for client in clients:
            await _until_new(client, number, every)
        every.took.append(time.perf_counter() - began)
    for client in clients:
        await client.close()


async def _measure(cases: Sequence[Case], files: Sequence[Path], port: int, saves: int) -> None:
    """Save in the ways of all cases in turn."""
    clients = [await connect(port, tool=f"{file.stem}_add", era=MODERN) for file in files]
    for client in clients:
        await client.call(0, 0)
    for number in range(saves):
        file, client = files[number % len(files)], clients[number % len(files)]
        for place, case in enumerate(cases):
            constant = 1 + number * len(cases) + place
            await anyio.sleep(PAUSE)
            began = time.perf_counter()
            case.save(file, service_text(file.stem, constant))
            await _until_new(client, constant, case)
            case.took.append(time.perf_counter() - began)
    for client in clients:
        await client.close()


async def _until_new(client: McpClient, constant: int, case: Case) -> None:
    until = time.perf_counter() + NEW_CODE_TIMEOUT
    while time.perf_counter() < until:
        try:
            if await client.call(0, 0) == constant:
                return
            case.old_answers += 1
        except WrongAnswer as error:
            case.errors.append(str(error))
        await anyio.sleep(BETWEEN_CALLS)
    raise BenchmarkFailed(f"a save was not served within {NEW_CODE_TIMEOUT:g} s")


def _row(case: Case) -> list[str]:
    took = [each * 1e3 for each in case.took]
    return [
        str(case.services),
        f"{case.label} !" if case.errors else case.label,
        str(len(took)),
        figure(quantile(took, 0.5), 1),
        figure(quantile(took, 0.95), 1),
        figure(max(took), 1),
        figure(case.old_answers / len(took), 1),
        str(len(case.errors)),
    ]
