"""What an import of the dashboard brings in: start-up time is mostly that."""

from __future__ import annotations

import subprocess
import sys


def loaded_by(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_dashboard_brings_in_no_screen_library() -> None:
    code = "import sys, micro_tui; print('textual' in sys.modules, 'rich' in sys.modules)"
    assert loaded_by(code) == "False False"


def test_the_screen_needs_none_of_the_heavy_widgets() -> None:
    code = """
import sys, micro_tui.app
heavy = ("_markdown", "_text_area", "_data_table", "_rich_log", "_log", "_list_view")
print([name for name in heavy if f"textual.widgets.{name}" in sys.modules],
      [name for name in ("mcp", "starlette", "uvicorn", "markdown_it") if name in sys.modules])
"""
    assert loaded_by(code) == "[] []"


def test_of_the_views_only_the_first_is_imported_before_one_goes_there() -> None:
    code = """
import sys, micro_tui.app
from micro_tui.views import NAMES
print([name for name in NAMES if f"micro_tui.screens.{name}" in sys.modules])
"""
    assert loaded_by(code) == "['calls']"
