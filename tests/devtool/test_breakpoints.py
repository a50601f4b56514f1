"""`breakpoint()` in a service under `micro dev`: the dashboard leaves the terminal to pdb."""

import os
import select
import threading
from pathlib import Path
from typing import Any

import pytest

from devtool.commands.test_dev import Screen
from devtool.harness import call, record, runs, shop


def leaving(screen: Screen) -> bool:
    """Read on for a moment; tells whether the screen was left. Keys may come before it listens."""
    if select.select([screen.fd], [], [], 0.3)[0]:
        screen.text += os.read(screen.fd, 65536).decode("utf-8", "replace")
    return "\x1b[?1049l" in screen.text


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_the_screen_gives_way_to_pdb_and_comes_back_when_the_code_goes_on(tmp_path: Path):
    path = shop(tmp_path)
    path.write_text(path.read_text().replace("    return", "    breakpoint()\n    return"))
    screen = Screen(tmp_path)
    answers: list[dict[str, Any]] = []
    try:
        screen.until("LIVE")
        address = record(tmp_path)["addresses"][0]
        caller = threading.Thread(
            target=lambda: answers.append(call(address, "shop.price", item="tea"))
        )
        caller.start()
        screen.until("(Pdb) ")
        assert "\x1b[?1049l" in screen.text
        os.write(screen.fd, b"p item * 2\n")
        screen.until("'teatea'")
        screen.text = ""
        os.write(screen.fd, b"continue\n")
        caller.join()
        assert answers[0]["result"] == "tea costs 1"
        screen.until("LIVE")
        runtime = record(tmp_path)["pid"]
        while not leaving(screen):
            os.write(screen.fd, b"q")
        assert screen.wait() == 0
        assert not runs(runtime)
        assert "Traceback" not in screen.text
    finally:
        os.close(screen.fd)
