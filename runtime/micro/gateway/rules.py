"""What the gateway asks of calls over what tools declare: by name, by glob, and of all calls.

An exact name comes before a glob, a longer glob before a shorter one. Carried out in ``guards``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import msgspec

from micro.calls import ToolSpec
from micro.config import CALLS_IN_FLIGHT, RESULT_KB, Settings
from micro.gateway.auth.auth import Auth
from micro.policies import Policy, RateLimit
from micro.sections import AuditSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one runtime.

    Attributes:
        scopes: Tool name or glob to the scopes that are needed, in place of the declared ones.
        policies: Tool name or glob to what is asked, over what is declared.
        calls_in_flight: How many calls may run at the same time.
        result_bytes: Of a result that goes out whole.
        rate_limit: Of all calls together.
        subject_rate_limit: Of each subject's calls.
        secrets: Names, beside the usual ones, whose values are never kept or shown.
        audit: What records hold, and what happens when none can be kept.
        auth: What doors ask who calls; by default they ask nobody.
    """

    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    policies: Mapping[str, Policy] = field(default_factory=dict[str, Policy])
    calls_in_flight: int = CALLS_IN_FLIGHT
    result_bytes: int = RESULT_KB * 1024
    rate_limit: RateLimit | None = None
    subject_rate_limit: RateLimit | None = None
    secrets: tuple[str, ...] = ()
    audit: AuditSettings = field(default_factory=AuditSettings)
    auth: Auth = field(default_factory=Auth)

    @classmethod
    def of(cls, settings: Settings, auth: Auth | None = None) -> Rules:
        """Give the rules of a project's settings."""
        return cls(
            scopes=settings.scopes,
            policies={name: given.policy for name, given in settings.tools.items()},
            calls_in_flight=settings.calls_in_flight,
            result_bytes=settings.result_kb * 1024,
            rate_limit=settings.rate_limit,
            subject_rate_limit=settings.subject_rate_limit,
            secrets=settings.secrets,
            audit=settings.audit,
            auth=auth or Auth(),
        )

    def applied(self, spec: ToolSpec) -> ToolSpec:
        """Give a tool's spec as it is in force."""
        scopes, policy = spec.scopes, spec.policy
        if found := _matching(spec, self.scopes):
            scopes = self.scopes[found[0]]
        for pattern in reversed(_matching(spec, self.policies)):
            policy = self.policies[pattern].over(policy)
        if policy.cache and spec.kind == "tool" and not spec.annotations.get("readOnlyHint"):
            policy = msgspec.structs.replace(policy, cache=None)
        if (scopes, policy) == (spec.scopes, spec.policy):
            return spec
        return msgspec.structs.replace(spec, scopes=scopes, policy=policy)

    def unmet(self, specs: Iterable[ToolSpec]) -> tuple[str, ...]:
        """Give the names and globs that match no tool: misspelt ones, which leave a tool open."""
        every = list(specs)
        patterns = dict.fromkeys([*self.scopes, *self.policies])
        return tuple(
            pattern for pattern in patterns if not any(_fits(spec, pattern) for spec in every)
        )


def _matching(spec: ToolSpec, patterns: Iterable[str]) -> list[str]:
    """Give the patterns that fit a tool, the closest first."""
    names = (spec.ruled_as, spec.wire_name)
    fitting = (pattern for pattern in patterns if _fits(spec, pattern))
    return sorted(fitting, key=lambda pattern: (pattern not in names, -len(pattern)))


def _fits(spec: ToolSpec, pattern: str) -> bool:
    return pattern == spec.wire_name or fnmatchcase(spec.ruled_as, pattern)
