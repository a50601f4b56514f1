"""What hosts are started from may itself not start: that is told, and mended where it can be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from micro.events import HostExited, LogWritten, ProblemFound
from reload.harness import serving

ONE = """
    from micro import Service

    one = Service("one")

    @one.tool
    def value() -> int:
        "Give the value."
        return 1
"""


async def test_a_zygote_that_cannot_start_is_told_with_its_last_words_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if any('zygote' in word for word in sys.orig_argv):\n"
        "    print('no room left', flush=True)\n"
        "    os._exit(7)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(broken))
    async with serving(tmp_path / "project", {"one.py": ONE}, patience=0.0) as served:
        await served.until(lambda: len(told(served.of(LogWritten))) >= 3)
        problems = served.of(ProblemFound)
        assert len(problems) == 1
        assert "ended (exit code 7): no room left" in problems[0].message
        assert problems[0].mend is not None
        assert not served.of(HostExited)
        (broken / "sitecustomize.py").unlink()
        assert await served.call("one.value") == 1


def told(lines: list[LogWritten]) -> list[LogWritten]:
    return [line for line in lines if line.text == "no room left"]


async def test_a_package_that_ends_the_zygote_is_not_imported_beforehand_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    packages, state = tmp_path / "packages", tmp_path / "project" / ".micro"
    packages.mkdir()
    state.mkdir(parents=True)
    (packages / "ends_all.py").write_text("import os\nos._exit(5)\n")
    monkeypatch.setenv("PYTHONPATH", str(packages))
    preload = state / "preload.json"
    preload.write_text(json.dumps(["json", "ends_all"]))
    async with serving(tmp_path / "project", {"one.py": ONE}, preload=preload) as served:
        assert await served.call("one.value") == 1
        problems = [problem.message for problem in served.runtime.snapshot().problems]
        assert any("ended (exit code 5)" in each for each in problems)
        assert "ends_all" not in json.loads(preload.read_text())
