"""Which server a command is about, and what it offers. ``remote`` asks those that are not ours."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from micro.config import load_project
from micro.doors.listen import parse_address
from micro.errors import ConfigError
from micro.snapshots import ServiceView
from micro_devtool.catalog import Kind, load_services, with_services
from micro_devtool.projects import project_root
from micro_devtool.trials.run import Caller

T = TypeVar("T")

MCP_PATH = "/mcp"
"""Where micro serves MCP; its REST door's paths are below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A project's folder, found from here if ``None``; or a server by its URL or its command."""

    path: Path | None = None
    url: str = ""
    command: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_project(self) -> bool:
        """Whether it is a project on this machine."""
        return not (self.url or self.command)

    @property
    def name(self) -> str:
        """How people know it: its URL, or the program that is started."""
        return self.url or (self.command[0] if self.command else "this project")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a server offers.

    Attributes:
        title: Its name.
        url: Where it speaks MCP over HTTP; ``None`` if a command starts it.
        has_rest: Whether the paths of micro's REST door are below that.
    """

    title: str
    services: Sequence[ServiceView]
    url: str | None
    has_rest: bool


def source_of(
    path: Path | None, url: str | None, command: str | None, headers: Sequence[str] | None
) -> Source:
    """Give the source that a command line names.

    Raises:
        ConfigError: It names two, or a header is none.
    """
    if sum(each is not None for each in (path, url, command)) > 1:
        raise ConfigError("two servers are named", mend="take one of a folder, --url and --command")
    if headers and not url:
        raise ConfigError("--header goes with --url", mend="leave it out")
    return Source(
        path=path,
        url=url or "",
        command=() if command is None else _words(command),
        headers=tuple(_header(each) for each in headers or ()),
    )


def _words(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise ConfigError(f"{command!r} is no command: {error}", mend="see its quotes") from error
    if not words:
        raise ConfigError("the command is empty", mend="name what starts the server")
    return words


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip().isascii() or not name.strip():
        raise ConfigError(
            f"{text!r} is no header", mend="write it as: --header 'Authorization: Bearer …'"
        )
    return name.strip(), value.strip()


def load_offer(source: Source) -> Offer:
    """Give what a server offers.

    Raises:
        MicroError: The project has no services, or the server cannot be asked.
    """
    if not source.is_project:
        from micro_devtool.servers import remote

        return remote.load_offer(source)
    project = load_project(project_root(source.path))
    return Offer(
        title=project.name,
        services=load_services(source.path),
        url=f"{parse_address(project.settings.address).url}{MCP_PATH}",
        has_rest=True,
    )


def with_source(
    source: Source,
    act: Callable[[Caller, Sequence[ServiceView]], Awaitable[T]],
    *,
    kind: Kind = "headless",
) -> T:
    """Give what ``act`` makes of a server's services and of what calls its tools.

    Raises:
        MicroError: The project has no services, or the server cannot be asked.
    """
    if source.is_project:
        return with_services(source.path, act, kind=kind)
    from micro_devtool.servers import remote

    return remote.with_server(source, act)
