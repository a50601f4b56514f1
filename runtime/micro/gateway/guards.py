"""Puts round each tool the stages that its scopes and its policy ask for, once a generation.

A tool that asks for nothing gets none, and costs nothing. Outermost first: scopes, approval, rate
limits, cache, breaker, deadline, turns. The cache stands outside the breaker: an answer that was
kept is good while the tool rests, and is no proof that it is well.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from micro.calls import Stage, Timed, Tool, ToolSpec, compose
from micro.events import BreakerChanged, EventBus
from micro.gateway.asked import condition
from micro.gateway.limits.approvals import Approvals
from micro.gateway.limits.breaker import Breaker, State
from micro.gateway.limits.buckets import Buckets, RateStore
from micro.gateway.rules import Rules
from micro.gateway.stages.approval import approval
from micro.gateway.stages.breaker import breaking
from micro.gateway.stages.cache import cache
from micro.gateway.stages.concurrency import Turns
from micro.gateway.stages.deadline import deadline
from micro.gateway.stages.rates import rates
from micro.gateway.stages.scopes import scopes
from micro.policies import CircuitBreaker, Concurrency, RateLimit
from micro.redaction import Redactor
from micro.snapshots import BreakerView, RateView
from micro.specs import JUDGE


class Guards:
    """Makes guards, and holds what they count with: buckets and turns outlive a reload.

    Args:
        rules: What is asked over what tools declare.
        bus: Told of breakers.
        approvals: Where calls wait that somebody has to allow.
        store: Where buckets live; by default in this process.
        clock: Seconds that never go back.

    Attributes:
        find: Gives what serves under a canonical name, of whatever kind; set by who has a registry.
    """

    def __init__(
        self,
        rules: Rules,
        bus: EventBus,
        *,
        approvals: Approvals | None = None,
        store: RateStore | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._bus = bus
        self.find: Callable[[str], Tool | None] = lambda name: None
        self.approvals = approvals or Approvals(bus, Redactor({}, rules.secrets))
        self._store = store or Buckets()
        self._clock = clock
        self._turns: dict[str, Turns] = {}
        self._breakers: dict[str, Breaker] = {}

    def around(self, tool: Tool) -> Tool:
        """Give the tool as it is served: with what is in force in its spec, and its guard."""
        spec = self._rules.applied(tool.spec)
        stages = [Timed(name, stage) for name, stage in self._stages(spec)]
        guard = compose(stages, tool.run) if stages else None
        return replace(tool, spec=spec, guard=guard)

    @property
    def rates(self) -> tuple[RateView, ...]:
        """The buckets that are not full now."""
        return self._store.views()

    @property
    def breakers(self) -> tuple[BreakerView, ...]:
        """The breakers that are not closed now."""
        return tuple(
            BreakerView(
                tool=tool,
                state=breaker.state,
                failures=breaker.failures,
                retry_after=breaker.retry_after,
            )
            for tool, breaker in self._breakers.items()
            if breaker.state != "closed"
        )

    def _stages(self, spec: ToolSpec) -> list[tuple[str, Stage]]:
        """Give the stages of a tool, outermost first, each with its name in traces."""
        policy, stages = spec.policy, list[tuple[str, Stage]]()
        if spec.scopes:
            stages.append(("scopes", scopes(spec.scopes)))
        if isinstance(policy.approve, str):
            asks = condition(policy.approve)
            stages.append(("approval", approval(self.approvals, asks=asks)))
        elif policy.approve:
            stages.append(("approval", approval(self.approvals)))
        elif policy.judged and policy.approve is None:
            judge = partial(self.find, spec.full_name + JUDGE)
            stages.append(("approval", approval(self.approvals, judge=judge)))
        if stage := self._rates(spec):
            stages.append(("rate limit", stage))
        if policy.cache:
            stages.append(("cache", cache(policy.cache, clock=self._clock)))
        self._breakers.pop(spec.full_name, None)
        if isinstance(policy.breaker, CircuitBreaker):
            stages.append(("breaker", breaking(self._breaker(spec.full_name, policy.breaker))))
        if policy.timeout:
            stages.append(("deadline", deadline(policy.timeout)))
        if policy.concurrency:
            stages.append(("concurrency", self._turn(spec.full_name, policy.concurrency)))
        return stages

    def _rates(self, spec: ToolSpec) -> Stage | None:
        fixed: list[tuple[str, RateLimit]] = []
        if self._rules.rate_limit:
            fixed.append(("all calls", self._rules.rate_limit))
        if spec.policy.rate_limit:
            fixed.append((f"tool {spec.full_name}", spec.policy.rate_limit))
        per_subject = self._rules.subject_rate_limit
        if not fixed and per_subject is None:
            return None
        return rates(self._store, tuple(fixed), per_subject=per_subject)

    def _breaker(self, tool: str, settings: CircuitBreaker) -> Breaker:
        tell = partial(self._tell, tool)
        breaker = self._breakers[tool] = Breaker(settings, clock=self._clock, tell=tell)
        return breaker

    def _turn(self, tool: str, limit: Concurrency) -> Turns:
        turns = self._turns.get(tool)
        if turns is None or turns.limit != limit:
            turns = self._turns[tool] = Turns(limit)
        return turns

    def _tell(self, tool: str, state: State, failures: int) -> None:
        self._bus.publish(BreakerChanged(tool=tool, state=state, failures=failures))
