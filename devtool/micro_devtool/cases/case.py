"""One case: a call, and what has to come of it. How files hold it is ``files``' matter."""

from __future__ import annotations

from typing import Any, Literal, cast

import pydantic

from micro.errors import MicroError
from micro.snapshots import CallDetail
from micro_devtool.cases.matchers import Matcher, with_matchers
from micro_devtool.trials.kept import kept_arguments, kept_result, kept_sender

Outcome = Literal["ok", "error", "refused"]

_KEYS: dict[Outcome, str] = {"ok": "result", "error": "error", "refused": "refused"}


class Case(pydantic.BaseModel):
    """A call and what is expected of it.

    Attributes:
        about: What the case shows; empty if it says nothing.
        subject: Who calls; ``as`` in a file.
        scopes: What the caller may do.
        result: What the tool gives. Left out: that it gives anything at all is enough.
        error: What the tool says when it fails, instead of ``result``.
        refused: What the gateway says when it refuses the call, instead of ``result``.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    tool: str
    about: str = ""
    arguments: dict[str, Any] = {}
    subject: str = pydantic.Field(default="local", alias="as")
    scopes: tuple[str, ...] = ("*",)
    result: Any = None
    error: Any = None
    refused: Any = None

    @pydantic.model_validator(mode="after")
    def _expects_one_thing(self) -> Case:
        if len(self._told()) > 1:
            raise ValueError(f"takes one of {', '.join(_KEYS.values())}")
        return self

    @property
    def outcome(self) -> Outcome:
        """How the call has to end."""
        told = list(self._told())
        return told[0] if told else "ok"

    @property
    def expected(self) -> Any:
        """What has to come of the call, with matchers; a matcher of anything if nothing is said."""
        return next(iter(self._told().values()), Matcher("any"))

    def _told(self) -> dict[Outcome, Any]:
        given = self.model_fields_set
        return {outcome: bare(getattr(self, key)) for outcome, key in _KEYS.items() if key in given}


def bare(value: Any) -> Any:
    """Give a result without the object that MCP, which takes objects only, puts around it."""
    if isinstance(value, dict) and list(cast("dict[str, Any]", value)) == ["result"]:
        return cast("Any", value["result"])
    return cast("Any", value)


def case_of(detail: CallDetail) -> dict[str, Any]:
    """Give a call that was kept as a case, as a file holds it.

    Raises:
        MicroError: It did not end by itself, or a secret was among its arguments.
    """
    view = detail.view
    if view.outcome is None or view.outcome not in _KEYS:
        raise MicroError(
            f"this call of {view.tool} was {view.outcome or 'not ended'}: that is no case",
            mend="save one that ended by itself: micro calls ls --outcome ok",
        )
    arguments, sender = kept_arguments(detail), kept_sender(detail)
    case: dict[str, Any] = {"tool": view.tool, "arguments": arguments}
    if sender.subject != "local":
        case["as"] = sender.subject
    if sender.scopes != ("*",):
        case["scopes"] = list(sender.scopes)
    # Why a call was refused is told to the caller, and not kept.
    told = Matcher("any")
    if view.outcome != "refused":
        told = with_matchers(bare(kept_result(detail)), given=arguments, moment=view.time)
    return case | {_KEYS[view.outcome]: told}
