from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def one_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw alike whatever terminal the tests run in."""
    monkeypatch.setenv("MICRO_THEME", "dark")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("MICRO_ASCII", raising=False)
