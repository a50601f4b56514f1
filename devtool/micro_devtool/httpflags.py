"""How HTTP is to be spoken, as the command line says it, over what the settings say."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from micro.sections import HttpSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFlags:
    """Flags of `micro dev` and `micro mcp serve`, on their way to the runtime's process.

    Attributes:
        tls_cert: ``None`` leaves it to the settings, as with ``tls_key``; relative to where the
            command was given.
    """

    sse: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None

    def arguments(self) -> list[str]:
        """Give them as arguments of ``micro_devtool.devloop``."""
        files = (("--tls-cert", self.tls_cert), ("--tls-key", self.tls_key))
        named = [word for flag, file in files if file for word in (flag, str(file.absolute()))]
        return [*(["--sse"] if self.sse else []), *named]


NO_FLAGS = HttpFlags()


def add_to(parser: argparse.ArgumentParser) -> None:
    """Let a parser take what ``arguments`` gives."""
    parser.add_argument("--sse", action="store_true")
    parser.add_argument("--tls-cert", default="")
    parser.add_argument("--tls-key", default="")


def apply(options: argparse.Namespace, settings: HttpSettings) -> HttpSettings:
    """Give the settings with what the arguments say over them."""
    tls = {"tls_cert": options.tls_cert, "tls_key": options.tls_key} if options.tls_cert else {}
    return settings.model_copy(update={**tls, "sse": options.sse or settings.sse})
