"""Runs cases through a project's gateway, and says where what came is not what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from micro_devtool.cases.case import Case, bare
from micro_devtool.cases.files import Placed
from micro_devtool.trials.compare import differences
from micro_devtool.trials.kept import result_of
from micro_devtool.trials.run import Caller, Sender, Trial, Tried, try_call


async def try_case(caller: Caller, placed: Placed) -> Tried:
    """Make the call of a case; ``ok`` means that all came as it says, ``differs`` that it did not.

    Raises:
        RuntimeLost: The runtime went away.
    """
    case = placed.case
    trial = Trial(tool=case.tool, arguments=case.arguments, label=placed.name)
    sender = Sender(subject=case.subject, scopes=case.scopes)
    tried = await try_call(caller, trial, sender)
    found = list(_differences(case, tried))
    if not found:
        return replace(tried, outcome="ok")
    mend = "mend the tool, or what the case expects"
    return replace(tried, outcome="differs", text="\n".join(found), mend=mend)


def _differences(case: Case, tried: Tried) -> Iterator[str]:
    if tried.outcome != case.outcome:
        yield f"outcome: {case.outcome} → {tried.outcome}"
        if tried.outcome != "ok":
            yield from (line for line in (*tried.text.splitlines(), tried.mend) if line)
        return
    came = tried.text if tried.outcome == "refused" else bare(result_of(tried))
    yield from differences(case.expected, came)
