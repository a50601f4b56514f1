"""`python -m micro_devtool` is `micro`."""

from __future__ import annotations

from micro_devtool.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
