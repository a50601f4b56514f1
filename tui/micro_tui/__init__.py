"""The dashboard of micro: draws what a runtime tells it.

Importing this package is cheap; the screen library comes in with ``run_dashboard``.
"""

from micro_tui.run import import_screen, run_dashboard

__all__ = ["import_screen", "run_dashboard"]
