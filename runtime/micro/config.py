"""What a project is set to: ``[tool.micro]`` in pyproject.toml or ``micro.toml``, then flags.

Knows nothing of what the settings do. A wrong key or value is refused with where it stands.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import pydantic

from micro.errors import ConfigError, did_you_mean
from micro.sections import (
    AuditSettings,
    AuthSettings,
    Durability,
    HttpSettings,
    LintSettings,
    LogLevel,
    Rate,
    ToolSettings,
    Workers,
    requirement,
)

DEFAULT_ADDRESS = "127.0.0.1:3000"

HOST_MEMORY_MB = 2_048
RESULT_KB = 256
CALLS_IN_FLIGHT = 16_384
"""Calls that run at the same time by default; each costs some 20 kB."""


class Settings(pydantic.BaseModel):
    """The keys of ``[tool.micro]``, with their defaults.

    Attributes:
        services: Which files or modules define services: globs (``shop/*.py``) or
            ``module:attribute``; empty means that they are looked for.
        address: Where HTTP listens.
        name: The project's name as clients see it; empty means the folder's.
        instructions: What clients are told about the whole server.
        auth: Who may call.
        audit: What records hold, and what happens when none can be kept.
        http: How HTTP is spoken.
        durability: What an audit record outlives before a call is answered: the end of the
            ``process``, or a loss of ``power``, which costs each call a write to the disk.
        scopes: Tool name or glob to the scopes it needs, in place of those it declares.
        tools: Tool name or glob to what is asked of its calls, over what it declares.
        calls_in_flight: How many calls may run at the same time; more are refused.
        workers: How many processes share the calls, each with the project's code: a number, or
            ``auto`` for one a core.
        host_memory_mb: What a process that runs the code may grow to before another takes its
            place; 0 for any size.
        result_kb: KiB of a result that go out whole; of a larger one its beginning does, and the
            rest can be read for a while. What is structured goes out twice, and many clients
            take no message of more than 1 MiB.
        log_level: From which level on lines that the project's code logs are taken, to be shown
            with their calls and sent to clients that ask for them: ``debug``, ``info``,
            ``warning``, ``error`` or ``critical``. What it prints always is.
        lint: What `micro lint` asks of the tools.
        secrets: Names, beside the usual ones, whose values are never kept or shown.
        rate_limit: Of all calls together. ``subject_rate_limit``: of each subject's calls.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    services: tuple[str, ...] = ()
    address: str = DEFAULT_ADDRESS
    name: str = ""
    instructions: str = ""
    auth: AuthSettings = AuthSettings()
    audit: AuditSettings = AuditSettings()
    http: HttpSettings = HttpSettings()
    durability: Durability = "process"
    scopes: dict[str, tuple[Annotated[str, pydantic.AfterValidator(requirement)], ...]] = {}
    tools: dict[str, ToolSettings] = {}
    lint: LintSettings = LintSettings()
    calls_in_flight: Annotated[int, pydantic.Field(ge=1, strict=True)] = CALLS_IN_FLIGHT
    workers: Workers = 1
    host_memory_mb: Annotated[int, pydantic.Field(ge=0, strict=True)] = HOST_MEMORY_MB
    result_kb: Annotated[int, pydantic.Field(ge=4, le=16_384, strict=True)] = RESULT_KB
    log_level: LogLevel = "info"
    secrets: tuple[str, ...] = ()
    rate_limit: Rate | None = None
    subject_rate_limit: Rate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with services, and its settings. ``source`` is the file that they came from."""

    root: Path
    settings: Settings
    source: Path | None = None

    @property
    def name(self) -> str:
        """How clients see the project."""
        return self.settings.name or self.root.name

    @property
    def state(self) -> Path:
        """The folder of sockets and stores, readable by its owner alone."""
        return self.root / ".micro"


def load_project(root: Path) -> Project:
    """Read a folder's settings.

    Raises:
        ConfigError: The folder does not exist, or a settings file is wrong.
    """
    if not root.is_dir():
        raise ConfigError(f"{root} is not a folder", mend="name the folder that holds the services")
    root = root.resolve()
    for name, table in (("micro.toml", ()), ("pyproject.toml", ("tool", "micro"))):
        path = root / name
        if path.is_file() and (found := _table(path, table)) is not None:
            return Project(root=root, settings=_settings(found, path), source=path)
    return Project(root=root, settings=Settings())


def find_root(start: Path) -> Path:
    """Give the project that a folder belongs to: itself or the nearest one above that says so.

    A folder says so by ``micro.toml``, ``[tool.micro]`` in pyproject.toml, or ``.micro/``.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "micro.toml").is_file() or (folder / ".micro").is_dir():
            return folder
        pyproject = folder / "pyproject.toml"
        if pyproject.is_file() and _table(pyproject, ("tool", "micro")) is not None:
            return folder
    return start


def _table(path: Path, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """Give the table at ``keys``, ``None`` if the file has none."""
    try:
        found: Any = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}", mend="make it readable, or remove it"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}", mend="correct the file at that place"
        ) from error
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            return None
        found = cast("dict[str, Any]", found)[key]
    if not isinstance(found, dict):
        name = ".".join(keys)
        raise ConfigError(f"{path}: {name} is not a table", mend=f"write [{name}] above the keys")
    return cast("dict[str, Any]", found)


def _settings(table: dict[str, Any], path: Path) -> Settings:
    try:
        return Settings.model_validate(table)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = _keys_beside(first["loc"])
            meant = did_you_mean(str(first["loc"][-1]), known).strip()
            mend = f"{meant} known: {', '.join(known)}".strip()
            raise ConfigError(f"{path}: unknown key {key!r}", mend=mend) from error
        why = first["msg"].removeprefix("Value error, ").replace("a valid tuple", "a list")
        raise ConfigError(
            f"{path}: {key} = {first['input']!r}: {why}", mend="correct the value"
        ) from error


def _keys_beside(place: Sequence[int | str]) -> list[str]:
    """Give the keys that a table of the settings takes, by the place of one that is wrong in it."""
    table: Any = Settings
    for part in place[:-1]:
        fields = getattr(table, "model_fields", None)
        # Where a table has names for keys, as `tools` has, what counts is what stands under them.
        table = fields[part].annotation if fields else get_args(table)[-1]
    return list(table.model_fields)
