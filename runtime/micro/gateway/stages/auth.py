"""Refuses who came with credentials that are not taken, or with none where some are needed.

Credentials are read and checked at the door (``doors.auth``), which knows how they travel; the
verdict is carried out here, inside of trace and audit.
"""

from __future__ import annotations

from micro.calls import Caller
from micro.errors import Unauthenticated


def check_identity(caller: Caller) -> None:
    """Let a caller pass whose credentials were taken.

    Raises:
        Unauthenticated: They were not; the message says why.
    """
    if caller.rejection:
        raise Unauthenticated(
            f"{caller.rejection}.", mend="send a token that is valid: Authorization: Bearer TOKEN"
        )
