"""Takes errors out of the groups that task groups raise them in.

What the errors are is in ``errors``.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import cast


def sole_error(error: BaseException) -> BaseException:
    """Give the one error inside of groups that hold nothing else, as task groups raise them."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    group = cast("BaseExceptionGroup[BaseException]", error)
    return sole_error(group.exceptions[0]) if len(group.exceptions) == 1 else group


@contextmanager
def unwrapped() -> Generator[None]:
    """Let an error that task groups wrapped on its way come out as itself.

    For the edge where somebody who knows nothing of task groups catches it.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        error = sole_error(group)
        raise error from error.__cause__
