"""How long a test waits for what has to come.

Only what never comes takes this long, so it is far more than the slowest machine needs.
"""

from __future__ import annotations

DEADLINE = 60.0
