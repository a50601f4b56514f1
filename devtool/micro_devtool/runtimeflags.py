"""What the command line says of how a project is served, over what its settings say."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from micro.config import Settings
from micro.sections import read_workers


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeFlags:
    """Flags of `micro dev` and `micro mcp serve`, on their way to the runtime's process.

    Attributes:
        tls_cert: ``None`` leaves it to the settings, as with ``tls_key``; relative to where the
            command was given.
        workers: A number or ``auto``, as it was written; empty leaves it to the settings.
    """

    sse: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    workers: str = ""

    def arguments(self) -> list[str]:
        """Give them as arguments of ``micro_devtool.devloop``."""
        files = (("--tls-cert", self.tls_cert), ("--tls-key", self.tls_key))
        named = [word for flag, file in files if file for word in (flag, str(file.absolute()))]
        workers = ["--workers", self.workers] if self.workers else []
        return [*(["--sse"] if self.sse else []), *named, *workers]


NO_FLAGS = RuntimeFlags()


def add_to(parser: argparse.ArgumentParser) -> None:
    """Let a parser take what ``arguments`` gives."""
    parser.add_argument("--sse", action="store_true")
    parser.add_argument("--tls-cert", default="")
    parser.add_argument("--tls-key", default="")
    parser.add_argument("--workers", default="")


def apply(options: argparse.Namespace, settings: Settings) -> Settings:
    """Give the settings with what the arguments say over them.

    Raises:
        ConfigError: A value is none that the flag can have.
    """
    tls = {"tls_cert": options.tls_cert, "tls_key": options.tls_key} if options.tls_cert else {}
    sse = options.sse or settings.http.sse
    http = settings.http.model_copy(update={**tls, "sse": sse})
    workers = read_workers(options.workers) if options.workers else settings.workers
    return settings.model_copy(update={"http": http, "workers": workers})
