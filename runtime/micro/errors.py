"""The errors micro raises: what happened, with the value, then the mend.

One class per state that a caller tells apart. A refusal of a call lives here too; a tool's own
failure does not: that is a result with ``is_error``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

from micro.groups import sole_error as sole_error
from micro.groups import unwrapped as unwrapped


class MicroError(Exception):
    """Says what happened and how to mend it.

    Args:
        message: What happened, with the value, in one line.
        mend: What to do about it, as a command or an edit; ``None`` where nothing can be said.
    """

    def __init__(self, message: str, *, mend: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


class ConfigError(MicroError):
    """A setting, a flag or a declaration is wrong; nothing was started."""


class StartError(MicroError):
    """The runtime could not start for a reason outside the project's code."""


class AddressUnusable(StartError):
    """A door cannot listen where it was told to."""


class RuntimeBusy(StartError):
    """Another runtime serves this project already."""

    def __init__(self, message: str, *, pid: int | None, mend: str | None = None) -> None:
        super().__init__(message, mend=mend)
        self.pid = pid


class StartHookFailed(MicroError):
    """A start hook of a service raised; nothing of the service serves. The cause is its error."""


class StoreUnusable(MicroError):
    """A file under ``.micro/`` cannot be read or written."""


class DeclarationError(ConfigError):
    """A service or one of its tools is declared in a way that cannot be served.

    ``file`` and ``line`` say where, empty and ``None`` where it is not known; the message begins
    with them too.
    """

    def __init__(
        self, message: str, *, mend: str | None = None, file: str = "", line: int | None = None
    ) -> None:
        super().__init__(message, mend=mend)
        self.file = file
        self.line = line


class NameTaken(DeclarationError):
    """Two services, or two tools on the wire, have one name."""


class HostLost(MicroError):
    """The process that ran the project's code ended while calls were in it."""


class ToolError(Exception):
    """Raised by a tool to tell the caller, in its own words, why it failed.

    The message reaches the client as it stands; any other exception gives the client a safe text.

    Args:
        message: For the model that called: what is wrong and what to do instead.
        retryable: Whether the same call may succeed later.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable


class Refused(MicroError):
    """The gateway did not let a call through; the tool's code never ran.

    ``trace_id`` is the refused call's, set by the gateway. ``retry_after``: seconds after which it
    may be let through, ``None`` where time alone mends nothing.
    """

    kind: ClassVar[str] = "refused"
    retryable: ClassVar[bool] = False
    trace_id: str = ""
    retry_after: float | None = None

    @property
    def details(self) -> dict[str, object]:
        """What a program needs to know of it, as every door gives it."""
        known: dict[str, object] = {"kind": self.kind, "retryable": self.retryable}
        if self.retry_after is not None:
            known["retry_after"] = round(self.retry_after, 3)
        return known


class UnknownTool(Refused):
    """No tool has the name that was asked for."""

    kind: ClassVar[str] = "unknown_tool"


class UnknownPrompt(UnknownTool):
    """No prompt has the name that was asked for."""

    kind: ClassVar[str] = "unknown_prompt"


class UnknownResource(UnknownTool):
    """No resource has the URI that was asked for, ``uri``."""

    kind: ClassVar[str] = "unknown_resource"

    def __init__(self, message: str, *, uri: str, mend: str | None = None) -> None:
        super().__init__(message, mend=mend)
        self.uri = uri

    @property
    def details(self) -> dict[str, object]:
        """The same, and the URI."""
        return super().details | {"uri": self.uri}


class CallsTooDeep(Refused):
    """Tools called one another without end."""

    kind: ClassVar[str] = "too_deep"


class Unauthenticated(Refused):
    """Nobody knows who calls: there is no token, or it is not taken."""

    kind: ClassVar[str] = "unauthenticated"


class MissingScopes(Refused):
    """The caller is known, and may not call this.

    Attributes:
        missing: What it would need beside what it holds; ``a|b`` is one of the two.
    """

    kind: ClassVar[str] = "insufficient_scope"

    def __init__(self, message: str, *, missing: tuple[str, ...], mend: str | None = None) -> None:
        super().__init__(message, mend=mend)
        self.missing = missing

    @property
    def details(self) -> dict[str, object]:
        """The same, and the scopes that are missing."""
        return super().details | {"missing_scopes": list(self.missing)}


class TryLater(Refused):
    """There are too many calls now, or the tool is not well; later it may be let through."""

    retryable: ClassVar[bool] = True

    def __init__(self, message: str, *, retry_after: float, mend: str | None = None) -> None:
        super().__init__(message, mend=mend)
        self.retry_after = retry_after


class RateLimited(TryLater):
    """A rate limit is used up."""

    kind: ClassVar[str] = "rate_limited"


class CircuitOpen(TryLater):
    """The tool failed again and again and gets no calls for a while."""

    kind: ClassVar[str] = "circuit_open"


class Overloaded(TryLater):
    """The gateway runs as many calls as it may."""

    kind: ClassVar[str] = "overloaded"


class QueueFull(TryLater):
    """As many calls run and wait as the tool allows."""

    kind: ClassVar[str] = "queue_full"


class Unaudited(TryLater):
    """No record of the call can be kept, and without one none is let through."""

    kind: ClassVar[str] = "audit_unavailable"


class ApprovalDenied(Refused):
    """Somebody had to allow the call, and did not. ``by`` says who."""

    kind: ClassVar[str] = "approval_denied"

    def __init__(self, message: str, *, by: str, mend: str | None = None) -> None:
        super().__init__(message, mend=mend)
        self.by = by


class ApprovalTimedOut(Refused):
    """Somebody had to allow the call, and nobody decided in time."""

    kind: ClassVar[str] = "approval_timed_out"
    retryable: ClassVar[bool] = True


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Give `` Did you mean `x`?`` if a known name is close to ``name``, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean `{close[0]}`?" if close else ""
