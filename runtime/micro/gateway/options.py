"""What a library's user may ask of the gateway: the same as a project's settings, as arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pydantic

from micro.config import Settings
from micro.errors import ConfigError
from micro.gateway.auth.auth import Auth, Authenticator
from micro.gateway.auth.plug import Verify, auth_of
from micro.gateway.rules import Rules
from micro.policies import RateLimit
from micro.sections import OnAuditFailure


class GatewayOptions(TypedDict, total=False):
    """What may be asked of calls, whatever door they come by.

    Attributes:
        auth: Says who a token stands for: a function of the token, sync or async, that gives an
            ``Identity`` or ``None``, or an object with such a method ``authenticate``. Everyone
            needs a token then.
        scopes: Tool name or glob to the scopes it needs, in place of those it declares.
        tools: Tool name or glob to ``rate_limit``, ``timeout``, ``concurrency``, ``breaker`` and
            ``cache``, over what it declares.
        calls_in_flight: How many calls may run at the same time; more are refused.
        rate_limit: Of all calls together.
        subject_rate_limit: Of each subject's calls.
        secrets: Names, beside the usual ones, whose values are never kept or shown.
        on_audit_failure: What becomes of calls while ``audit=`` fails: they ``continue``, and their
            results say so, or it is to ``refuse`` them.
    """

    auth: Auth | Authenticator | Verify
    scopes: Mapping[str, Sequence[str]]
    tools: Mapping[str, Mapping[str, Any]]
    calls_in_flight: int
    rate_limit: RateLimit | str
    subject_rate_limit: RateLimit | str
    secrets: Sequence[str]
    on_audit_failure: OnAuditFailure


def rules_of(options: GatewayOptions) -> Rules:
    """Give the rules of what was passed.

    Raises:
        ConfigError: A value is wrong.
    """
    for key in options:
        if key not in GatewayOptions.__annotations__:
            known = ", ".join(GatewayOptions.__annotations__)
            raise ConfigError(f"there is no option {key!r}", mend=f"known: {known}")
    given: dict[str, object] = {**options}
    given.pop("auth", None)
    if "on_audit_failure" in given:
        given["audit"] = {"on_failure": given.pop("on_audit_failure")}
    try:
        return Rules.of(Settings.model_validate(given), auth_of(options.get("auth")))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{key}: {first['msg']}", mend="correct the value") from error
