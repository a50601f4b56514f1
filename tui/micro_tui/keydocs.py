"""The keys as a page of Markdown: ``python -m micro_tui.keydocs`` prints it."""

from __future__ import annotations

import sys

from micro_tui.keys import keys_of
from micro_tui.keytable import Key

PLACES = {
    "app": "Everywhere",
    "list": "In lists",
    "stream": "In streams of calls, logs and records",
    "text": "In pages",
    "calls": "Calls",
    "pane": "Calls, with one opened",
    "tools": "Tools",
    "logs": "Logs",
    "services": "Services",
    "clients": "Clients",
    "limits": "Limits",
    "audit": "Audit",
    "problems": "Problems",
}
"""Where keys work, and how a page names it."""


def keys_page() -> str:
    """Give a table for each place."""
    tables: list[str] = []
    for where, title in PLACES.items():
        rows = [f"| {_keys(key)} | {key.help} |" for key in keys_of(where) if key.help]
        tables.append("\n".join([f"### {title}", "", "| key | does |", "| --- | --- |", *rows]))
    return "\n\n".join(tables) + "\n"


def _keys(key: Key) -> str:
    shown = key.shown.split() if key.shown else key.keys.split(",")
    return " ".join(f"`{each}`" for each in shown).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(keys_page())
