"""The tables inside of a project's settings, and how their values are read.

The settings themselves, and where they come from, are in ``config``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

import pydantic

from micro.errors import ConfigError
from micro.policies import (
    CircuitBreaker,
    Concurrency,
    Policy,
    RateLimit,
    is_requirement,
    read_approve,
    read_breaker,
    read_concurrency,
    read_duration,
    read_rate_limit,
)

Durability = Literal["process", "power"]
OnAuditFailure = Literal["continue", "refuse"]
Severity = Literal["error", "warning", "info", "off"]
LogLevel = Literal["debug", "info", "warning", "error", "critical"]

T = TypeVar("T")

MOST_WORKERS = 64
"""Processes that may share the calls of a project."""


def _read_by(read: Callable[[object], T]) -> pydantic.PlainValidator:
    """Give a validator that says in its own words how the value is written."""

    def validate(value: object) -> T:
        try:
            return read(value)
        except ConfigError as error:
            raise ValueError(f"{error.message}; {error.mend}") from error

    return pydantic.PlainValidator(validate)


def read_workers(value: object) -> int:
    """Give how many processes share the calls: ``4``, or ``"auto"`` for one a core.

    Raises:
        ConfigError: It says neither.
    """
    if value == "auto":
        return min(_cores(), MOST_WORKERS)
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_WORKERS:
        raise ConfigError(
            f"{value!r} is no number of workers", mend=f"write 1 to {MOST_WORKERS}, or auto"
        )
    return number


def _cores() -> int:
    """Count the cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def requirement(words: str) -> str:
    """Let a scope pass, or several of which one is needed; refuse anything else."""
    if not is_requirement(words):
        raise ValueError('a scope is one word; "a|b" is one of two')
    return words


Rate = Annotated[RateLimit, _read_by(read_rate_limit)]
Duration = Annotated[float, _read_by(read_duration)]
Workers = Annotated[int, _read_by(read_workers)]


class ToolSettings(pydantic.BaseModel):
    """The keys of ``[tool.micro.tools."name or glob"]``.

    Attributes:
        rate_limit: Of all calls of the tool: ``"10/s burst 20"``, ``"1000/h"``.
        timeout: Seconds, or ``"30s"``; a call that takes longer is cancelled.
        concurrency: Calls that run at a time, ``4`` or ``"4 queue 10"``; more wait.
        breaker: ``true``, or ``"5 open 30s probes 1"``: rests a tool that only fails; ``false``:
            it gets no rest, whatever it declares.
        cache: Seconds, or ``"30s"``, for which an answer is given again; the tool is read-only.
        approve: ``"always"``: each call waits until somebody allows it; ``"never"``: none does;
            ``"arguments.amount>1000 -scope:orders:trusted"``: those of which all that holds.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    rate_limit: Rate | None = None
    timeout: Duration | None = None
    concurrency: Annotated[Concurrency, _read_by(read_concurrency)] | None = None
    breaker: Annotated[CircuitBreaker | bool | None, _read_by(read_breaker)] = None
    cache: Duration | None = None
    approve: Annotated[bool | str, _read_by(read_approve)] | None = None

    @property
    def policy(self) -> Policy:
        """The same as a policy."""
        return Policy(
            rate_limit=self.rate_limit,
            timeout=self.timeout,
            concurrency=self.concurrency,
            breaker=self.breaker,
            cache=self.cache,
            approve=self.approve,
        )


class AuthSettings(pydantic.BaseModel):
    """The keys of ``[tool.micro.auth]``. Local keys (``micro auth token``) are always taken.

    Attributes:
        required: Whether a token is needed on this machine too.
        issuer: URL of the authorization server whose JWTs are taken.
        jwks: URL of its keys, if they are not found by the issuer's metadata.
        audience: What its tokens have to be made for; this server's URL.
        algorithms: What they may be signed with; empty: every one with a public key.
        introspection: URL where the authorization server says whether a token is still good
            (RFC 7662); empty: a token is taken until it expires. Needs ``introspection_client``.
        introspection_client: Who asks there; the secret is in ``MICRO_INTROSPECTION_SECRET``.
        introspection_seconds: For how long an answer is believed.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    required: bool = False
    issuer: str = ""
    jwks: str = ""
    audience: str = ""
    algorithms: tuple[str, ...] = ()
    introspection: str = ""
    introspection_client: str = ""
    introspection_seconds: Annotated[float, pydantic.Field(ge=0, le=3600)] = 30.0

    @pydantic.model_validator(mode="after")
    def _has_audience(self) -> AuthSettings:
        if self.issuer and not self.audience:
            raise ValueError("issuer needs audience: a token made for another server is not ours")
        if self.introspection and not (self.issuer and self.introspection_client):
            raise ValueError("introspection needs issuer and introspection_client")
        return self


class HttpSettings(pydantic.BaseModel):
    """The keys of ``[tool.micro.http]``; `micro dev` and `micro mcp serve` have them as flags.

    Attributes:
        sse: Whether HTTP+SSE of 2024-11-05 is served too, for clients that have nothing newer.
        control: Whether `micro attach --url` may steer from elsewhere, for who has a token that
            names the scope ``micro:control``.
        tls_cert: PEM file of a certificate, relative to the project: HTTPS is spoken then.
        tls_key: PEM file of its key; empty if that is in the same file.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    sse: Annotated[bool, pydantic.Field(strict=True)] = False
    control: Annotated[bool, pydantic.Field(strict=True)] = False
    tls_cert: str = ""
    tls_key: str = ""


class AuditSettings(pydantic.BaseModel):
    """The keys of ``[tool.micro.audit]``.

    Attributes:
        on_failure: What becomes of calls while no record of them can be kept: with ``continue``
            they go on, and their results say so; with ``refuse`` none is run.
        values: Whether records hold arguments and results too, without secrets, not digests alone.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    on_failure: OnAuditFailure = "continue"
    values: bool = False


class LintSettings(pydantic.BaseModel):
    """The keys of ``[tool.micro.lint]``, for `micro lint`.

    Attributes:
        budget: Tokens that all tools may cost together; ``None``: as many as they do.
        max_tools: How many tools are not too many.
        ignore: Rules that are not asked, ``missing-example`` or ``missing-example:users.*``.
        severity: Rule to how bad it is.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    budget: Annotated[int, pydantic.Field(ge=1)] | None = None
    max_tools: int = 40
    ignore: tuple[str, ...] = ()
    severity: dict[str, Severity] = {}
