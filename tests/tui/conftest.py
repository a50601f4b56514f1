from __future__ import annotations

import pytest

from tui.idle import until_idle


@pytest.fixture(autouse=True)
def one_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw alike whatever terminal the tests run in."""
    monkeypatch.setenv("MICRO_THEME", "dark")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("MICRO_ASCII", raising=False)


@pytest.fixture(autouse=True)
def idle_is_what_has_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the screen when all is done that was to do, however little CPU there is."""
    monkeypatch.setattr("textual.app.wait_for_idle", until_idle)
    monkeypatch.setattr("textual.pilot.wait_for_idle", until_idle)
