"""``python -m micro_tui SOCKET TITLE AUDIT``: the dashboard on a control socket."""

from __future__ import annotations

import sys
from pathlib import Path

from micro_tui import run_dashboard

if __name__ == "__main__":
    control, title, audit = sys.argv[1:]
    sys.exit(run_dashboard(Path(control), title=title, audit=Path(audit)))
